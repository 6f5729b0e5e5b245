//! DynamoDB and KMS outside this process: `ministack`, an emulator that speaks both over HTTP as AWS does.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::Duration,
};

pub struct Ministack {
    pub address: SocketAddr,
    /// Its standard input is what keeps the emulator running, so that it ends with this process however that ends.
    _keeper: Child,
}

impl Ministack {
    /// One for all tests of this process; each makes tables and keys of its own.
    pub fn shared() -> &'static Ministack {
        static SHARED: OnceLock<Ministack> = OnceLock::new();
        SHARED.get_or_init(Ministack::start)
    }

    fn start() -> Ministack {
        let program = program();
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        drop(listener);
        let keeper = Command::new("sh")
            .args(["-c", "\"$0\" >/dev/null 2>&1 & read -r _; kill $!"])
            .arg(&program)
            // Without these it listens on all addresses, and on the ports of other services too.
            .env("BIND_HOST", "127.0.0.1")
            .env("IOT_MTLS_ENABLED", "0")
            .env("SERVICES", "dynamodb,kms,logs")
            .env("GATEWAY_PORT", address.port().to_string())
            .stdin(Stdio::piped())
            .spawn()
            .expect("a shell");
        let wait = || std::thread::sleep(Duration::from_millis(50));
        let is_up = (0..600).any(|_| is_healthy(address, "/_ministack/health") || (wait(), false).1);
        assert!(is_up, "{} does not answer on {address}", program.display());
        Ministack { address, _keeper: keeper }
    }
}

impl Ministack {
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Whether it is installed.
    pub fn is_here() -> bool {
        found().is_some()
    }
}

fn program() -> PathBuf {
    found().unwrap_or_else(|| {
        panic!("ministack, the DynamoDB and KMS emulator, is not on the PATH: `tests/run` installs it")
    })
}

/// On the PATH, or where `tests/run` puts it.
fn found() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.venv/bin"));
    let places = std::env::split_paths(&path).chain([installed]);
    places.map(|place| place.join("ministack")).find(|file| file.is_file())
}

/// Whether an emulator answers 200 at this path.
pub(crate) fn is_healthy(address: SocketAddr, path: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let asked = stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").as_bytes());
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let mut answer = [0; 12];
    asked.is_ok() && stream.read_exact(&mut answer).is_ok() && answer.ends_with(b" 200")
}

/// The same table that `infra/template.yaml` makes.
pub async fn create_table(client: &aws_sdk_dynamodb::Client, table: &str) {
    server::store::table::create(client, table).await.expect("the table is made");
}
