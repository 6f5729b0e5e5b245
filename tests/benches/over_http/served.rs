//! The server under load: the local server's own binary with one tenant, and its table, where authorization codes are put
//! as the authorize endpoint leaves them.

use crate::{codes::Codes, options::Load, process::Process, requests::REDIRECT_URI};
use kit::assertion;
use local::engine::{self, Place};
use rules::{tenant::SigningAlg, time::Timestamp};
use server::store::Store;
use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::runtime::Runtime;

pub struct Served {
    process: Process,
    /// `127.0.0.1:port`
    pub address: String,
    /// None of a peer: what it keeps is its own.
    table: Option<Table>,
}

struct Table {
    store: Store,
    runtime: Runtime,
    _engine: Option<Process>,
    _folder: Folder,
}

impl Served {
    /// This build of the local server.
    pub fn start(program: &Path, load: &Load) -> Served {
        let folder = Folder::make(program);
        let tenant = folder.0.join("load.toml");
        let text = include_str!("tenant.toml").replace("{es384}", &assertion::jwks(SigningAlg::ES384));
        std::fs::write(&tenant, text).expect("the tenant file");

        let engine = load.engine_apart.then(|| Process::start(Command::new(me()).arg("engine")));
        let mut command = Command::new(program);
        // Each token for a client's secret would be a line of warning.
        command.args(["--port", "0", "--tenants"]).arg(&tenant).env("ADMIT_LOG", "error");
        match &engine {
            Some(engine) => command.args(["--dynamodb", &engine.url]),
            None => command.arg("--data").arg(&folder.0),
        };
        let process = Process::start(&mut command);
        let address = address(&process);

        let runtime = Runtime::new().expect("a runtime");
        let place = engine.as_ref().map_or(Place::File(&folder.0), |engine| Place::Url(&engine.url));
        let client = runtime.block_on(engine::open(place)).expect("the server's table");
        let store = Store::new(client, engine::TABLE);
        let table = Table { store, runtime, _engine: engine, _folder: folder };
        Served { process, address, table: Some(table) }
    }

    pub fn of_peer(process: Process) -> Served {
        let address = address(&process);
        Served { process, address, table: None }
    }

    pub fn is_peer(&self) -> bool {
        self.table.is_none()
    }

    /// What it can introspect of what it gives: oidc-provider's access tokens are JWTs, which it leaves to others.
    pub fn introspected(&self) -> &'static str {
        if self.is_peer() { "refresh_token" } else { "access_token" }
    }

    pub fn cpu(&self) -> Duration {
        self.process.cpu()
    }

    pub fn codes(&self, count: usize) -> Vec<String> {
        let Table { store, runtime, .. } = self.table.as_ref().expect("a table of ours");
        let from = Codes {
            store,
            tenant: "load",
            client_id: "app",
            redirect_uri: REDIRECT_URI,
            aud: "https://fhir.example/r4",
            username: "hannah",
            now: now(),
        };
        runtime.block_on(async {
            let mut codes = Vec::with_capacity(count);
            for _ in 0..count {
                codes.push(from.issue().await);
            }
            codes
        })
    }
}

fn address(process: &Process) -> String {
    process.url.trim_start_matches("http://").to_owned()
}

/// What `engine` on the command line does.
pub fn engine() {
    Runtime::new().expect("a runtime").block_on(async {
        println!("ready {}", engine::serve_in_memory().await.expect("the engine starts"));
        std::future::pending::<()>().await;
    });
}

pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    Timestamp(since.as_secs().cast_signed())
}

fn me() -> PathBuf {
    std::env::current_exe().expect("the path of this program")
}

/// What the server keeps, gone with this value. In memory where there is such a file system, since it isn't the disk that is
/// measured.
struct Folder(PathBuf);

impl Folder {
    fn make(program: &Path) -> Folder {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        let folder = parent.join(format!("admit-load-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        Folder(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
