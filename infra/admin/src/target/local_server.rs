//! The description that a running local server leaves for commands on the same machine.

use serde::{Deserialize, Serialize};
use std::{
    fs, io,
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
    /// Its audit trail, if it keeps one.
    #[serde(default)]
    pub audit: Option<PathBuf>,
}

impl LocalServer {
    pub const FILE: &'static str = "server.json";

    pub fn read(folder: &Path) -> io::Result<LocalServer> {
        Ok(serde_json::from_str(&fs::read_to_string(folder.join(LocalServer::FILE))?)?)
    }

    pub fn write(&self, folder: &Path) -> io::Result<()> {
        fs::write(folder.join(LocalServer::FILE), serde_json::to_string_pretty(self)?)
    }
}
