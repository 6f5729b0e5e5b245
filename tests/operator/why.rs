//! `admit why`, on lines as they are on a laptop.

use kit::operator::{Folder, admit, ran, refusal_line};
use std::process::Command;

#[test]
fn a_refusal_is_explained_from_a_file() {
    let folder = Folder::new();
    let file = folder.file("log.jsonl", &format!("START RequestId\n{}\nnot json abcdEF12\n", refusal_line("abcdEF12")));
    let said = ran(Command::new(admit()).args(["why", "abcdEF12", "--log", &file])).good().out;
    for part in
        ["POST /{tenant}/token", "clinic", "401 invalid_client", "aud was https://elsewhere.example", "tenant file"]
    {
        assert!(said.contains(part), "{part} in {said}");
    }
    let unknown = ran(Command::new(admit()).args(["why", "zzzzzzzz", "--log", &file]));
    assert_eq!(unknown.exit, 1);
}

/// Ids are made of 64 characters, of which the hyphen is one.
#[test]
fn an_id_that_begins_with_a_hyphen_is_an_id() {
    let folder = Folder::new();
    let file = folder.file("log.jsonl", &format!("{}\n", refusal_line("-bcdEF12")));
    for words in [vec!["why", "-bcdEF12", "--log", &file], vec!["why", "--log", &file, "-bcdEF12"]] {
        let said = ran(Command::new(admit()).args(&words)).good().out;
        assert!(said.contains("401 invalid_client"), "{words:?}: {said}");
    }
    let local = format!("--local={}", folder.0.display());
    for words in [["grants", "revoke", "home", "--grant"], ["sessions", "end", "home", "--session"]] {
        let refused = ran(Command::new(admit()).arg(&local).args(words).arg("-fa6aWKmkMVarZUEsXWew"));
        assert!(!refused.err.contains("unexpected argument"), "{words:?}: {}", refused.err);
    }
}
