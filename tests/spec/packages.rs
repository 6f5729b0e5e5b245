//! Which package depends on which, and what cargo builds for a deployment.

use kit::template::Template;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn cargo(words: &[&str]) -> String {
    let ran = Command::new(env!("CARGO")).args(words).args(["--offline", "--locked"]).current_dir(ROOT).output();
    let ran = ran.expect("cargo runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).expect("text")
}

/// The packages of this workspace, each with those that it depends on: to be built, and to be tested too.
fn packages() -> BTreeMap<String, BTreeSet<String>> {
    let metadata: Value = serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version=1"])).expect("JSON");
    let text = |value: &Value| value.as_str().expect("a name").to_owned();
    let own = |package: &Value| {
        let dependencies = package["dependencies"].as_array().expect("a list").iter();
        dependencies.filter(|dependency| dependency["path"].is_string()).map(|d| text(&d["name"])).collect()
    };
    metadata["packages"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|package| (text(&package["name"]), own(package)))
        .collect()
}

/// Cargo allows it where a package's tests need another; a reader then can't say what is below what.
#[test]
fn no_package_leads_back_to_itself_by_what_it_or_its_tests_need() {
    let mut left = packages();
    while let Some(free) = left.iter().find(|(_, needs)| needs.iter().all(|need| !left.contains_key(need))) {
        let free = free.0.clone();
        left.remove(&free);
    }
    assert!(left.is_empty(), "a circle: {left:#?}");
}

#[test]
fn only_the_tests_depend_on_the_kit_and_nothing_depends_on_the_tests() {
    let packages = packages();
    let depend_on = |name: &str| {
        let found = packages.iter().filter(|(_, needs)| needs.contains(name)).map(|(package, _)| package.as_str());
        found.collect::<Vec<_>>()
    };
    assert_eq!(depend_on("kit"), ["tests"]);
    assert!(depend_on("tests").is_empty());
}

/// What is built of these packages together: every crate with its version and features.
fn built(packages: &[&str]) -> BTreeSet<String> {
    let named = packages.iter().flat_map(|package| ["--package", package]);
    let form = ["tree", "--edges", "normal,build", "--prefix", "none", "--format", "{p} {f}"];
    let words: Vec<&str> = form.into_iter().chain(named).collect();
    cargo(&words).lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
}

/// `sam build` builds each function in its own folder, which is its package alone: nothing that the local server and the tests ask of the
/// same crates comes in. All ask for the same, so that no crate is compiled twice.
#[test]
fn what_is_deployed_has_the_features_that_functions_ask_for_and_no_others() {
    let functions = &Template::of_the_stack().functions;
    let together = built(&functions.keys().map(String::as_str).collect::<Vec<_>>());
    assert!(together.iter().any(|line| line.starts_with("tokio v")), "{together:#?}");
    for (binary, function) in functions {
        assert_eq!(function.folder, format!("../functions/{binary}"), "`sam build` would go elsewhere");
        let others: Vec<String> = built(&[binary]).difference(&together).cloned().collect();
        assert!(others.is_empty(), "{binary} alone is built with {others:#?}");
    }
}
