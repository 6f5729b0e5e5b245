//! The documents say what is so: links lead somewhere, named files exist, and tables of alarms and permissions are the template's.

use kit::template::{Template, TemplateFunction};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every page of the repository.
fn pages() -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![root()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            match path.is_dir() {
                true if name.starts_with('.') || ["target", "node_modules", "data"].contains(&name) => {}
                true => folders.push(path),
                false if name.ends_with(".md") => found.push(path),
                false => {}
            }
        }
    }
    assert!(found.len() > 40, "found {}", found.len());
    found
}

/// The text without its blocks of code.
fn prose(text: &str) -> String {
    let mut is_code = false;
    let lines = text.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        is_code ^= fence;
        !fence && !is_code
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// How a heading is linked to, as GitHub and GitLab make it.
fn anchors(text: &str) -> BTreeSet<String> {
    let prose = prose(text);
    let headings = prose.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let slug = |heading: &str| {
        let kept = heading.to_lowercase().replace(' ', "-");
        kept.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect::<String>()
    };
    headings.map(slug).collect()
}

#[test]
fn every_link_leads_to_a_file_and_to_a_heading_of_it() {
    let mut seen = 0;
    for page in pages() {
        let text = prose(&read(&page));
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.contains("://") || target.starts_with("mailto:") || target.contains(' ') {
                continue;
            }
            seen += 1;
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = if path.is_empty() { page.clone() } else { page.parent().expect("a folder").join(path) };
            assert!(file.exists(), "{}: {target} is not there", page.display());
            let is_page = file.extension().is_some_and(|end| end == "md");
            assert!(
                anchor.is_empty() || !is_page || anchors(&read(&file)).contains(anchor),
                "{}: {target} has no such heading",
                page.display()
            );
        }
    }
    assert!(seen > 200, "{seen}");
}

/// A test or a source that a page names stands where the page says.
#[test]
fn every_file_that_a_page_names_exists() {
    for page in pages() {
        for word in prose(&read(&page)).split('`').skip(1).step_by(2) {
            let is_path =
                ["tests/", "shared/", "functions/", "infra/", "docs/"].iter().any(|room| word.starts_with(room));
            let is_plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
            // What `tests/run` installs is not there before it has run.
            if is_path && is_plain && !word.starts_with("tests/.") {
                assert!(root().join(word).exists(), "{}: `{word}` is not there", page.display());
            }
        }
    }
}

#[test]
fn the_front_pages_are_short() {
    for (page, most) in [("README.md", 120), ("infra/README.md", 150)] {
        let lines = read(&root().join(page)).lines().count();
        assert!(lines <= most, "{page}: {lines} lines");
    }
}

/// Those that the template makes, but for the one of each function, which the page names together.
#[test]
fn each_alarm_is_told_in_the_table_of_alarms() {
    let page = read(&root().join("docs/monitor.md"));
    let (_, table) = page.split_once("| alarm | when | what to do |").expect("a table of alarms");
    let (table, _) = table.split_once("\n\n").expect("its end");
    let resources = Template::of_the_stack().document["Resources"].as_object().expect("resources");
    let alarms: BTreeSet<&str> = resources
        .iter()
        .filter(|(_, resource)| resource["Type"] == "AWS::CloudWatch::Alarm")
        .map(|(name, _)| name.as_str())
        .collect();
    let functions: BTreeSet<String> = resources
        .iter()
        .filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function")
        .map(|(name, _)| format!("{}Alarm", name.trim_end_matches("Function")))
        .collect();
    for alarm in &alarms {
        assert!(functions.contains(*alarm) || table.contains(&format!("`{alarm}`")), "{alarm} is not in the table");
    }
    for named in table.split('`').filter(|word| word.ends_with("Alarm") && !word.contains('{')) {
        assert!(alarms.contains(named), "{named} is no alarm");
    }
}

/// What a policy lets a function do with a kind of items, in the page's words.
fn may(function: &TemplateFunction, kind: &str) -> String {
    let kinds = function.kinds();
    let has = |action: &str| kinds.get(format!("dynamodb:{action}").as_str()).is_some_and(|kinds| kinds.contains(kind));
    let is_listed = function.lists().iter().any(|list| list.trim_start_matches(['*', '#']) == kind);
    let is_configuration = ["TENANT", "TENANTS"].contains(&kind);
    let words = [
        (is_listed || has("Query") && !is_configuration, "list"),
        (has("GetItem") || has("BatchGetItem") || has("Query") && is_configuration, "read"),
        (has("PutItem"), "write"),
        (has("UpdateItem"), "count"),
        (has("DeleteItem"), "delete"),
    ];
    words.into_iter().filter(|(may, _)| *may).map(|(_, word)| word).collect::<Vec<_>>().join(", ")
}

#[test]
fn the_table_of_permissions_is_the_templates() {
    let page = read(&root().join("docs/permissions.md"));
    let mut rows = page
        .lines()
        .filter(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>());
    let functions = rows.next().expect("a row of names").split_off(2);
    let template = &Template::of_the_stack().functions;
    let with_table: BTreeSet<&str> = template.keys().map(String::as_str).filter(|name| *name != "audit").collect();
    assert_eq!(functions.iter().map(String::as_str).collect::<BTreeSet<_>>(), with_table);
    let mut shown = BTreeSet::new();
    for row in rows.skip(1) {
        let kind = row[0].trim_matches('`').to_owned();
        for (function, cell) in functions.iter().zip(&row[2..]) {
            assert_eq!(*cell, may(&template[function], &kind), "{function}: {kind}");
        }
        shown.insert(kind);
    }
    for function in template.values() {
        let kinds = function.kinds().into_values().flatten().map(str::to_owned).collect::<Vec<_>>();
        for kind in kinds {
            assert!(shown.contains(&kind), "{kind} is not in the table");
        }
    }
}
