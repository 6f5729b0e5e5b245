//! The command line: its commands, and the options that all of them take.

use super::{
    audit::Audit, callers::Callers, client::Clients, completion::Completion, cost::Cost, doctor::Doctor,
    grants::Grants, healthlake::Healthlake, init::Init, keys::Keys, lockouts::Lockouts, migrate::Migrate,
    provider::Providers, sessions::Sessions, tenant::Tenants, token::Tokens, user::Users, why::Why,
};
use crate::target::TargetOptions;

/// Operates an Admit server: tenants, clients, users, keys and grants; explains refusals; shows what it costs.
#[derive(clap::Parser, Debug)]
#[command(
    name = "admit",
    version,
    about,
    after_help = "Exit codes: 0 done · 1 it failed, or a check found something · 2 nothing was tried: a wrong option or a mistake \
                  in a file · 3 refused, because it would do harm and neither --yes nor --allow was given · 4 `plan --exit-code`: the \
                  table differs from the file\n\nChanges reach the functions within 30 seconds, for which they keep tenants and \
                  clients in memory."
)]
pub struct Options {
    #[command(flatten)]
    pub target: TargetOptions,

    /// Answers in JSON
    #[arg(long, global = true)]
    pub json: bool,

    /// Answers yes to every question
    #[arg(long, short, global = true)]
    pub yes: bool,

    #[command(subcommand)]
    pub command: Command,
}

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Makes a stack's first tenant: a file, a backend client with its key, and all of it in the table
    Init(Init),
    /// Tenants: from files to the table, and back
    #[command(subcommand)]
    Tenant(Tenants),
    /// Registered apps and services
    #[command(subcommand)]
    Client(Clients),
    /// People who sign in with a password of this server
    #[command(subcommand)]
    User(Users),
    /// The secrets of EHRs that hand over launches
    #[command(subcommand)]
    Ehr(Callers),
    /// The secrets of FHIR servers that introspect
    #[command(subcommand)]
    FhirServer(Callers),
    /// The secrets that identity providers gave this server
    #[command(subcommand)]
    Provider(Providers),
    /// A tenant's signing keys
    #[command(subcommand)]
    Keys(Keys),
    /// What people have allowed apps to do
    #[command(subcommand)]
    Grants(Grants),
    /// Where people are signed in
    #[command(subcommand)]
    Sessions(Sessions),
    /// Whose password, secret or code was wrong, and how often
    #[command(subcommand)]
    Lockouts(Lockouts),
    /// A single token
    #[command(subcommand)]
    Token(Tokens),
    /// The audit trail: searches it, and brings in what it lacks
    #[command(subcommand)]
    Audit(Audit),
    /// Explains why a request was refused, or less granted than asked, by the reference that the app was given
    Why(Why),
    /// Checks a tenant from outside: discovery, TLS, CORS, clock, keys, and, with a client, the whole way to a token
    Doctor(Doctor),
    /// Prints the input of `aws healthlake create-fhir-datastore` for a tenant
    Healthlake(Healthlake),
    /// Completes the tenants' lists after an upgrade from a release that had none; reads the whole table, once
    Migrate(Migrate),
    /// Shows what a million of each operation costs on AWS
    Cost(Cost),
    /// Prints the completion script of a shell
    Completion(Completion),
}
