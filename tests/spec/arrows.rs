//! The arrows between the files of a crate: who takes a name from whom. They never run in a circle, so that every file can be
//! read with what lies below it and nothing else; and no public type of a crate shares its name with another.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

const CRATES: [&str; 6] = ["shared/rules", "shared/server", "infra/admin", "infra/fhir", "infra/local", "tests/kit"];

type Name = Vec<String>;

/// One file, by its module's path within the crate.
#[derive(Default)]
struct File {
    /// Paths in `use` statements and in the code, from the crate's root.
    uses: BTreeSet<Name>,
    /// `pub use`: a name, and the path it stands for. A re-export alone is no arrow.
    exports: BTreeMap<String, Name>,
    /// `pub use …::*`
    globs: Vec<Name>,
    /// Names of types, functions and constants that the file defines, and which of them are public types.
    defines: BTreeSet<String>,
    public_types: Vec<String>,
    words: BTreeSet<String>,
}

type Files = BTreeMap<Name, File>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn crates() -> Vec<PathBuf> {
    let functions = fs::read_dir(root().join("functions")).expect("functions/");
    let functions = functions.map(|folder| folder.expect("a folder").path());
    CRATES.iter().map(|path| root().join(path)).chain(functions).collect()
}

/// Sources below this folder, tests aside.
fn sources(folder: &Path, module: &Name, found: &mut BTreeMap<Name, String>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let below = |name: String| module.iter().cloned().chain([name]).collect::<Name>();
        match path.is_dir() {
            _ if name == "tests" || name == "main" => {}
            true => sources(&path, &below(name), found),
            false => {
                let text = fs::read_to_string(&path).expect("a source");
                let before = |tests: &str| text.find(&format!("#[cfg(test)]\n{tests}")).unwrap_or(text.len());
                let end = before("mod tests {").min(before("pub mod tests {"));
                let text = text[..end].to_owned();
                let is_folder = name == "mod" || name == "lib";
                found.insert(if is_folder { module.clone() } else { below(name) }, text);
            }
        }
    }
}

/// Words, `::`, and single signs; comments and texts in quotes left out.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    for line in text.lines() {
        let code = line.split("//").next().unwrap_or_default().replace("'\"'", "").replace("\\\"", "");
        for (index, part) in code.split('"').enumerate() {
            let mut word = String::new();
            for c in part.chars().filter(|_| index % 2 == 0).chain([' ']) {
                if c.is_alphanumeric() || c == '_' {
                    word.push(c);
                    continue;
                }
                tokens.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
                match (c, tokens.last_mut()) {
                    (':', Some(last)) if last == ":" => *last = "::".to_owned(),
                    _ if c.is_whitespace() => {}
                    _ => tokens.push(c.to_string()),
                }
            }
        }
    }
    tokens
}

/// The leaves of `a::{b, c::{self, d as e}}`, each with the name it gets.
fn leaves(tree: &[String], before: &[String]) -> Vec<(Name, String)> {
    let (mut found, mut path, mut at) = (Vec::new(), before.to_vec(), 0);
    let leaf = |path: &[String], name: Option<&String>| {
        let path: Name = path.iter().filter(|part| *part != "self" || path.len() == 1).cloned().collect();
        let name = name.or(path.last()).cloned().unwrap_or_default();
        (path, name)
    };
    while at < tree.len() {
        match tree[at].as_str() {
            "{" => {
                let mut depth = 0;
                let inner = tree[at..].iter().position(|token| {
                    depth += i32::from(token == "{") - i32::from(token == "}");
                    depth == 0
                });
                let Some(end) = inner.map(|inner| at + inner) else { return found };
                let mut parts = vec![Vec::new()];
                let mut depth = 0;
                for token in &tree[at + 1..end] {
                    depth += i32::from(token == "{") - i32::from(token == "}");
                    match token == "," && depth == 0 {
                        true => parts.push(Vec::new()),
                        false => parts.last_mut().expect("one").push(token.clone()),
                    }
                }
                return parts.iter().filter(|part| !part.is_empty()).flat_map(|part| leaves(part, &path)).collect();
            }
            "as" => return vec![leaf(&path, tree.get(at + 1))],
            "::" => {}
            part => path.push(part.to_owned()),
        }
        at += 1;
    }
    found.push(leaf(&path, None));
    found
}

fn read(crate_folder: &Path) -> Files {
    let mut texts = BTreeMap::new();
    sources(&crate_folder.join("src"), &Vec::new(), &mut texts);
    let modules: BTreeSet<Name> = texts.keys().cloned().collect();
    texts.iter().map(|(module, text)| (module.clone(), file(module, &tokens(text), &modules))).collect()
}

fn file(module: &Name, tokens: &[String], modules: &BTreeSet<Name>) -> File {
    let mut file = File::default();
    let absolute = |path: &[String]| -> Option<Name> {
        let supers = path.iter().take_while(|part| *part == "super").count();
        let below = |module: &[String], rest: &[String]| module.iter().chain(rest).cloned().collect::<Name>();
        match path.first()?.as_str() {
            "crate" => Some(path[1..].to_vec()),
            "self" => Some(below(module, &path[1..])),
            "super" => Some(below(module.get(..module.len().checked_sub(supers)?)?, &path[supers..])),
            first => modules.contains(&below(module, &[first.to_owned()])).then(|| below(module, path)),
        }
    };
    let mut at = 0;
    while at < tokens.len() {
        let (token, next) = (tokens[at].as_str(), tokens.get(at + 1).map(String::as_str).unwrap_or_default());
        let public = at > 0 && (tokens[at - 1] == "pub" || tokens[at - 1] == ")");
        let end = || at + tokens[at..].iter().position(|token| token == ";").unwrap_or_default();
        // A sentence in a text of several lines has this word too.
        let is_statement = at == 0 || matches!(tokens[at - 1].as_str(), ";" | "{" | "}" | "]" | ")" | "pub");
        match token {
            "use" if is_statement => {
                for (path, name) in leaves(&tokens[at + 1..end()], &[]) {
                    let Some(path) = absolute(&path) else { continue };
                    match path.last().is_some_and(|last| last == "*") {
                        _ if !public => drop(file.uses.insert(path)),
                        true => file.globs.push(path[..path.len() - 1].to_vec()),
                        false => drop(file.exports.insert(name, path)),
                    }
                }
                at = end();
            }
            "mod" => at += 1,
            "struct" | "enum" | "trait" | "type" | "fn" | "const" | "static" => {
                file.defines.insert(next.to_owned());
                if public && matches!(token, "struct" | "enum" | "trait" | "type") {
                    file.public_types.push(next.to_owned());
                }
            }
            _ if next == "::" && (at == 0 || tokens[at - 1] != "::") => {
                let path: Vec<String> = tokens[at..]
                    .chunks(2)
                    .take_while(|pair| pair.len() == 2)
                    .scan(true, |on, pair| {
                        let was_on = *on;
                        *on = pair[1] == "::";
                        was_on.then(|| pair[0].clone())
                    })
                    .collect();
                file.uses.extend(absolute(&path));
                file.words.insert(token.to_owned());
            }
            _ => drop(file.words.insert(token.to_owned())),
        }
        at += 1;
    }
    file
}

/// The file that defines what this path names.
fn home(files: &Files, path: &[String]) -> Name {
    let mut module = Vec::new();
    for (index, part) in path.iter().enumerate() {
        let below: Name = module.iter().chain([part]).cloned().collect();
        if files.contains_key(&below) {
            module = below;
            continue;
        }
        if let Some(exported) = files[&module].exports.get(part) {
            return home(files, &exported.iter().chain(&path[index + 1..]).cloned().collect::<Name>());
        }
        let glob = files[&module].globs.iter().find(|glob| files.get(*glob).is_some_and(|f| f.defines.contains(part)));
        return glob.cloned().unwrap_or(module);
    }
    module
}

fn arrows(files: &Files) -> BTreeMap<Name, BTreeSet<Name>> {
    let of = |module: &Name, file: &File| -> BTreeSet<Name> {
        let own = file.exports.iter().filter(|(name, _)| file.words.contains(*name)).map(|(_, path)| path.clone());
        let globs = file.globs.iter().flat_map(|glob| {
            let names = files.get(glob).into_iter().flat_map(|target| target.defines.intersection(&file.words));
            names.map(|name| glob.iter().chain([name]).cloned().collect::<Name>())
        });
        let all = file.uses.iter().cloned().chain(own).chain(globs);
        all.map(|path| home(files, &path)).filter(|target| target != module).collect()
    };
    files.iter().map(|(module, file)| (module.clone(), of(module, file))).collect()
}

/// Files that cannot be put into an order in which each needs only those before it.
fn circles(arrows: &BTreeMap<Name, BTreeSet<Name>>) -> Vec<String> {
    let mut left = arrows.clone();
    loop {
        let free: Vec<Name> = left
            .iter()
            .filter(|(_, targets)| !targets.iter().any(|target| left.contains_key(target)))
            .map(|(module, _)| module.clone())
            .collect();
        let wanted: BTreeSet<Name> = left.values().flatten().cloned().collect();
        let tops: Vec<Name> = left.keys().filter(|module| !wanted.contains(*module)).cloned().collect();
        if free.is_empty() && tops.is_empty() {
            break;
        }
        free.iter().chain(&tops).for_each(|module| drop(left.remove(module)));
    }
    let mut found = Vec::new();
    for (module, targets) in &left {
        let within = targets.iter().filter(|target| left.contains_key(*target));
        found.extend(within.map(|target| format!("{} -> {}", module.join("::"), target.join("::"))));
    }
    found
}

#[test]
fn arrows_between_the_files_of_a_crate_never_run_in_a_circle() {
    for folder in crates() {
        let circles = circles(&arrows(&read(&folder)));
        assert!(circles.is_empty(), "{} has a circle among:\n{}", folder.display(), circles.join("\n"));
    }
}

#[test]
fn no_two_public_types_of_a_crate_share_a_name() {
    for folder in crates() {
        let files = read(&folder);
        let mut homes: BTreeMap<&String, Vec<String>> = BTreeMap::new();
        for (module, file) in &files {
            file.public_types.iter().for_each(|name| homes.entry(name).or_default().push(module.join("::")));
        }
        homes.retain(|_, modules| modules.len() > 1);
        assert!(homes.is_empty(), "{}: {homes:?}", folder.display());
    }
}

/// The reader of arrows itself: a circle through a re-export is found, a re-export alone is none.
#[test]
fn a_circle_is_found_also_through_a_re_export() {
    let modules: BTreeSet<Name> = [vec![], vec!["a".to_owned()], vec!["b".to_owned()]].into();
    let files = |root: &str, a: &str, b: &str| -> Files {
        let file = |module: Name, text: &str| (module.clone(), file(&module, &tokens(text), &modules));
        [file(vec![], root), file(vec!["a".to_owned()], a), file(vec!["b".to_owned()], b)].into()
    };
    let facade = "mod a; mod b; pub use a::One; pub use b::*;";
    let found = circles(&arrows(&files(facade, "use crate::Two; pub struct One;", "pub struct Two(crate::One);")));
    assert_eq!(found, ["a -> b", "b -> a"]);
    let none = circles(&arrows(&files(facade, "use super::Two; pub struct One;", "pub struct Two;")));
    assert_eq!(none, Vec::<String>::new());
    let parent = circles(&arrows(&files("use a::One; pub struct Top;", "use super::{Top}; pub struct One;", "")));
    assert_eq!(parent, [" -> a", "a -> "]);
}
