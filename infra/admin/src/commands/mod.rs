//! The commands of `admit`, one file each.

mod client;
mod completion;
pub mod cost;
pub mod doctor;
mod grants;
mod healthlake;
mod init;
mod keys;
mod options;
mod tenant;
mod token;
mod user;
pub mod why;

pub use options::{Command, Options};

use crate::{failure::Failure, out::Out, target::Target};
use clap::{CommandFactory, Parser};
use client::Clients;
use serde_json::json;
use std::process::ExitCode;

pub async fn run() -> ExitCode {
    let options = Options::parse();
    let out = Out { json: options.json, yes: options.yes };
    match perform(options, &out).await.map_err(Failure::advised) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            match failure.message.is_empty() {
                true => {}
                false if out.json => {
                    let exit = failure.exit as u8;
                    out.note(json!({ "error": failure.message, "exit": exit }).to_string());
                }
                false => out.note(format!("admit: {}", failure.message)),
            }
            failure.exit.into()
        }
    }
}

async fn perform(options: Options, out: &Out) -> Result<(), Failure> {
    let target = async || Target::find(&options.target).await;
    match options.command {
        Command::Init(command) => command.run(&options.target, out).await,
        Command::Tenant(command) => command.run(&target().await?, out).await,
        Command::Client(Clients::Key(command)) => command.run(out),
        Command::Client(command) => command.run(&target().await?, out).await,
        Command::User(command) => command.run(&target().await?, out).await,
        Command::Keys(command) => command.run(&target().await?, out).await,
        Command::Grants(command) => command.run(&target().await?, out).await,
        Command::Token(command) => command.run(&target().await?, out).await,
        Command::Why(command) => command.run(&options.target, out).await,
        Command::Doctor(command) => command.run(out).await,
        Command::Healthlake(command) => command.run(&target().await?, out).await,
        Command::Cost(command) => command.run(out),
        Command::Completion(command) => command.run(out, Options::command()),
    }
}
