//! Prints what a cold start of each function takes beside one of a minimal Node handler; asserts nothing. Run by `tests/benches/cold`.

use axum::http::{Method, Request, request::Parts};
use serde_json::Value;
use std::{env, fs, path::Path, process::Command, time::Duration};
use tests::{
    App, Deployed, Ehr,
    deployed::answered,
    function::{Function, binaries},
    gateway_event::{Front, event},
    http::encode,
    template,
};
use tokio::time::Instant;

/// Each time in a new process; what is printed is the median.
const TIMES: usize = 7;

/// Milliseconds.
struct Cold {
    /// From the first event to its answer: the start of the process and everything before it is ready included.
    first: f64,
    second: f64,
}

#[tokio::test]
#[ignore = "a measurement"]
async fn cold_starts() {
    let deployed = Deployed::start().await;
    let node = match env::var("ADMIT_NODE_HANDLER") {
        Ok(bootstrap) => Some((bootstrap.clone(), measured(&deployed, &bootstrap).await)),
        Err(_) => None,
    };
    println!("\n{:<16}{:>10}{:>16}{:>16}{:>18}", "", "zipped MB", "cold start ms", "second ms", "Node / this");
    for function in template::functions() {
        let cold = measured(&deployed, &function.binary).await;
        let ratio = node.as_ref().map(|(_, node)| format!("{:.1}", node.first / cold.first)).unwrap_or_default();
        let size = zipped(&binaries().join(&function.binary));
        println!("{:<16}{size:>10.2}{:>16.1}{:>16.1}{ratio:>18}", function.binary, cold.first, cold.second);
    }
    if let Some((bootstrap, cold)) = &node {
        let size = zipped(&Path::new(bootstrap).with_file_name("index.mjs"));
        println!("{:<16}{size:>10.2}{:>16.1}{:>16.1}{:>18}", "(Node handler)", cold.first, cold.second, "1.0");
    }
}

async fn measured(deployed: &Deployed, binary: &str) -> Cold {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        let (one, two) = (event_for(deployed, binary), event_for(deployed, binary));
        let variables = deployed.variables();
        let variables: Vec<(&str, &str)> = variables.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        // The emulator starts the process with the first event. The kit's own Runtime API starts it now, so both are counted.
        let began = Instant::now();
        let process = Function::start(binary, &variables).await;
        let began = if env::var_os("ADMIT_RUNTIME_EMULATOR").is_some() { Instant::now() } else { began };
        answered(process.invoke(&one).await);
        first.push(began.elapsed());
        let began = Instant::now();
        answered(process.invoke(&two).await);
        second.push(began.elapsed());
    }
    Cold { first: median(first), second: median(second) }
}

/// A request that the function does its own work for: the tenant and its client are read, a token is signed.
fn event_for(deployed: &Deployed, binary: &str) -> Value {
    let server = &deployed.server;
    let form = |path: &str, pairs: &[(&str, &str)], headers: &[(&str, &str)]| {
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let headers = [headers, &[kind]].concat();
        event(Front::HttpApi, &parts(Method::POST, path, &headers), encode(pairs).as_bytes())
    };
    let get = |path: &str, headers: &[(&str, &str)]| event(Front::HttpApi, &parts(Method::GET, path, headers), b"");
    match binary {
        "authorize" => {
            let url = App::public(server).standalone("openid launch/patient patient/*.rs");
            get(url.strip_prefix("https://auth.example").expect("a URL of ours"), &[])
        }
        "token" | "introspect" | "revoke" => {
            let (authentication, _) = App::backend(server).authentication();
            let mut pairs: Vec<(&str, &str)> = authentication.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            match binary {
                "token" => pairs.extend([("grant_type", "client_credentials"), ("scope", "system/*.rs")]),
                _ => pairs.push(("token", "unknown")),
            }
            form(&format!("/clinic/{binary}"), &pairs, &[])
        }
        "launch-context" => {
            let ehr = Ehr::of(server);
            form("/clinic/launchContext", &[("patient", "amy-shaw")], &[("authorization", &ehr.credentials)])
        }
        "userinfo" => get("/clinic/userinfo", &[("authorization", "Bearer e30.e30.e30")]),
        "rotate-keys" => serde_json::from_str(include_str!("../fixtures/events/schedule.json")).expect("JSON"),
        _ => get("/clinic/.well-known/jwks.json", &[]),
    }
}

fn parts(method: Method, path: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).expect("a request").into_parts().0
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

/// What a deployment uploads: a ZIP file is deflated as gzip does.
fn zipped(file: &Path) -> f64 {
    let size = fs::metadata(file).expect("a file").len();
    let zipped = Command::new("gzip").args(["--stdout", "-6"]).arg(file).output().expect("gzip");
    assert!(zipped.status.success() && size > 0);
    zipped.stdout.len() as f64 / 1e6
}
