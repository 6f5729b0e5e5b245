//! A local server that runs, as it describes itself to a command on the same machine.

use serde::{Deserialize, Serialize};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Written to a file in the server's data folder.
#[derive(Debug, Serialize, Deserialize)]
pub struct LocalServer {
    /// Its table, on a loopback address.
    pub dynamodb: String,
    pub table: String,
    pub base: String,
    pub log: Option<PathBuf>,
}

impl LocalServer {
    pub const FILE: &'static str = "server.json";

    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        fs::write(folder.join(LocalServer::FILE), serde_json::to_string_pretty(self)?)
    }
}
