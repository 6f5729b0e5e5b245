//! Where no FHIR server verifies proofs, a proof is a header that nobody reads (ALL-1).

use super::*;
use axum::http::Method;
use kit::{app::authorize_url, dpop::DpopKey};

#[tokio::test]
async fn proofs_nonces_and_thumbprints_change_nothing() {
    let server = TestServer::start().await;
    let (app, key) = (App::public(&server), DpopKey::new());
    let request = kit::app::with(app.request(SCOPE), "dpop_jkt", Some("nonsense"));
    let answer = kit::Person::named(&server, "amy").goes_through(&authorize_url(&request), None).await;
    let code = answer.query("code").expect("a code");
    let answer = redeems_with(&app, &code, &["junk", "junk"]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!((&answer.json()["token_type"], answer.header("dpop-nonce")), (&"Bearer".into(), None));
    let tokens = app.clone().with_key(&key).refreshes(answer.json()["refresh_token"].as_str().expect("a token")).await;
    assert_eq!(tokens.claims("access_token").get("cnf"), None);
    let authorization = format!("DPoP {}", tokens.access_token());
    let answer = server.request(Method::GET, "/clinic/userinfo", &[("authorization", &authorization)], "").await;
    assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some("Bearer realm=\"admit\"")));
    for endpoint in ["introspect", "launchContext", "token"] {
        let headers = [("authorization", authorization.as_str())];
        let form = [("token", tokens.access_token()), ("grant_type", "client_credentials")];
        let answer = server.post(&format!("/clinic/{endpoint}"), &form, &headers).await;
        assert_eq!(answer.refusal(), "401 invalid_client", "{endpoint}");
        assert!(description(&answer).contains("the Authorization scheme must be Basic"), "{endpoint}");
    }
}
