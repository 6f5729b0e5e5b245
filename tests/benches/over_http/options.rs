//! What can be said on the command line.

use std::{path::PathBuf, time::Duration};

pub const USAGE: &str = "tests/benches/load [OPTIONS]

  --rounds N        rounds of each operation, of which the median counts (default 7)
  --seconds N       how long one round lasts (default 1)
  --connections N   how many clients ask at the same time (default 8)
  --only WORD       the operations that have this in their names
  --peers           the same requests to oidc-provider too, which tests/run installs
  --beside PATH     the same requests to another build of the local server too
  --engine-apart    the table's engine in a process of its own: the processor time is that of the functions alone
  --server PATH     another build of the local server than target/release/local";

pub enum Asked {
    Load(Load),
    /// What this program starts a second time for `--engine-apart`.
    Engine,
}

pub struct Load {
    pub rounds: usize,
    pub time: Duration,
    pub connections: usize,
    pub only: String,
    pub peers: bool,
    pub beside: Option<PathBuf>,
    pub engine_apart: bool,
    pub server: PathBuf,
}

/// `None` if it makes no sense, or asks for help.
pub fn read(given: &[String]) -> Option<Asked> {
    let server = beside_this_program();
    let (time, only) = (Duration::from_secs(1), String::new());
    let mut load =
        Load { rounds: 7, time, connections: 8, only, peers: false, beside: None, engine_apart: false, server };
    let mut words = given.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "--rounds" => load.rounds = words.next()?.parse().ok()?,
            "--seconds" => load.time = Duration::try_from_secs_f64(words.next()?.parse().ok()?).ok()?,
            "--connections" => load.connections = words.next()?.parse().ok()?,
            "--only" => load.only = words.next()?.to_owned(),
            "--peers" => load.peers = true,
            "--beside" => load.beside = Some(words.next()?.into()),
            "--engine-apart" => load.engine_apart = true,
            "--server" => load.server = words.next()?.into(),
            "engine" => return Some(Asked::Engine),
            _ => return None,
        }
    }
    Some(Asked::Load(load)).filter(|_| !given.iter().any(|word| word == "0"))
}

/// A bench lies in `target/release/deps`.
fn beside_this_program() -> PathBuf {
    let me = std::env::current_exe().expect("the path of this program");
    me.ancestors().nth(2).expect("a target folder").join("local")
}
