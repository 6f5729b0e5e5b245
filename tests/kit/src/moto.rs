//! A second emulator of AWS, of other authors than `ministack`: the server of `moto`. Where the two disagree is in tests/emulators.md.

use crate::ministack::is_healthy;
use std::{
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::Duration,
};

pub struct Moto {
    pub address: SocketAddr,
    /// Its standard input is what keeps the emulator running.
    _process: Child,
}

impl Moto {
    /// One for all tests of this process; each makes tables and keys of its own.
    pub fn shared() -> &'static Moto {
        static SHARED: OnceLock<Moto> = OnceLock::new();
        SHARED.get_or_init(Moto::start)
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Whether it is installed.
    pub fn is_here() -> bool {
        python().is_some()
    }

    fn start() -> Moto {
        let python = python().expect("moto is not here: `tests/run` installs it");
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        drop(listener);
        let mut process = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/src/serve_moto.py"))
            .arg(address.port().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Python starts");
        let wait = || std::thread::sleep(Duration::from_millis(50));
        let mut runs = || process.try_wait().is_ok_and(|ended| ended.is_none());
        let is_up = (0..600).take_while(|_| runs()).any(|_| is_healthy(address, "/moto-api/") || (wait(), false).1);
        assert!(is_up, "moto does not answer on {address}");
        Moto { address, _process: process }
    }
}

/// What it is installed with: beside its program on the PATH, or where `tests/run` puts it. It is by itself there, because it and `ministack`
/// want different versions of the same library.
fn python() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.venv/moto/bin"));
    let mut places = std::env::split_paths(&path).chain([installed]);
    places.find(|place| place.join("moto_server").is_file()).map(|place| place.join("python"))
}
