//! `admit completion`: `source <(admit completion bash)`.

use crate::{failure::Failure, out::Out};
use serde_json::json;

#[derive(clap::Args, Debug)]
pub struct Completion {
    shell: clap_complete::Shell,
}

impl Completion {
    pub fn run(self, out: &Out, mut admit: clap::Command) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut admit, "admit", &mut script);
        let script = String::from_utf8_lossy(&script);
        out.answer(&json!({ "script": script }), &script);
        Ok(())
    }
}
