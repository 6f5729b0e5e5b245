//! What a server without any of the later switches says, byte for byte as it was recorded before there were any (ALL-1). Only what is
//! another each time has a name in its place.
//!
//! A change that is meant is recorded by `ADMIT_RECORD=1 cargo test -p tests --test spec recorded::`.

use axum::http::Method;
use kit::{
    Answer, App, Ehr, Person, TestServer,
    app::{VERIFIER, authorize_url, claims, header, with},
    http::basic,
};
use serde_json::{Value, json};
use std::{fmt::Write, fs, path::Path};

const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs";

/// All that was said, and what in it is another each time.
#[derive(Default)]
struct Transcript {
    text: String,
    names: Vec<(String, &'static str)>,
}

impl Transcript {
    fn calls(&mut self, value: &str, name: &'static str) {
        self.names.push((value.to_owned(), name));
    }

    fn says(&mut self, what: &str, answer: &Answer) {
        self.notes(what, answer, &answer.body);
    }

    /// A page's own text has tests of its own.
    fn shows(&mut self, what: &str, answer: &Answer) {
        self.notes(what, answer, "(a page)");
    }

    fn notes(&mut self, what: &str, answer: &Answer, body: &str) {
        writeln!(self.text, "== {what}\n{}", answer.status).expect("a text");
        let mut headers: Vec<String> = answer
            .headers
            .iter()
            .filter(|(name, _)| *name != "content-length")
            .map(|(name, value)| format!("{name}: {}", value.to_str().expect("headers are text")))
            .collect();
        headers.sort();
        for header in headers {
            writeln!(self.text, "{header}").expect("a text");
        }
        writeln!(self.text, "\n{body}\n").expect("a text");
        if let Some(id) = answer.header("admit-refusal") {
            self.calls(id, "{refusal}");
        }
        if let Some(id) = answer.header("admit-explanation") {
            self.calls(id, "{explanation}");
        }
        let told = answer.header("location").and_then(|location| location.split_once("reference+"));
        if let Some((_, rest)) = told {
            self.calls(rest.split('%').next().expect("a reference"), "{refusal}");
        }
    }

    /// A token of ours, read.
    fn reads(&mut self, what: &str, token: &str) {
        for part in [header(token), claims(token)] {
            for (claim, name) in [("jti", "{jti}"), ("grant_id", "{grant}"), ("kid", "{kid}"), ("at_hash", "{at_hash}")]
            {
                if let Some(value) = part[claim].as_str() {
                    self.calls(value, name);
                }
            }
            writeln!(self.text, "== {what}\n{part}\n").expect("a text");
        }
    }

    fn finished(mut self) -> String {
        // The longest first: one may be a part of another.
        self.names.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        for (value, name) in &self.names {
            self.text = self.text.replace(value, name);
        }
        self.text
    }
}

fn member<'a>(json: &'a Value, name: &str) -> &'a str {
    json[name].as_str().unwrap_or_else(|| panic!("no {name} in {json}"))
}

async fn documents(server: &TestServer, to: &mut Transcript) {
    for path in [
        "/clinic/.well-known/smart-configuration",
        "/clinic/fhir/.well-known/smart-configuration",
        "/clinic/.well-known/openid-configuration",
        "/.well-known/openid-configuration/clinic",
        "/.well-known/oauth-authorization-server/clinic",
        "/.well-known/oauth-protected-resource/clinic/fhir",
        "/.well-known/oauth-protected-resource/other/fhir",
    ] {
        to.says(path, &server.get(path).await);
    }
}

async fn a_launch(server: &TestServer, to: &mut Transcript) {
    let app = App::public(server);
    let begun = server.get(&app.standalone(SCOPE)).await;
    let (page, _) = begun.location().rsplit_once('/').expect("a path");
    to.calls(&begun.location()[page.len() + 1..], "{interaction}");
    let (name, cookie) = begun.header("set-cookie").expect("a cookie").split_once('=').expect("a cookie");
    to.calls(name, "{cookie}");
    to.calls(cookie.split(';').next().expect("a value"), "{browser}");
    to.says("a request for authorization", &begun);
    let back = Person::named(server, "amy").goes_through(&app.standalone(SCOPE), None).await;
    let code = back.query("code").expect("a code");
    to.calls(&code, "{code}");
    writeln!(to.text, "== back at the app\n{}\n", back.location()).expect("a text");
    tokens(server, to, &app, &code).await;
}

async fn tokens(server: &TestServer, to: &mut Transcript, app: &App<'_>, code: &str) {
    let answer = app.redeems(code).await;
    let first = answer.json();
    let secrets =
        [("access_token", "{access token}"), ("refresh_token", "{refresh token}"), ("id_token", "{id token}")];
    for (name, placeholder) in secrets {
        to.calls(member(&first, name), placeholder);
    }
    to.calls(member(&claims(member(&first, "id_token")), "sub"), "{sub}");
    to.says("a code", &answer);
    to.reads("its access token", member(&first, "access_token"));
    to.reads("its id token", member(&first, "id_token"));
    let refreshed = app.sends_refresh(member(&first, "refresh_token"), None).await;
    let second = refreshed.json();
    for (name, placeholder) in [
        ("access_token", "{second access token}"),
        ("refresh_token", "{second refresh token}"),
        ("id_token", "{second id token}"),
    ] {
        to.calls(member(&second, name), placeholder);
    }
    to.says("a refresh", &refreshed);
    let token = member(&second, "access_token");
    let fhir_server = basic("clinic-fhir", "clinic-fhir-secret-of-more-than-32-characters");
    let introspected = server.post("/clinic/introspect", &[("token", token)], &[("authorization", &fhir_server)]).await;
    to.calls(member(&introspected.json(), "jti"), "{second jti}");
    to.says("introspection", &introspected);
    to.says("userinfo", &server.get_with(token, "/clinic/userinfo").await);
    to.says("a used code", &app.redeems(code).await);
    to.says(
        "introspection of what was revoked",
        &server.post("/clinic/introspect", &[("token", token)], &[("authorization", &fhir_server)]).await,
    );
    to.says("userinfo with what was revoked", &server.get_with(token, "/clinic/userinfo").await);
    to.says("revocation", &app.revokes(token).await);
}

async fn others(server: &TestServer, to: &mut Transcript) {
    let answer = App::backend(server).asks_for_itself("system/*.rs").await;
    let token = answer.json();
    to.calls(member(&token, "access_token"), "{service's token}");
    to.says("a backend service", &answer);
    to.reads("its token", member(&token, "access_token"));
    let launched = Ehr::of(server).sends(&json!({ "patient": "amy-shaw" })).await;
    to.calls(member(&launched.json(), "launch"), "{launch}");
    to.says("launchContext", &launched);
}

async fn refusals(server: &TestServer, to: &mut Transcript) {
    let app = App::public(server);
    for (name, value) in [
        ("request_uri", "urn:ietf:params:oauth:request_uri:x"),
        ("request", "a.b.c"),
        ("dpop_jkt", "x"),
        ("response_type", "code token"),
        ("resource", "https://elsewhere.example"),
        ("scope", ""),
        ("state", ""),
    ] {
        let request = with(app.request(SCOPE), name, Some(value));
        let answer = server.get(&authorize_url(&request)).await;
        if name == "dpop_jkt" {
            writeln!(to.text, "== authorize with {name}\n{}\n", answer.status).expect("a text");
        } else {
            to.says(&format!("authorize with {name}={value}"), &answer);
        }
    }
    for client_id in ["nobody", "https://agent.example/client.json"] {
        let request = with(app.request(SCOPE), "client_id", Some(client_id));
        to.shows(&format!("authorize as {client_id}"), &server.get(&authorize_url(&request)).await);
        let form = [
            ("grant_type", "authorization_code"),
            ("code", "x"),
            ("client_id", client_id),
            ("code_verifier", VERIFIER),
        ];
        to.says(&format!("token as {client_id}"), &server.post("/clinic/token", &form, &[]).await);
    }
    let form = [("grant_type", "client_credentials"), ("scope", "system/*.rs")];
    for (name, value) in [("authorization", "DPoP x"), ("authorization", "Bearer x"), ("dpop", "x")] {
        for endpoint in ["token", "introspect", "launchContext"] {
            let answer = server.post(&format!("/clinic/{endpoint}"), &form, &[(name, value)]).await;
            to.says(&format!("{endpoint} with {name}: {value}"), &answer);
        }
        let answer = server.request(Method::GET, "/clinic/userinfo", &[(name, value)], "").await;
        to.says(&format!("userinfo with {name}: {value}"), &answer);
    }
    let preflight = [("origin", "https://app.example"), ("access-control-request-method", "POST")];
    to.says("a preflight", &server.request(Method::OPTIONS, "/clinic/token", &preflight, "").await);
    let headers = [("origin", "https://app.example")];
    to.says("a refusal to a page", &server.post("/clinic/token", &[("grant_type", "x")], &headers).await);
}

/// ALL-1.
#[tokio::test]
async fn with_every_switch_off_documents_and_answers_are_what_they_were() {
    let server = TestServer::start().await;
    let mut transcript = Transcript::default();
    transcript.calls(&server.fhir.url, "{fhir}");
    let encoded: String = url::form_urlencoded::byte_serialize(server.fhir.url.as_bytes()).collect();
    transcript.calls(&encoded, "{fhir}");
    documents(&server, &mut transcript).await;
    a_launch(&server, &mut transcript).await;
    others(&server, &mut transcript).await;
    refusals(&server, &mut transcript).await;
    let (now, file) = (transcript.finished(), Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/recorded.txt"));
    if std::env::var_os("ADMIT_RECORD").is_some() {
        fs::write(&file, &now).expect("the file can be written");
    }
    let recorded = fs::read_to_string(&file).expect("the recording");
    for (line, (now, then)) in now.lines().zip(recorded.lines()).enumerate() {
        assert_eq!(now, then, "line {} of the recording", line + 1);
    }
    assert_eq!(now.len(), recorded.len());
}
