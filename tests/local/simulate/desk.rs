//! A local server with the sample tenant, and the same tenant without simulation, called `plain`; and who meets problems there.

use kit::{Answer, App, Person, TestServer};
use local::options::Options;
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

pub const SCOPE: &str = "launch/patient openid fhirUser offline_access patient/*.rs";
/// Where the app's pages are from.
const ORIGIN: &str = "http://127.0.0.1:3000";

/// As it is after `--tenants FILE`.
pub async fn desk() -> TestServer {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/local/tenants/riverside.toml");
    let plain = plain(&sample);
    let tenants = vec![sample, plain.clone()];
    let server = TestServer::local_with(Options { port: 0, in_memory: true, tenants, ..Options::default() }).await;
    std::fs::remove_file(plain).unwrap();
    server
}

fn plain(sample: &Path) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let text = std::fs::read_to_string(sample).unwrap().replace("id = \"riverside\"", "id = \"plain\"");
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("simulate")).collect();
    assert_eq!(lines.len() + 1, text.lines().count());
    let name = format!("admit-plain-{}-{}.toml", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, lines.join("\n")).unwrap();
    path
}

/// Amy of the samples.
pub fn amy(server: &TestServer) -> Person<'_> {
    let mut amy = Person::named(server, "amy");
    amy.password = "demo-amy".to_owned();
    amy
}

/// Launches an app in the launcher with this problem; what is launched does not matter.
pub async fn chooses(person: &mut Person<'_>, problem: &str) {
    let query = "tenant=riverside&type=patient-standalone&user=amy&launch_url=http://127.0.0.1:3000/launch";
    let answer = person.asks(&format!("/launcher/launch?{query}&simulate={problem}")).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
}

/// Amy, after she has chosen this problem.
pub async fn amy_with<'a>(server: &'a TestServer, problem: &str) -> Person<'a> {
    let mut amy = amy(server);
    chooses(&mut amy, problem).await;
    amy
}

/// What the authorization endpoint says at first.
pub async fn asks(app: &App<'_>, person: &mut Person<'_>) -> Answer {
    person.asks(&app.standalone(SCOPE)).await
}

pub async fn code(app: &App<'_>, person: &mut Person<'_>) -> String {
    app.code_from(person, SCOPE, None).await
}

/// Tokens with this problem in the flow.
pub async fn tokens(app: &App<'_>, problem: &str) -> Value {
    let code = code(app, &mut amy_with(app.server, problem).await).await;
    app.exchanges(&code).await.0
}

pub async fn refreshes(app: &App<'_>, tokens: &Value) -> Answer {
    app.sends_refresh(tokens["refresh_token"].as_str().expect("a refresh token"), None).await
}

pub async fn reads(app: &App<'_>, tokens: &Value, path: &str) -> Answer {
    let token = tokens["access_token"].as_str().expect("an access token");
    app.server.get_with(token, &format!("{}/{path}", app.aud)).await
}

/// RFC 6749 §5.2, and that an app on another origin can read it.
pub fn is_refusal(answer: &Answer, status: u16, error: &str) {
    assert_eq!((answer.status, answer.error().as_str()), (status, error), "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), (Some("no-store"), Some("no-cache")));
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
}
