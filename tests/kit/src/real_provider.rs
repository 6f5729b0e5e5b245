//! oidc-provider, a certified OpenID provider, in a process of its own that ends with this one.

use crate::{
    Live,
    live::{installed, script},
};
use axum::Router;
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdout, Command, Stdio},
    sync::Mutex,
};

pub struct RealProvider {
    pub issuer: String,
    process: Mutex<(Child, BufReader<ChildStdout>)>,
}

impl RealProvider {
    /// With a tenant whose people sign in there: `{provider}` in its file is the issuer.
    pub fn with_tenant(file: &str, pages: Router) -> (Live, RealProvider) {
        let provider = RealProvider::start();
        let world = Live::start(file.replace("{provider}", &provider.issuer).leak(), pages);
        provider.registers(world.told("issuer"));
        (world, provider)
    }

    fn start() -> RealProvider {
        installed("browser/node_modules/oidc-provider");
        let mut command = Command::new("node");
        command.arg(script("foreign/provider.js")).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("node starts");
        let mut output = BufReader::new(child.stdout.take().expect("its output"));
        let issuer = line(&mut output);
        RealProvider { issuer, process: Mutex::new((child, output)) }
    }

    /// Registers the tenant with this issuer: its callbacks, and the keys it signs with.
    fn registers(&self, issuer: &str) {
        let jwks = keys(issuer);
        let mut process = self.process.lock().expect("nobody panicked");
        let (child, output) = &mut *process;
        let input = child.stdin.as_mut().expect("its input");
        let registration = json!({ "callback": format!("{issuer}/authorize/callback"), "jwks": jwks });
        writeln!(input, "{registration}").expect("it reads");
        assert_eq!(line(output), "registered");
    }
}

fn keys(issuer: &str) -> Value {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let answer = reqwest::get(format!("{issuer}/.well-known/jwks.json")).await.expect("its keys");
        answer.json().await.expect("JSON")
    })
}

fn line(output: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    output.read_line(&mut line).expect("it writes");
    line.trim().to_owned()
}
