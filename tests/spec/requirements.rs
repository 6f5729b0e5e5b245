//! Each id that the sources cite is defined in docs/requirements.md, and each MUST there is cited by a test.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

const DEFINITIONS: &str = "docs/requirements.md";
const EXCEPTIONS: &str = "## MUSTs that no test cites";
const LEVELS: [&str; 4] = ["MUST", "SHOULD", "MAY", "OWN"];
/// What may cite a requirement.
const SOURCES: [&str; 6] = ["rs", "md", "yaml", "toml", "html", "js"];
/// What stands before the number in words that only look like ids: AES-256, ITI-71, MRN-1001.
const NO_IDS: [&str; 10] = ["AES", "BSD", "CVE", "ITI", "MPL", "MRN", "P", "RSA", "SHA", "UTF"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The table rows of this text, cell by cell.
fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    let rows = text.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    rows.map(|row| row.split(" | ").collect())
}

/// Id, level, source and sentence of each requirement.
fn requirements() -> Vec<[String; 4]> {
    let text = read(&root().join(DEFINITIONS));
    let (defined, _) = text.split_once(EXCEPTIONS).expect("the section of exceptions");
    let found = rows(defined).filter(|cells| id(cells[0]).is_some());
    found.map(|cells| <[&str; 4]>::try_from(cells).expect("four cells").map(str::to_owned)).collect()
}

fn musts() -> BTreeSet<String> {
    requirements().into_iter().filter(|[_, level, ..]| level == "MUST").map(|[id, ..]| id).collect()
}

/// The MUSTs that no test cites, each with the reason.
fn exceptions() -> BTreeMap<String, String> {
    let text = read(&root().join(DEFINITIONS));
    let (_, listed) = text.split_once(EXCEPTIONS).expect("the section of exceptions");
    let found = rows(listed).filter(|cells| id(cells[0]).is_some());
    found.map(|cells| (cells[0].to_owned(), cells[1].to_owned())).collect()
}

/// Every source but the definitions, with its path in the repository.
fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if name.starts_with('.') || ["target", "node_modules"].contains(&name) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| SOURCES.iter().any(|source| kind == *source)) {
                let text = read(&path);
                found.push((path.strip_prefix(root()).expect("in the repository").to_owned(), text));
            }
        }
    }
    found.retain(|(path, _)| path != Path::new(DEFINITIONS));
    assert!(found.len() > 500, "found {}", found.len());
    found
}

/// What of a source is a test: all of it in a folder `tests`, or the module of tests at its end.
fn tests_of<'a>(path: &Path, text: &'a str) -> &'a str {
    let in_tests = path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("tests.rs");
    if path.extension().is_none_or(|kind| kind != "rs") {
        ""
    } else if in_tests {
        text
    } else {
        text.split_once("#[cfg(test)]\nmod tests {").map_or("", |(_, tests)| tests)
    }
}

/// The family and the number of an id: `AWS-` and 3 of AWS-3.
fn id(word: &str) -> Option<(&str, u32)> {
    let bare = word.strip_suffix(|last: char| last.is_ascii_lowercase()).unwrap_or(word);
    let family = bare.trim_end_matches(|digit: char| digit.is_ascii_digit());
    let number = bare[family.len()..].parse().ok()?;
    let is_upper = |text: &str| text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    let is_family = match family.split_once('-') {
        Some((name, letter)) => {
            name.starts_with(|first: char| first.is_ascii_uppercase())
                && is_upper(name)
                && is_upper(letter)
                && letter.len() <= 1
                && !NO_IDS.contains(&name)
        }
        None => family == "E" && word == bare && number < 100,
    };
    is_family.then_some((family, number))
}

/// Each word, with what stands between it and the word before.
fn words(text: &str) -> Vec<(&str, &str)> {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || "-_%".contains(c);
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some(start) = rest.find(is_of_word) {
        let (between, from) = rest.split_at(start);
        let (word, after) = from.split_at(from.find(|c| !is_of_word(c)).unwrap_or(from.len()));
        found.push((between, word));
        rest = after;
    }
    found
}

/// The ids in this text, those of a list (`AWS-3, 5`) and of a range (`AWS-3 to 5`, `AWS-3 to AWS-5`) too.
fn cited(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let (mut last, mut is_range) = (None, false);
    for (between, word) in words(text) {
        let is_number = word.len() <= 2 && word.bytes().all(|digit| digit.is_ascii_digit());
        let next = id(word).or_else(|| {
            let (family, _) = last.filter(|_| is_number && between == if is_range { " " } else { ", " })?;
            Some((family, word.parse().ok()?))
        });
        match (last, next) {
            (_, Some((family, number))) => {
                let first = last.filter(|(before, _)| is_range && *before == family).map_or(number, |(_, n)| n + 1);
                found.extend((first..number).map(|between| format!("{family}{between}")));
                found.insert(if is_number { format!("{family}{number}") } else { word.to_owned() });
                (last, is_range) = (next, false);
            }
            (Some(_), None) if word == "to" && between == " " && !is_range => is_range = true,
            _ => (last, is_range) = (None, false),
        }
    }
    found
}

fn cited_by_tests() -> BTreeSet<String> {
    sources().iter().flat_map(|(path, text)| cited(tests_of(path, text))).collect()
}

#[test]
fn every_cited_id_is_defined() {
    let defined: BTreeSet<String> = requirements().into_iter().map(|[id, ..]| id).collect();
    for (path, text) in sources() {
        for id in cited(&text) {
            assert!(defined.contains(&id), "{} cites {id}, which {DEFINITIONS} does not define", path.display());
        }
    }
}

#[test]
fn every_requirement_is_defined_once_with_its_level_its_source_and_a_sentence() {
    let mut seen = BTreeSet::new();
    for [id, level, source, sentence] in requirements() {
        assert!(LEVELS.contains(&level.as_str()), "{id}: {level}");
        assert!(!source.is_empty() && sentence.ends_with('.'), "{id}");
        assert!(seen.insert(id.clone()), "{id} is defined twice");
    }
    assert!(seen.len() > 200, "found {}", seen.len());
}

#[test]
fn every_must_is_cited_by_a_test() {
    let (cited, exceptions) = (cited_by_tests(), exceptions());
    let missing: Vec<String> =
        musts().into_iter().filter(|id| !cited.contains(id) && !exceptions.contains_key(id)).collect();
    assert!(missing.is_empty(), "no test cites {missing:?}");
}

#[test]
fn an_exception_is_a_must_that_no_test_cites_and_says_why() {
    let (musts, cited) = (musts(), cited_by_tests());
    for (id, why) in exceptions() {
        assert!(musts.contains(&id), "{id} is no MUST");
        assert!(!cited.contains(&id), "a test cites {id}: take it off the list in {DEFINITIONS}");
        assert!(why.ends_with('.'), "{id}: {why}");
    }
}

/// SCP-16.
#[test]
fn the_page_of_features_says_how_far_access_reaches_through_patient_link() {
    assert!(read(&root().join("docs/features.md")).contains("`Patient.link`"));
}
