//! Prints what a cold start of each function takes beside those of Node handlers that do as much; asserts nothing of time. Run by `tests/benches/cold`.

use crate::audit_trail::subscription;
use axum::http::{Method, Request, request::Parts};
use kit::{
    App, Deployed, Ehr,
    binaries::of_functions,
    deployed::answered,
    function::Function,
    gateway_event::{Front, event},
    http::encode,
    ministack::Ministack,
    template::Template,
};
use serde_json::{Value, json};
use server::audit::sealed::Sealer;
use std::{collections::BTreeMap, env, fs, path::Path, process::Command, time::Duration};
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
    let role = "healthlake_read_role = \"arn:aws:iam::123456789012:role/healthlake-read\"";
    let name = "[[fhir_servers]]\nname = \"clinic-fhir\"";
    let deployed = Deployed::start_with(|toml| toml.replacen(name, &format!("{name}\n{role}"), 1)).await;
    let shown = Shown::of(&deployed).await;
    let least = measured(&deployed, &shown, ONE_READ, "least/bootstrap").await;
    let mut nodes = Vec::new();
    for (name, event, folder) in NODES {
        nodes.push((name, event, measured(&deployed, &shown, event, &format!("{folder}/bootstrap")).await));
    }
    // Both ratios: of what was measured, and of what is left of it without the emulator's own time.
    let ratios = |node: &Cold, cold: &Cold| {
        let net = (node.first - least.first) / (cold.first - least.first);
        format!("{:>12.1}{net:>12.1}", node.first / cold.first)
    };
    println!(
        "\n{:<32}{:>10}{:>15}{:>11}{:>12}{:>12}",
        "", "zipped MB", "cold start ms", "second ms", "Node / it", "net"
    );
    let functions = &Template::of_the_stack().functions;
    let rows = functions.keys().map(|binary| (binary.as_str(), binary.as_str()));
    let mut colds = BTreeMap::new();
    for (event, binary) in rows.chain([(REFUSED, "token"), (ONE_READ, "token")]) {
        let cold = measured(&deployed, &shown, event, binary).await;
        let size = zipped(&of_functions().join(binary));
        let ratios = ratios(&nodes[0].2, &cold);
        println!("{event:<32}{size:>10.2}{:>15.1}{:>11.1}{ratios}", cold.first, cold.second);
        colds.insert(event, cold);
    }
    println!("{:<42}{:>15.1}{:>11.1}\n", "nothing but an answer", least.first, least.second);
    println!("{:<42}{:>15}{:>11}{:>12}{:>12}", "", "cold start ms", "second ms", "it / token", "net");
    for (name, event, cold) in nodes {
        println!("{name:<42}{:>15.1}{:>11.1}{}", cold.first, cold.second, ratios(&cold, &colds[event]));
    }
}

/// A request to `token` that needs the tenant and nothing else.
const REFUSED: &str = "token, two reads";

/// The same without an audit trail, whose key is read too: it reads what the first of the Node handlers reads, and no more.
const ONE_READ: &str = "token, one read";

/// What stands beside them, with the events they get, from folders that `tests/benches/cold` makes: two functions in Node.
const NODES: [(&str, &str, &str); 4] = [
    ("Node, one read", ONE_READ, "node-handler"),
    ("Node, one read, bundled", ONE_READ, "node-handler-bundled"),
    ("Node, the calls of token", "token", "node-token"),
    ("Node, the calls of token, bundled", "token", "node-token-bundled"),
];

/// What callers of some functions bring along.
struct Shown {
    token: String,
    /// A line of the audit trail.
    sealed: String,
}

impl Shown {
    async fn of(deployed: &Deployed) -> Shown {
        let token = App::backend(&deployed.server).asks_for_itself("system/*.rs").await.json();
        let server = &deployed.server.server;
        let sealed = Sealer::new(server.store.clone()).seal("{}", server.now()).await.expect("a sealed line");
        Shown { token: token["access_token"].as_str().expect("a token").to_owned(), sealed }
    }
}

/// With events for the function `name`.
async fn measured(deployed: &Deployed, shown: &Shown, name: &str, binary: &str) -> Cold {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        let (one, two) = (event_for(deployed, shown, name), event_for(deployed, shown, name));
        let mut variables = environment(deployed);
        variables.retain(|(variable, _)| name != ONE_READ || variable != "ADMIT_AUDIT");
        let variables: Vec<(&str, &str)> = variables.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        // The emulator starts the process with the first event. The kit's own Runtime API starts it now, so both are counted.
        let began = Instant::now();
        let process = Function::start(binary, &variables).await;
        let began = if env::var_os("ADMIT_RUNTIME_EMULATOR").is_some() { Instant::now() } else { began };
        let answer = answered(process.invoke(&one).await);
        first.push(began.elapsed());
        assert!(name != "token" || answer["statusCode"] == 200, "{answer}");
        let began = Instant::now();
        answered(process.invoke(&two).await);
        second.push(began.elapsed());
    }
    Cold { first: median(first), second: median(second) }
}

/// As in production: nothing stands between function and emulator, the log is the template's, and there is one file of certificates,
/// which is what Amazon Linux has. (Debian has each of them again in a folder.)
fn environment(deployed: &Deployed) -> Vec<(String, String)> {
    let emulator = format!("http://{}", Ministack::shared().address);
    let own = deployed.variables().into_iter().filter(|(name, _)| name != "ADMIT_LOG");
    let direct = own.map(|(name, value)| match name.strip_prefix("AWS_ENDPOINT_URL_") {
        Some(_) => (name, emulator.clone()),
        None => (name, value),
    });
    direct.chain([("SSL_CERT_FILE".to_owned(), "/etc/ssl/certs/ca-certificates.crt".to_owned())]).collect()
}

/// A request that the function does its own work for: the tenant and its client are read, a token is signed.
fn event_for(deployed: &Deployed, shown: &Shown, binary: &str) -> Value {
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
        REFUSED | ONE_READ => form("/clinic/token", &[("grant_type", "unknown")], &[]),
        "launch-context" => {
            let ehr = Ehr::of(server);
            form("/clinic/launchContext", &[("patient", "amy-shaw")], &[("authorization", &ehr.credentials)])
        }
        "userinfo" => get("/clinic/userinfo", &[("authorization", "Bearer e30.e30.e30")]),
        "audit" => subscription(&[&shown.sealed]),
        "healthlake" => json!({
            "datastoreEndpoint": server.fhir.url, "operationName": "ReadResource", "bearerToken": shown.token,
        }),
        "authorizer" => {
            let path = server.fhir.url.splitn(4, '/').nth(3).unwrap_or_default();
            let bearer = format!("Bearer {}", shown.token);
            get(&format!("/{path}/Patient/amy-shaw"), &[("authorization", &bearer)])
        }
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
