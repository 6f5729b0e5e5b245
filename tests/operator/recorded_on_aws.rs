//! On AWS a record goes, sealed, into the stack's own log for operators, with the name that STS says. CloudFormation, STS and
//! CloudWatch Logs are answered here as AWS documents them; the table is the embedded engine behind the same address.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey},
    encoding::{AsDer, PublicKeyX509Der},
    rsa::{KeySize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey},
};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use kit::{
    Operator,
    audit::{agent, detail},
    gate::passed_on,
    operator::{Folder, Ran, admit, ran},
};
use local::options::Options;
use serde_json::{Value, json};
use server::{audit::key::AuditKey, store::Write};
use std::{
    process::Command,
    sync::{Arc, Mutex},
};

const ARN: &str = "arn:aws:sts::123456789012:assumed-role/Operators/kim@example.org";
const GROUP: &str = "/admit/stack/operator";

#[derive(Clone)]
struct Aws {
    engine: String,
    names_log: bool,
    takes_lines: bool,
    lines: Arc<Mutex<Vec<Value>>>,
}

async fn answer(State(aws): State<Aws>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let text = String::from_utf8_lossy(&body).into_owned();
    if target.starts_with("DynamoDB") {
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        return passed_on(&http, &aws.engine, &headers, body).await.into_response();
    }
    let output = |name: &str, value: &str| {
        format!("<member><OutputKey>{name}</OutputKey><OutputValue>{value}</OutputValue></member>")
    };
    if text.starts_with("Action=DescribeStacks") {
        let log = if aws.names_log { output("OperatorLog", GROUP) } else { String::new() };
        return format!(
            "<R>{}{}{log}</R>",
            output("TableName", local::engine::TABLE),
            output("BaseUrl", "https://auth.example")
        )
        .into_response();
    }
    if text.starts_with("Action=GetCallerIdentity") {
        return format!("<R><GetCallerIdentityResult><Arn>{ARN}</Arn></GetCallerIdentityResult></R>").into_response();
    }
    match target.as_str() {
        "Logs_20140328.CreateLogStream" if aws.takes_lines => String::new().into_response(),
        "Logs_20140328.PutLogEvents" => {
            aws.lines.lock().expect("nobody panicked").push(serde_json::from_str(&text).expect("JSON"));
            json!({ "nextSequenceToken": "1" }).to_string().into_response()
        }
        _ => (StatusCode::BAD_REQUEST, json!({ "message": "AccessDeniedException" }).to_string()).into_response(),
    }
}

/// A stack, with the table of a local server in which there is the tenant `home`.
async fn stack(engine: String, names_log: bool, takes_lines: bool) -> (String, Arc<Mutex<Vec<Value>>>) {
    let lines = Arc::<Mutex<Vec<Value>>>::default();
    let aws = Aws { engine, names_log, takes_lines, lines: lines.clone() };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer).with_state(aws)).await });
    (url, lines)
}

fn runs(url: &str, words: &[&str]) -> Ran {
    ran(Command::new(admit()).args(words).args(["--stack", "stack", "--endpoint", url]))
}

fn opened(private: &OaepPrivateDecryptingKey, put: &Value) -> Value {
    let line: Value = serde_json::from_str(put["logEvents"][0]["message"].as_str().expect("a line")).expect("JSON");
    assert_eq!(line["audit"], 1);
    // What is sealed is text of chance, in which any three letters may stand.
    let mut clear = line.clone();
    ["key", "sealed"].iter().for_each(|name| drop(clear[*name].take()));
    assert!(!clear.to_string().contains("amy") && !clear.to_string().contains("kim"), "{clear}");
    let bytes = |name: &str| STANDARD.decode(line[name].as_str().expect("text")).expect("base64");
    let mut plain = vec![0; 384];
    let key =
        private.decrypt(&OAEP_SHA256_MGF1SHA256, &bytes("key"), &mut plain, None).expect("wrapped for it").to_vec();
    let key = RandomizedNonceKey::new(&AES_256_GCM, &key).expect("a key");
    let mut sealed = bytes("sealed");
    let (nonce, rest) = sealed.split_at_mut(12);
    let nonce = Nonce::try_assume_unique_for_key(nonce).expect("a nonce");
    serde_json::from_slice(key.open_in_place(nonce, Aad::empty(), rest).expect("not changed")).expect("an event")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_record_is_sealed_and_names_the_operator_as_aws_does() {
    let folder = Folder::new();
    let options = Options { port: 0, data: folder.0.clone(), ..Options::default() };
    let local = kit::TestServer::local_with(options).await;
    let private = PrivateDecryptingKey::generate(KeySize::Rsa3072).expect("a key");
    let spki: PublicKeyX509Der<'_> = private.public_key().as_der().expect("a public key");
    let public = AuditKey { key_id: "1234abcd".into(), spki: STANDARD.encode(spki.as_ref()) };
    let private = OaepPrivateDecryptingKey::new(private).expect("a key");
    let engine = admin::target::LocalServer::read(&folder.0).expect("it runs").dynamodb;
    let (url, lines) = stack(engine.clone(), true, true).await;

    // Nothing can be sealed yet: it is done, and the command says that the trail does not have it.
    let words = ["user", "sign-out", "home", "amy", "--yes"];
    let ran = runs(&url, &words).good();
    assert!(ran.err.contains("this is not in the audit trail"), "{}", ran.err);
    assert!(lines.lock().expect("nobody panicked").is_empty());

    local.server.store.write_unraced(vec![Write::overwrite(&public).expect("an item")]).await.expect("written");
    let ran = runs(&url, &words).good();
    assert!(!ran.err.contains("audit trail"), "{}", ran.err);
    let put = lines.lock().expect("nobody panicked").pop().expect("a line");
    assert_eq!(put["logGroupName"], GROUP);
    let event = opened(&private, &put);
    assert_eq!((detail(&event, "command"), detail(&event, "about")), (Some("admit user sign-out"), Some("amy")));
    let who = agent(&event, "humanuser").expect("somebody");
    assert_eq!(who["who"]["identifier"]["value"], ARN);

    // What the log refuses, or no stack names, is said, and undoes nothing.
    for (names_log, why) in [(true, "AccessDenied"), (false, "OperatorLog")] {
        let (url, lines) = stack(engine.clone(), names_log, false).await;
        let ran = runs(&url, &["client", "disable", "home", "symmetric-app", "--yes"]).good();
        let is_said = ran.err.contains("this is not in the audit trail") && ran.err.contains(why);
        assert!(is_said, "{}", ran.err);
        assert!(lines.lock().expect("nobody panicked").is_empty());
    }
    let admit = Operator::of_data(&folder.0);
    let shown = admit.runs(&["client", "show", "home", "symmetric-app", "--json"]).good();
    assert_eq!(shown.json()["disabled"], json!(true));
}
