//! The other processes: the server under load and, where its cost is to be seen apart, the engine. Both are this very
//! executable, so there is one build.

use crate::{codes::Codes, drive::Load, operations::REDIRECT_URI};
use local::options::Options;
use shared::tenant::SigningAlg;
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};
use tests::assertion;
use tokio::runtime::Runtime;

/// A server that answers, and the codes it was given to start with.
pub struct Served {
    child: Child,
    /// `127.0.0.1:port`
    pub address: String,
    pub codes: Vec<String>,
    folder: PathBuf,
}

pub struct Engine {
    child: Child,
    url: String,
}

impl Served {
    pub fn start(load: &Load, engine: Option<&Engine>) -> Served {
        let folder = std::env::temp_dir().join(format!("admit-load-{}-{}", std::process::id(), engine.is_some()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join("load.toml");
        let text = include_str!("tenant.toml").replace("{es384}", &assertion::jwks(SigningAlg::ES384));
        std::fs::write(&file, text).expect("the tenant file");
        let codes = (load.time.as_secs_f64() * 800.0).ceil().to_string();
        let mut arguments = vec!["serve", file.to_str().expect("a path"), &codes];
        arguments.extend(engine.map(|engine| engine.url.as_str()));
        let (child, mut lines) = spawn(&arguments);
        let mut codes = Vec::new();
        let address = loop {
            let line = line(&mut lines);
            match line.split_once(' ') {
                Some(("code", code)) => codes.push(code.to_owned()),
                Some(("ready", url)) => break url.trim_start_matches("http://").to_owned(),
                _ => panic!("the server said {line:?}"),
            }
        };
        Served { child, address, codes, folder }
    }

    pub fn cpu(&self) -> Duration {
        cpu(&self.child)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        end(&mut self.child);
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Engine {
    pub fn start() -> Engine {
        let (child, mut lines) = spawn(&["engine"]);
        let url = line(&mut lines).trim_start_matches("ready ").to_owned();
        Engine { child, url }
    }

    pub fn cpu(&self) -> Duration {
        cpu(&self.child)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

fn spawn(arguments: &[&str]) -> (Child, BufReader<ChildStdout>) {
    let me = std::env::current_exe().expect("the path of this program");
    let mut child = Command::new(me).args(arguments).stdout(Stdio::piped()).spawn().expect("a second process");
    let stdout = child.stdout.take().expect("its output");
    (child, BufReader::new(stdout))
}

fn line(lines: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    lines.read_line(&mut line).expect("a line");
    assert!(!line.is_empty(), "the process ended before it was ready");
    line.trim_end().to_owned()
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// Time on any processor since the process began, with its threads (proc(5): fields 14 and 15, in hundredths).
fn cpu(child: &Child) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).expect("this is Linux");
    let after_name = stat.rsplit_once(')').expect("a name in brackets").1;
    let ticks: u64 = after_name.split_whitespace().skip(11).take(2).map(|n| n.parse::<u64>().expect("ticks")).sum();
    Duration::from_millis(ticks * 10)
}

/// What `local`'s own main does, and codes in its table to begin with.
pub fn serve(tenant: &str, codes: &str, engine: Option<&str>) {
    let tenants = vec![Path::new(tenant).to_owned()];
    let dynamodb = engine.map(str::to_owned);
    let options = Options { in_memory: dynamodb.is_none(), dynamodb, tenants, ..Options::default() };
    runtime().block_on(async {
        let local = local::prepare(&options).await.expect("the server starts");
        let now = local.server.now();
        let from = Codes {
            store: &local.server.store,
            tenant: "load",
            client_id: "app",
            redirect_uri: REDIRECT_URI,
            aud: "https://fhir.example/r4",
            now,
        };
        for _ in 0..codes.parse().expect("a number") {
            println!("code {}", from.issue().await);
        }
        println!("ready {}", local.base);
        axum::serve(local.listener, local.router).await.expect("it serves");
    });
}

fn runtime() -> Runtime {
    Runtime::new().expect("a runtime")
}

pub fn engine() {
    runtime().block_on(async {
        println!("ready {}", local::engine::serve_in_memory().await.expect("the engine starts"));
        std::future::pending::<()>().await;
    });
}
