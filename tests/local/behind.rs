//! `--fhir`: a FHIR server that knows nothing of tokens, behind the door of a tenant.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{Method, Uri},
};
use kit::{Answer, TestServer};
use local::options::{ExternalFhir, Options};
use rules::{jws::TokenKind, scope::ScopeSet, secret::Secret, token::AccessTokenClaims};
use sample_fhir::{Access, Caller, OAuthUris, Request, Server};
use serde_json::{Value, json};
use std::sync::Arc;

/// A server of its own, open to whoever asks.
async fn open_server() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/fhir", listener.local_addr().unwrap());
    let patient = json!([
        {"resourceType": "Patient", "id": "ada", "name": [{"family": "Real", "given": ["Ada"]}], "birthDate": "1980-01-01"},
        {"resourceType": "Patient", "id": "bob", "name": [{"family": "Real", "given": ["Bob"]}], "birthDate": "1981-01-01"},
        {"resourceType": "Condition", "id": "of-bob", "subject": {"reference": "Patient/bob"}},
    ]);
    let data = [("own.json", patient.to_string())];
    let files = data.iter().map(|(name, text)| (*name, text.as_str()));
    let server = Arc::new(Server::with_data(&base, OAuthUris::default(), files).unwrap());
    let router = Router::new().fallback(answer).with_state(server);
    tokio::spawn(async move { axum::serve(listener, router).await });
    base
}

async fn answer(
    State(server): State<Arc<Server>>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> (axum::http::StatusCode, Vec<u8>) {
    let anybody = Caller { patient: None, fhir_user: None, rights: Box::new(|_, _, _| Access::Everything) };
    let (path, query) = (uri.path().strip_prefix("/fhir").unwrap(), uri.query().unwrap_or_default());
    let request = Request { method: method.as_str(), path, query, headers: &[], body: &body, now: 0 };
    let answer = server.handle(&anybody, &request);
    (axum::http::StatusCode::from_u16(answer.status).unwrap(), answer.body)
}

async fn riverside() -> TestServer {
    let behind = vec![ExternalFhir { tenant: "riverside".into(), url: open_server().await }];
    TestServer::local_with(Options { port: 0, in_memory: true, fhir: behind, ..Options::default() }).await
}

async fn token(admit: &TestServer, scope: &str) -> Secret {
    let server = &admit.server;
    let tenant = server.tenant("riverside", server.now()).await.unwrap().unwrap();
    let (aud, scope) = (&admit.fhir.url, ScopeSet::strict(scope).unwrap());
    let claims = AccessTokenClaims::of_client(&tenant, "backend-service", aud, &scope, 300, server.now());
    server.signer.sign(&tenant, TokenKind::AccessToken, &claims).await.unwrap()
}

async fn reads(admit: &TestServer, path: &str, token: &Secret) -> (u16, Value) {
    let answer: Answer = admit.get_with(token.expose(), &format!("/riverside/fhir/{path}")).await;
    (answer.status, serde_json::from_str(&answer.body).unwrap_or_default())
}

#[tokio::test]
async fn a_token_opens_what_it_says_of_the_server_behind_and_no_more() {
    let server = riverside().await;
    assert_eq!(server.get("/riverside/fhir/Patient/ada").await.status, 401);
    let backend = token(&server, "system/Patient.rs").await;
    let (status, found) = reads(&server, "Patient", &backend).await;
    assert_eq!((status, found["total"].clone()), (200, json!(2)), "{found}");
    assert_eq!(reads(&server, "Condition", &backend).await.0, 403);
    let ada = token(&server, "system/Patient.rs?_id=ada").await;
    assert_eq!(reads(&server, "Patient/ada", &ada).await.0, 200);
    assert_eq!(reads(&server, "Patient/bob", &ada).await.0, 403);
    assert_eq!(reads(&server, "Patient", &ada).await.1["total"], 1);
}

#[tokio::test]
async fn discovery_metadata_and_the_launcher_are_those_of_the_tenant() {
    let server = riverside().await;
    let discovery = server.get("/riverside/fhir/.well-known/smart-configuration").await.body;
    assert!(discovery.contains(&format!("{}/riverside/token", server.base)));
    let metadata = server.get("/riverside/fhir/metadata").await.body;
    assert!(metadata.contains("oauth-uris") && metadata.contains(&format!("{}/riverside/token", server.base)));
    let page = server.get("/?tenant=riverside&type=provider-ehr").await.body;
    assert!(page.contains("Ada Real") && !page.contains("Amy"), "{page}");
    assert!(server.get("/?tenant=home&type=patient-standalone").await.body.contains("Launch"));
}

#[tokio::test]
async fn a_tenant_that_is_not_here_is_a_mistake_and_a_server_that_is_away_an_outage() {
    let unknown = vec!["elsewhere=http://127.0.0.1:1/fhir".parse().unwrap()];
    let options = Options { port: 0, in_memory: true, fhir: unknown, ..Options::default() };
    assert!(local::prepare(&options).await.err().unwrap().to_string().contains("elsewhere"));
    for wrong in ["riverside", "riverside=ftp://x", "riverside=/fhir"] {
        assert!(wrong.parse::<ExternalFhir>().is_err(), "{wrong}");
    }
    let away = vec!["riverside=http://127.0.0.1:1/fhir".parse().unwrap()];
    let server = TestServer::local_with(Options { fhir: away, ..options }).await;
    let backend = token(&server, "system/*.rs").await;
    assert_eq!(reads(&server, "Patient/ada", &backend).await.0, 502);
    assert_eq!(server.get("/").await.status, 200, "the launcher is there without lists");
}
