//! AWS's own emulator of the Lambda runtime, which ships in `aws-sam-cli` and in AWS's base images: it starts a function's
//! binary with the first event and hands it one event at a time. Not in the kit's way unless `ADMIT_RUNTIME_EMULATOR` names it.

use crate::outcome::Outcome;
use serde_json::Value;
use std::{
    env,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Command,
};
use tokio::net::TcpStream;

pub struct Emulator {
    address: SocketAddr,
    http: reqwest::Client,
}

impl Emulator {
    /// Its program, if the functions are to run under it.
    pub fn wanted() -> Option<PathBuf> {
        env::var_os("ADMIT_RUNTIME_EMULATOR").map(PathBuf::from)
    }

    /// What starts it for this binary.
    pub fn of(program: &Path, binary: &Path) -> (Command, Emulator) {
        // Its defaults are not loopback addresses.
        let (address, runtime_api) = (free_address(), free_address());
        let mut command = Command::new(program);
        command.args(["--runtime-interface-emulator-address", &address.to_string()]);
        command.args(["--runtime-api-address", &runtime_api.to_string()]);
        command.arg(binary);
        let http = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
        (command, Emulator { address, http })
    }

    pub async fn is_up(&self) -> bool {
        TcpStream::connect(self.address).await.is_ok()
    }

    pub async fn invoke(&self, event: Vec<u8>) -> Outcome {
        let url = format!("http://{}/2015-03-31/functions/function/invocations", self.address);
        let answer = self.http.post(url).body(event).send().await.expect("the emulator answers");
        let body = answer.text().await.expect("the answer is whole");
        let Ok(answer) = serde_json::from_str::<Value>(&body) else { return Outcome::Died(body) };
        match answer["errorType"].as_str() {
            Some(kind) if kind.starts_with("Runtime.") => Outcome::Died(body),
            Some(_) => Outcome::Error(answer),
            None => Outcome::Answer(answer),
        }
    }
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("an address")
}
