//! The commands of `admit`, one file each.

mod audit;
mod callers;
mod client;
mod completion;
pub mod cost;
pub mod doctor;
mod erase;
mod grants;
mod healthlake;
mod init;
mod keys;
mod lockouts;
mod migrate;
mod new_secret;
mod options;
mod provider;
mod registered;
mod seconds_ago;
mod sessions;
mod tenant;
mod token;
mod user;
mod user_name;
pub mod why;

pub use options::{Command, Options};

use crate::{
    failure::Failure,
    out::Out,
    target::{OperatorAction, Target, TargetOptions},
};
use callers::Caller;
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
    let operation = options.command.operation();
    let target = async || Target::find(&options.target).await;
    match options.command {
        Command::Client(Clients::Key(command)) => command.run(out),
        Command::Why(command) => command.run(&options.target, out).await,
        Command::Doctor(command) => command.run(out).await,
        Command::Cost(command) => command.run(out),
        Command::Completion(command) => command.run(out, Options::command()),
        on_target => {
            let target = target().await?;
            let result = run_on(&target, &options.target, on_target, out).await;
            if let Some(operation) = operation {
                target.record(out, &operation, &result).await;
            }
            result
        }
    }
}

async fn run_on(target: &Target, options: &TargetOptions, command: Command, out: &Out) -> Result<(), Failure> {
    match command {
        Command::Init(command) => command.run(target, options, out).await,
        Command::Tenant(command) => command.run(target, out).await,
        Command::Client(command) => command.run(target, out).await,
        Command::User(command) => command.run(target, out).await,
        Command::Ehr(command) => command.run(Caller::Ehr, target, out).await,
        Command::FhirServer(command) => command.run(Caller::FhirServer, target, out).await,
        Command::Provider(command) => command.run(target, out).await,
        Command::Keys(command) => command.run(target, out).await,
        Command::Grants(command) => command.run(target, out).await,
        Command::Sessions(command) => command.run(target, out).await,
        Command::Lockouts(command) => command.run(target, out).await,
        Command::Token(command) => command.run(target, out).await,
        Command::Healthlake(command) => command.run(target, out).await,
        Command::Audit(command) => command.run(target, out).await,
        Command::Migrate(command) => command.run(target, out).await,
        // They need no target.
        Command::Why(_) | Command::Doctor(_) | Command::Cost(_) | Command::Completion(_) => Ok(()),
    }
}

impl Command {
    /// What the audit trail holds of it, if it changes anything on the server. Each command says so itself.
    fn operation(&self) -> Option<OperatorAction> {
        match self {
            Command::Init(command) => command.operation(),
            Command::Tenant(command) => command.operation(),
            Command::Client(command) => command.operation(),
            Command::User(command) => command.operation(),
            Command::Ehr(command) => command.operation(Caller::Ehr),
            Command::FhirServer(command) => command.operation(Caller::FhirServer),
            Command::Provider(command) => command.operation(),
            Command::Keys(command) => command.operation(),
            Command::Grants(command) => command.operation(),
            Command::Sessions(command) => command.operation(),
            Command::Token(command) => command.operation(),
            Command::Audit(command) => command.operation(),
            Command::Migrate(command) => command.operation(),
            Command::Why(_) | Command::Doctor(_) | Command::Healthlake(_) | Command::Lockouts(_) => None,
            Command::Cost(_) | Command::Completion(_) => None,
        }
    }
}
