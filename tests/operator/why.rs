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
