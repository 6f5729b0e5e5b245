//! The operator: runs the real `admit` as a shell does, and sees what comes of it.

use crate::{
    TestServer, binaries,
    ministack::{Ministack, create_table},
};
use local::options::Options;
use rules::secret::random_text;
use serde_json::{Value, json};
use server::store::Store;
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

/// The binary, built if it is not up to date.
pub fn admit() -> PathBuf {
    binaries::of_workspace().join("admit")
}

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

impl Default for Folder {
    fn default() -> Folder {
        Folder::new()
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

/// Somebody with `admit`, and what every command of theirs ends with: where the server is.
#[derive(Clone)]
pub struct Operator {
    always: Vec<String>,
}

impl Operator {
    /// Of the local server with this data folder.
    pub fn of_data(data: &Path) -> Operator {
        Operator { always: vec![format!("--local={}", data.display())] }
    }

    /// Of a local server that serves until the test ends, with its data in this folder.
    pub async fn of_local(folder: &Folder) -> (Operator, TestServer) {
        let options = Options { port: 0, data: folder.0.clone(), ..Options::default() };
        (Operator::of_data(&folder.0), TestServer::local_with(options).await)
    }

    /// Of an empty table in the emulator of AWS.
    pub async fn on_aws() -> (Operator, Store) {
        let endpoint = format!("http://{}", Ministack::shared().address);
        let table = format!("admit-{}", random_text::<6>());
        let client = aws_sdk_dynamodb::Client::from_conf(local::engine::config(&endpoint).build());
        create_table(&client, &table).await;
        (Operator::of_table(&endpoint, &table), Store::new(client, &table))
    }

    /// Of a table in an engine.
    pub fn of_table(endpoint: &str, table: &str) -> Operator {
        let always = ["--endpoint", endpoint, "--table", table, "--base", "https://auth.example"];
        Operator { always: always.map(str::to_owned).to_vec() }
    }

    pub fn runs(&self, words: &[&str]) -> Ran {
        ran(Command::new(admit()).args(words).args(&self.always))
    }

    /// The same, with this on its standard input.
    pub fn types(&self, text: &str, words: &[&str]) -> Ran {
        let mut command = Command::new(admit());
        let command = environment(command.args(words).args(&self.always));
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("it starts");
        // Most commands read nothing, and may have ended by now.
        let _ = process.stdin.take().expect("its input").write_all(text.as_bytes());
        let output = process.wait_with_output().expect("it ends");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ran { exit: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// The line that a function logs of a refusal under this reference.
pub fn refusal_line(id: &str) -> String {
    json!({
        "timestamp": "2026-11-22T04:02:37Z", "level": "WARN", "target": "server::log",
        "fields": { "message": "refused", "method": "POST", "route": "/{tenant}/token", "tenant": "clinic", "status": 401,
            "refusal": id, "code": "invalid_client", "description": "client authentication failed",
            "detail": "aud was https://elsewhere.example, this tenant accepts https://auth.example/clinic" },
    })
    .to_string()
}
