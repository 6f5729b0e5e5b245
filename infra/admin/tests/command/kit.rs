//! Runs `admit` as a shell does, and says what came of it.

use local::options::Options;
use serde_json::Value;
use server::Server;
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

pub const ADMIT: &str = env!("CARGO_BIN_EXE_admit");

/// A folder of its own, gone with it.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Folder {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("admit-test-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("a file");
        path.display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub struct Ran {
    pub exit: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }

    pub fn good(self) -> Ran {
        assert_eq!(self.exit, 0, "{}{}", self.out, self.err);
        self
    }
}

/// Nothing of this machine's own configuration reaches it.
pub fn environment(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars() {
        if name.starts_with("AWS_") || name.starts_with("ADMIT_") || name.to_lowercase().ends_with("_proxy") {
            command.env_remove(name);
        }
    }
    command
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::null())
}

pub fn ran(command: &mut Command) -> Ran {
    let output = environment(command).output().expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran { exit: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

/// A local server that serves until the test ends, and its address.
pub async fn server(folder: &Folder) -> (Operator, String) {
    let (admit, base, _) = server_and_table(folder).await;
    (admit, base)
}

/// The same, with what is behind it.
pub async fn server_and_table(folder: &Folder) -> (Operator, String, Arc<Server>) {
    let options = Options { port: 0, data: folder.0.clone(), ..Options::default() };
    let local = local::prepare(&options).await.unwrap_or_else(|error| panic!("{error}"));
    let (base, server) = (local.base.clone(), local.server.clone());
    tokio::spawn(local::serve(local));
    (Operator::of_local(&folder.0), base, server)
}

/// A server's worth of options, and `admit` with them.
pub struct Operator {
    pub always: Vec<String>,
}

impl Operator {
    /// Of the local server with this data folder.
    pub fn of_local(data: &Path) -> Operator {
        Operator { always: vec![format!("--local={}", data.display())] }
    }

    pub fn runs(&self, words: &[&str]) -> Ran {
        ran(Command::new(ADMIT).args(words).args(&self.always))
    }
}
