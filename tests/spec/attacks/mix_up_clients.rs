//! He runs an app of his own at the same server and presents what was issued to another: codes, refresh tokens, launches,
//! assertions. Everything is bound to the client it was issued to, and a name in the form never outweighs the proof.

use super::*;
use kit::{
    Ehr, Person,
    app::{VERIFIER, assertion_form, authorize_url, with},
    server::ISSUER,
};
use serde_json::json;

fn pairs(form: &[(String, String)]) -> Vec<(&str, &str)> {
    form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect()
}

/// RFC 6749 §4.1.3 MUST: "ensure that the authorization code was issued to the authenticated confidential client, or if the
/// client is public, ensure that the code was issued to client_id in the request".
#[tokio::test]
async fn a_code_of_another_client_is_refused_and_stays_good_for_its_own() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    for other in [App::second(&server), App::symmetric(&server)] {
        let answer = other.posts("token", &exchange_form(&app, &code, VERIFIER)).await;
        assert_refused(&answer, 400, "invalid_grant");
    }
    app.exchanges(&code).await;
}

/// RFR-2 MUST: bound to the client it was issued to.
#[tokio::test]
async fn a_refresh_token_of_another_client_is_refused_and_stays_good_for_its_own() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    for other in [App::second(&server), App::symmetric(&server)] {
        assert_refused(&other.sends_refresh(tokens.refresh_token(), None).await, 400, "invalid_grant");
    }
    app.refreshes(tokens.refresh_token()).await;
}

/// RFC 7009 §2.1: a token of another client is refused.
#[tokio::test]
async fn another_clients_tokens_can_not_be_revoked() {
    let server = TestServer::start().await;
    let (app, second) = (App::public(&server), App::second(&server));
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    for token in [tokens.access_token(), tokens.refresh_token()] {
        assert_refused(&second.posts("revoke", &[("token", token)]).await, 400, "invalid_grant");
    }
    assert_eq!(app.introspected(tokens.access_token()).await["active"], true);
    app.refreshes(tokens.refresh_token()).await;
}

/// INTR-12: a client without the scope for it learns nothing of another's tokens.
#[tokio::test]
async fn another_clients_tokens_can_not_be_introspected() {
    let server = TestServer::start().await;
    let (app, curious) = (App::public(&server), App::symmetric(&server));
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    for token in [tokens.access_token(), tokens.refresh_token()] {
        let answer = curious.posts("introspect", &[("token", token)]).await;
        assert_eq!(answer.json(), json!({ "active": false }));
    }
    // Refresh tokens are their client's business even for those who may ask about access tokens.
    let answer = App::backend(&server).posts("introspect", &[("token", tokens.refresh_token())]).await;
    assert_eq!(answer.json(), json!({ "active": false }));
}

/// TOK-2: `client_id`, if sent, must be the one that authenticated.
#[tokio::test]
async fn the_name_in_the_form_never_outweighs_the_proof() {
    let server = TestServer::start().await;
    let app = App::symmetric(&server);
    let scope = "launch/patient patient/*.rs";
    let code = app.code("amy", scope, None).await;
    let mut form = exchange_form(&app, &code, VERIFIER);
    form.push(("client_id", "public-app"));
    assert_refused(&app.posts("token", &form).await, 400, "invalid_request");
    let backend = App::backend(&server);
    let mut form = assertion_form(&backend.assertion().sign());
    form.extend([("grant_type".into(), "client_credentials".into()), ("scope".into(), "system/*.rs".into())]);
    form.push(("client_id".into(), "es384-app".into()));
    assert_refused(&server.post("/clinic/token", &pairs(&form), &[]).await, 401, "invalid_client");
}

/// Several clients of the fixtures have the same key pair, and yet an assertion is good for the one it names.
#[tokio::test]
async fn an_assertion_is_good_for_the_client_it_names() {
    let server = TestServer::start().await;
    let app = App::asymmetric(&server, rules::tenant::SigningAlg::ES384);
    let code = app.code("amy", "launch/patient patient/*.rs", None).await;
    for (iss, sub) in
        [("backend", "backend"), ("es384-app", "backend"), ("backend", "es384-app"), ("rs384-app", "rs384-app")]
    {
        let assertion = app.assertion().with_claim("iss", json!(iss)).with_claim("sub", json!(sub)).sign();
        let mut form = assertion_form(&assertion);
        form.extend(exchange_form(&app, &code, VERIFIER).into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())));
        let answer = server.post("/clinic/token", &pairs(&form), &[]).await;
        assert!(matches!(answer.status, 400 | 401), "{iss} {sub}: {}", answer.body);
    }
    app.exchanges(&code).await;
}

/// CLI-1 MUST: who is registered with a proof can't go without it.
#[tokio::test]
async fn a_confidential_client_can_not_pose_as_a_public_one() {
    let server = TestServer::start().await;
    for app in [App::symmetric(&server), App::post(&server), App::asymmetric(&server, rules::tenant::SigningAlg::ES384)]
    {
        let code = app.code("amy", "launch/patient patient/*.rs", None).await;
        let posing = public_app(&server, app.client_id, app.redirect_uri);
        assert_refused(&posing.redeems(&code).await, 400, "invalid_client");
        let empty = basic(app.client_id, "");
        let form = exchange_form(&app, &code, VERIFIER);
        assert_refused(&server.post("/clinic/token", &form, &[("authorization", &empty)]).await, 401, "invalid_client");
        app.exchanges(&code).await;
    }
}

/// LCTX-4: a launch that the EHR made for one app.
#[tokio::test]
async fn a_launch_for_another_app_is_refused() {
    let server = TestServer::start().await;
    let launch = Ehr::of(&server).launches(json!({ "patient": "amy-shaw", "client_id": "second-app" })).await;
    let url = App::public(&server).with_launch("launch patient/*.rs", &launch);
    let answer = Person::named(&server, "hannah").opens(&url).await.app();
    assert_eq!(answer.query("error").as_deref(), Some("invalid_request"));
    assert_eq!(answer.query("code"), None);
}

/// RFC 9700 §4.4, RFC 9207: an app that talks to two servers sees which one answered.
#[tokio::test]
async fn every_answer_says_who_answers() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let good = Person::named(&server, "amy").goes_through(&app.standalone(SCOPE), None).await;
    let bad = authorize_url(&with(app.request(SCOPE), "aud", Some("https://evil.example")));
    let bad = Person::named(&server, "amy").opens(&bad).await.app();
    for answer in [good, bad] {
        assert_eq!(answer.query("iss").as_deref(), Some(ISSUER));
    }
}

/// RFC 9700 §4.15: what a backend service gets for itself can't be taken for a user's: it names no user, no patient.
#[tokio::test]
async fn a_clients_own_token_is_no_users_token() {
    let server = TestServer::start().await;
    let answer =
        App::backend(&server).asks_for_itself("system/*.rs openid fhirUser patient/*.rs user/*.rs launch").await;
    assert_eq!(answer.json()["scope"], "system/*.rs");
    let claims = kit::app::claims(answer.json()["access_token"].as_str().expect("a token"));
    assert_eq!(claims["sub"], "backend");
    for absent in ["patient", "fhirUser", "auth_time"] {
        assert!(claims.get(absent).is_none(), "{claims}");
    }
}
