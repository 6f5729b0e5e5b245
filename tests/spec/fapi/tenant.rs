//! A tenant that conforms as a whole.

use super::*;
use serde_json::json;

const POLICY: &str = "profile = \"fapi2\"\npushed_authorization_requests = \"required\"";

/// Nothing is left of clinic's other clients: none of them fits.
fn alone(toml: &str, policy: &str) -> String {
    let toml = with(toml, policy, "required", BANK);
    let clients = toml.find("[[clients]]").expect("clients");
    let others = toml[clients + 1..].find("[[clients]]").expect("more clients") + clients + 1;
    let users = toml.find("[[users]]").expect("users");
    format!("{}{}", &toml[..others], &toml[users..])
}

async fn start() -> TestServer {
    TestServer::start_with(|toml| alone(&toml, POLICY)).await
}

/// FAPI-3, FAPI-11.
#[tokio::test]
async fn it_signs_with_what_fapi_allows_and_says_so() {
    for (alg, policy) in [("ES256", POLICY.to_owned()), ("PS256", format!("{POLICY}\naccess_token_alg = \"PS256\""))] {
        let server = TestServer::start_with(|toml| alone(&toml, &policy)).await;
        let key = key();
        let tokens = gets_tokens(&bank(&server).with_key(&key)).await;
        for name in ["access_token", "id_token"] {
            let token = tokens.0[name].as_str().expect("a token");
            assert_eq!(kit::app::header(token)["alg"], alg, "{name}");
        }
        let jwks = server.get("/clinic/.well-known/jwks.json").await.json();
        let published: Vec<&str> =
            jwks["keys"].as_array().expect("keys").iter().filter_map(|key| key["alg"].as_str()).collect();
        assert_eq!(published, [alg]);
        let document = server.get("/clinic/.well-known/openid-configuration").await.json();
        assert_eq!(document["id_token_signing_alg_values_supported"], json!([alg]));
        assert_eq!(document["token_endpoint_auth_methods_supported"], json!(["private_key_jwt"]));
        assert_eq!(document["require_pushed_authorization_requests"], json!(true));
    }
}

/// FAPI-9: the answers, and what an authorization endpoint is not.
#[tokio::test]
async fn its_answers_name_it_and_its_redirects_are_303() {
    let server = start().await;
    let app = bank(&server);
    let long = "n".repeat(64);
    let request = kit::app::with(app.request(SCOPE), "nonce", Some(&long));
    let url = app.pushed(&request).await;
    let begun = server.get(&url).await;
    assert_eq!((begun.status, begun.header("access-control-allow-origin")), (303, None));
    assert!(begun.header("strict-transport-security").is_some());
    let back = Person::named(&server, "amy").goes_through(&url, None).await;
    assert_eq!((back.status, back.query("iss").as_deref()), (303, Some(kit::server::ISSUER)));
    let key = key();
    let tokens = app.with_key(&key).exchanges(&back.query("code").expect("a code")).await;
    assert_eq!(tokens.claims("id_token")["nonce"], json!(long));
}
