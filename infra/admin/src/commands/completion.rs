//! `admit completion`: `source <(admit completion bash)`.

use crate::{failure::Failure, options::Options};
use clap::CommandFactory;
use std::io;

#[derive(clap::Args, Debug)]
pub struct Completion {
    shell: clap_complete::Shell,
}

impl Completion {
    pub fn run(self) -> Result<(), Failure> {
        clap_complete::generate(self.shell, &mut Options::command(), "admit", &mut io::stdout());
        Ok(())
    }
}
