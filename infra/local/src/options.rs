//! What can be said on the command line.

use std::path::PathBuf;

/// The whole authorization server on this machine, with a launcher, a sample app and a sample FHIR server.
#[derive(clap::Parser, Clone, Debug, Default)]
#[command(name = "admit-local", version, about)]
pub struct Options {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 9000)]
    pub port: u16,

    /// Folder that keeps clients, grants and keys between runs
    #[arg(long, value_name = "DIR", default_value = "data")]
    pub data: PathBuf,

    /// Keep nothing: everything is gone when the server stops
    #[arg(long, conflicts_with_all = ["data", "dynamodb"])]
    pub in_memory: bool,

    /// A tenant file, or a folder of them; may be given several times. Without it, the two sample tenants
    #[arg(long, value_name = "FILE_OR_DIR")]
    pub tenants: Vec<PathBuf>,

    /// A DynamoDB engine outside this process instead of the embedded one
    #[arg(long, value_name = "URL", conflicts_with = "data")]
    pub dynamodb: Option<String>,
}
