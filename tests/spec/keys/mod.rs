//! Clients whose keys lie behind a `jwks_uri`: how often they are fetched, how long kept, and what a hostile server can do.

mod caching;
mod fetching;
mod hostile;
mod rotation;
mod together;

use kit::{
    Answer, TestServer,
    app::assertion_form,
    key_server::{KeyServer, signed_by},
    server::ISSUER,
};
use rules::{secret::random_text, signing_keys::SigningKeyRecord};
use serde_json::json;

/// The client of these tests: a backend service with this `jwks_uri`.
const CLIENT: &str = "remote-backend";

/// A server whose tenant allows key sets on loopback addresses, and has the client with this `jwks_uri`.
async fn server_for(keys: &KeyServer) -> TestServer {
    TestServer::start_with(|toml| {
        let policy = "[policy]\nloopback_key_sets = true\n";
        format!("{toml}\n{policy}{}{}", client(CLIENT, &keys.url), client("neighbour", &format!("{}?two", keys.url)))
    })
    .await
}

fn client(client_id: &str, jwks_uri: &str) -> String {
    format!(
        r#"
[[clients]]
client_id = "{client_id}"
client_name = "{client_id}"
token_endpoint_auth_method = "private_key_jwt"
jwks_uri = "{jwks_uri}"
grant_types = ["client_credentials"]
scope = "system/*.rs"
"#
    )
}

/// The client asks for a token with an assertion by this key.
async fn asks(server: &TestServer, client_id: &str, key: &SigningKeyRecord) -> Answer {
    let now = server.now().0;
    let claims = json!({
        "iss": client_id, "sub": client_id, "aud": format!("{ISSUER}/token"), "exp": now + 300, "jti": random_text::<16>(),
    });
    let mut form = assertion_form(&signed_by(key, &claims));
    form.push(("grant_type".into(), "client_credentials".into()));
    form.push(("scope".into(), "system/*.rs".into()));
    let pairs: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    server.post("/clinic/token", &pairs, &[]).await
}

async fn gets_a_token(server: &TestServer, key: &SigningKeyRecord) {
    let answer = asks(server, CLIENT, key).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// ASYM-9 MUST: every failure is `invalid_client`.
async fn is_refused(server: &TestServer, key: &SigningKeyRecord) {
    let answer = asks(server, CLIENT, key).await;
    assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_client"), "{}", answer.body);
}
