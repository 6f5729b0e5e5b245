//! Compiles the message files in `texts/` into one function a text, so that a page can't ask for a text that some
//! language lacks, and nothing is read or parsed when a function starts.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::Path,
};

/// As in `Language`, in its order. The first one is what the others are held to.
const LANGUAGES: [&str; 5] = ["en", "nl", "de", "es", "fr"];

struct File {
    name: String,
    texts: BTreeMap<String, String>,
}

fn main() -> Result<(), String> {
    println!("cargo::rerun-if-changed=texts");
    println!("cargo::rerun-if-changed=build.rs");
    let files = LANGUAGES.iter().map(|language| read(language)).collect::<Result<Vec<_>, _>>()?;
    let [english, others @ ..] = files.as_slice() else { return Err("no language".into()) };
    for other in others {
        compare(english, other)?;
    }
    let code = methods(english, &files);
    let folder = env::var("OUT_DIR").map_err(|error| error.to_string())?;
    fs::write(Path::new(&folder).join("texts.rs"), code).map_err(|error| error.to_string())
}

fn read(language: &str) -> Result<File, String> {
    let name = format!("texts/{language}.toml");
    let content = fs::read_to_string(&name).map_err(|error| format!("{name}: {error}"))?;
    let texts: BTreeMap<String, String> = toml::from_str(&content).map_err(|error| format!("{name}: {error}"))?;
    for (key, text) in &texts {
        let wrong = |what: &str| Err(format!("{name}: {key}: {what}"));
        if !key.starts_with(|c: char| c.is_ascii_lowercase())
            || !key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        {
            return wrong("a key has ASCII letters, digits and _");
        }
        if text.contains(['"', '\\', '<', '\n']) || text.trim().is_empty() {
            return wrong("expected one line of text, without \" or \\ or <");
        }
        if text.matches("**").count() % 2 == 1 || text.matches('{').count() != text.matches('}').count() {
            return wrong("** or { without its end");
        }
    }
    Ok(File { name, texts })
}

/// Every language says everything, about the same things.
fn compare(english: &File, other: &File) -> Result<(), String> {
    let missing: Vec<&str> =
        english.texts.keys().filter(|key| !other.texts.contains_key(*key)).map(String::as_str).collect();
    if !missing.is_empty() {
        return Err(format!("{} lacks {}", other.name, missing.join(", ")));
    }
    for (key, text) in &other.texts {
        let Some(original) = english.texts.get(key) else {
            return Err(format!("{}: {key} is not in English", other.name));
        };
        let set = |text: &str| placeholders(text).into_iter().collect::<BTreeSet<_>>();
        if set(original) != set(text) {
            return Err(format!("{}: {key} has other placeholders than in English", other.name));
        }
    }
    Ok(())
}

/// In the order of their first appearance, which is the order of the function's parameters.
fn placeholders(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for name in text.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
        if !found.iter().any(|known| known == name) {
            found.push(name.to_owned());
        }
    }
    found
}

fn methods(english: &File, files: &[File]) -> String {
    let all =
        |key: &str| -> Vec<&str> { files.iter().filter_map(|file| file.texts.get(key)).map(String::as_str).collect() };
    let (mut functions, mut found) = (String::new(), String::new());
    for (key, text) in &english.texts {
        let (texts, names) = (all(key), placeholders(text));
        let plain = names.is_empty() && !text.contains("**");
        if let Some(counted) =
            key.strip_suffix("_other").filter(|key| english.texts.contains_key(&format!("{key}_one")))
        {
            let one = all(&format!("{counted}_one"));
            functions += &counted_method(counted, &one, &texts, &names, text);
        } else if plain {
            found += &format!("            {key:?} => {texts:?},\n");
            // `resource_Patient` is for `find` alone.
            if key.chars().any(|c| c.is_ascii_uppercase()) {
                continue;
            }
            functions += &format!(
                "    /// {}\n    pub fn {key}(self) -> &'static str {{\n        self.pick({texts:?})\n    }}\n\n",
                text
            );
        } else if !key.strip_suffix("_one").is_some_and(|key| english.texts.contains_key(&format!("{key}_other"))) {
            functions += &format!(
                "    /// {}\n    pub fn {key}(self{}) -> Filled {{\n        Filled::new(self.pick({texts:?}), vec![{}])\n    }}\n\n",
                text,
                parameters(&names),
                values(&names)
            );
        }
    }
    format!(
        "impl Texts {{\n{functions}    /// The text under this key, if it is one without placeholders.\n    pub fn find(self, key: &str) -> \
         Option<&'static str> {{\n        let texts = match key {{\n{found}            _ => return None,\n        }};\n        \
         Some(self.pick(texts))\n    }}\n}}\n"
    )
}

fn counted_method(key: &str, one: &[&str], other: &[&str], names: &[String], doc: &str) -> String {
    let names: Vec<String> = names.iter().filter(|name| *name != "n").cloned().collect();
    format!(
        "    /// {doc}\n    pub fn {key}(self, n: i64{}) -> Filled {{\n        let forms = if self.says_one(n) {{ {one:?} }} else \
         {{ {other:?} }};\n        Filled::new(self.pick(forms), vec![(\"n\", n.to_string()), {}])\n    }}\n\n",
        parameters(&names),
        values(&names)
    )
}

fn parameters(names: &[String]) -> String {
    names.iter().map(|name| format!(", {}: impl std::fmt::Display", parameter(name))).collect()
}

fn values(names: &[String]) -> String {
    names.iter().map(|name| format!("({name:?}, {}.to_string()), ", parameter(name))).collect()
}

/// `type` is a word of the language.
fn parameter(name: &str) -> String {
    if name == "type" { "type_name".to_owned() } else { name.to_owned() }
}
