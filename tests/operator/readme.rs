//! What the documents show of `admit` is what `admit` knows and prints. `docs/without-aws.md` is followed in `operator_on_aws`.

use admin::{commands::cost, cost::prices};
use clap::Parser as _;
use std::{
    fs,
    path::{Path, PathBuf},
};

const COSTS: &str = include_str!("../../docs/cost.md");

/// The pages that an operator or a developer reads.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let mut found = vec![root.join("README.md"), root.join("CONTRIBUTING.md")];
    for folder in ["docs", "infra", "infra/local"] {
        let entries = fs::read_dir(root.join(folder)).expect("a folder");
        found.extend(
            entries
                .map(|entry| entry.expect("an entry").path())
                .filter(|path| path.extension().is_some_and(|end| end == "md")),
        );
    }
    assert!(found.len() > 30, "found {}", found.len());
    found
}

/// Each `admit …` in a block of shell commands is one that the command line knows.
#[test]
fn every_command_they_show_exists() {
    let mut seen = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).expect("a page");
        let blocks = text.split("```sh\n").skip(1).filter_map(|rest| rest.split_once("\n```"));
        for (block, _) in blocks {
            for line in block.replace("\\\n", " ").lines().filter(|line| line.trim().starts_with("admit ")) {
                seen += 1;
                if let Err(error) = admin::commands::Options::try_parse_from(words(line)) {
                    panic!("{}: {line}\n{error}", page.display());
                }
            }
        }
    }
    assert!(seen > 40, "{seen}");
}

/// As a shell would split the line.
fn words(line: &str) -> Vec<String> {
    // A quoted text is one word.
    let parts = line.split(" #").next().unwrap_or_default().split('"').enumerate();
    let line: String =
        parts.map(|(n, part)| if n % 2 == 1 { part.replace(' ', "_") } else { part.replace('…', "") }).collect();
    // What a command puts there is a word too.
    let line = match line.split_once("$(").and_then(|(before, rest)| Some((before, rest.split_once(')')?.1))) {
        Some((before, after)) => format!("{before}abcdEF12{after}"),
        None => line,
    };
    let line = line.split(['|', '>', '<']).next().unwrap_or_default().to_owned();
    line.split_whitespace().map(str::to_owned).collect()
}

/// The table of costs is the command's own.
#[test]
fn the_costs_they_show_are_what_the_command_prints() {
    for line in cost::text(false).lines() {
        assert!(COSTS.lines().any(|shown| shown.trim_end() == line.trim_end()), "{line}");
    }
    // Each price has its page, and all of them a date.
    for price in prices::ALL {
        assert!(price.page.starts_with("aws.amazon.com/") && COSTS.contains(price.page) && COSTS.contains(price.what));
    }
    assert!(COSTS.contains(prices::AS_OF) && COSTS.contains(prices::REGION));
}
