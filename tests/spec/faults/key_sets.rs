//! The same for what a client's own web server does while its keys are fetched.

use kit::{
    Answer, TestServer,
    app::assertion_form,
    key_server::{KeyServer, Reply, jwks, new_key, signed_by},
    server::ISSUER,
};
use rules::secret::random_text;
use serde_json::json;
use std::time::Duration;

async fn server_for(keys: &KeyServer) -> TestServer {
    let client = format!(
        "\n[policy]\nloopback_key_sets = true\n\n[[clients]]\nclient_id = \"remote\"\nclient_name = \"Remote\"\n\
         token_endpoint_auth_method = \"private_key_jwt\"\njwks_uri = \"{}\"\ngrant_types = [\"client_credentials\"]\n\
         scope = \"system/*.rs\"\n",
        keys.url
    );
    TestServer::start_with(|toml| format!("{toml}{client}")).await
}

async fn asks(server: &TestServer, assertion: &str) -> Answer {
    let mut form = assertion_form(assertion);
    form.extend([("grant_type", "client_credentials"), ("scope", "system/*.rs")].map(|(n, v)| (n.into(), v.into())));
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    server.post("/clinic/token", &form, &[]).await
}

/// ASYM-9 MUST: a failure is `invalid_client`. The assertion is not used up by it, and the set is fetched again after five
/// seconds and not before.
#[tokio::test]
async fn after_every_fault_of_a_fetch_the_same_assertion_is_still_good() {
    let key = new_key();
    let good = Reply::of(&jwks(&[&key]));
    let status = |status| Reply { status, ..good.clone() };
    let length = |length| Reply { length, ..good.clone() };
    for (name, reply) in [
        ("throttled", status("429 Too Many Requests")),
        ("500", status("500 Internal Server Error")),
        ("timed out", Reply { pause: Duration::from_secs(3), ..good.clone() }),
        ("answer lost", length(good.length.map(|length| length + 10))),
    ] {
        let keys = KeyServer::with(&[&key]);
        keys.answers(reply);
        let server = server_for(&keys).await;
        let claims = json!({
            "iss": "remote", "sub": "remote", "aud": format!("{ISSUER}/token"), "exp": server.now().0 + 300,
            "jti": random_text::<16>(),
        });
        let assertion = signed_by(&key, &claims);
        for _ in 0..2 {
            assert_eq!(asks(&server, &assertion).await.refusal(), "401 invalid_client", "{name}");
        }
        assert_eq!(keys.fetches(), 1, "{name}: a failed fetch is not repeated at once");
        keys.answers(good.clone());
        server.passes(5);
        let answer = asks(&server, &assertion).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.body);
        let line = format!("{:<24}  1 {:<52} × {name:<24}", "jwks_uri", "GET jwks.json");
        println!("{line} → 401 invalid_client, then went on with the same assertion");
    }
}

/// The set was slow for us alone, and their server may be well: the client is told to come back, and the set is asked for again.
#[tokio::test]
async fn a_set_that_comes_too_late_for_the_request_is_no_wrong_assertion() {
    let key = new_key();
    let good = Reply::of(&jwks(&[&key]));
    let keys = KeyServer::with(&[&key]);
    keys.answers(Reply { pause: Duration::from_millis(1_900), ..good.clone() });
    let server = server_for(&keys).await;
    let hurried = server.second_instance_within(Duration::from_secs(1));
    let claims = json!({
        "iss": "remote", "sub": "remote", "aud": format!("{ISSUER}/token"), "exp": server.now().0 + 300,
        "jti": random_text::<16>(),
    });
    let assertion = signed_by(&key, &claims);
    assert_eq!(asks(&hurried, &assertion).await.refusal(), "503 temporarily_unavailable");
    keys.answers(good);
    assert_eq!(asks(&hurried, &assertion).await.status, 200);
}
