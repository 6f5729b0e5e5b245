//! The commands of `admit`, one file each.

mod client;
mod completion;
pub mod cost;
pub mod doctor;
mod grants;
mod healthlake;
mod init;
mod keys;
mod tenant;
mod user;
pub mod why;

use crate::{
    failure::{Exit, Failure},
    options::Options,
    out::Out,
    place::Place,
};
use clap::Parser;
use serde_json::json;
use std::process::ExitCode;

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Makes a stack's first tenant: a file, a backend client with its key, and all of it in the table
    Init(init::Init),
    /// Tenants: from files to the table, and back
    #[command(subcommand)]
    Tenant(tenant::Tenants),
    /// Registered apps and services
    #[command(subcommand)]
    Client(client::Clients),
    /// People who sign in with a password of this server
    #[command(subcommand)]
    User(user::Users),
    /// A tenant's signing keys
    #[command(subcommand)]
    Keys(keys::Keys),
    /// What people have allowed apps to do
    #[command(subcommand)]
    Grants(grants::Grants),
    /// Why a request was refused, or why less was granted than asked: by the reference that the app was given
    Why(why::Why),
    /// Checks a tenant from outside: discovery, TLS, CORS, clock, keys, and a whole way to a token
    Doctor(doctor::Doctor),
    /// The input of `aws healthlake create-fhir-datastore` for a tenant
    Healthlake(healthlake::Healthlake),
    /// What a million of each operation costs on AWS
    Cost(cost::Cost),
    /// The completion script of a shell
    Completion(completion::Completion),
}

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
    let place = async || Place::find(&options.place).await;
    match options.command {
        Command::Init(command) => command.run(&options.place, out).await,
        Command::Tenant(command) => command.run(&place().await?, out).await,
        Command::Client(client::Clients::Key(command)) => command.run(out),
        Command::Client(command) => command.run(&place().await?, out).await,
        Command::User(command) => command.run(&place().await?, out).await,
        Command::Keys(command) => command.run(&place().await?, out).await,
        Command::Grants(command) => command.run(&place().await?, out).await,
        Command::Why(command) => command.run(&options.place, out).await,
        Command::Doctor(command) => command.run(out).await,
        Command::Healthlake(command) => command.run(&place().await?, out).await,
        Command::Cost(command) => command.run(out),
        Command::Completion(command) => command.run(out),
    }
}

/// An end that is no error and no success, and needs no words.
fn ends(exit: Exit) -> Failure {
    Failure { exit, message: String::new() }
}
