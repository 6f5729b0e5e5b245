//! Each function answers the events of the HTTP API that the template makes.

use super::verified;
use axum::{body::Body, http::Method};
use kit::{App, Deployed, Ehr, Person, app::challenge, app::introspect, http::encode};
use serde_json::json;

#[tokio::test]
async fn discovery_answers_with_every_document_of_a_tenant() {
    let deployed = Deployed::start().await;
    for path in [
        "/clinic/.well-known/smart-configuration",
        "/clinic/fhir/.well-known/smart-configuration",
        "/clinic/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/clinic",
    ] {
        let answer = deployed.server.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        assert_eq!(answer.json()["token_endpoint"], "https://auth.example/clinic/token");
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
    let keys = deployed.server.get("/clinic/.well-known/jwks.json").await.json();
    let algs: Vec<&str> = keys["keys"].as_array().expect("keys").iter().filter_map(|key| key["alg"].as_str()).collect();
    assert!(algs.len() == 2 && algs.contains(&"RS256") && algs.contains(&"ES256"), "{algs:?}");
}

#[tokio::test]
async fn discovery_publishes_no_private_half() {
    let deployed = Deployed::start().await;
    let keys = deployed.server.get("/clinic/.well-known/jwks.json").await;
    for member in ["\"d\"", "pkcs8", "custody", "arn:"] {
        assert!(!keys.body.contains(member), "{member} in {}", keys.body);
    }
}

#[tokio::test]
async fn authorize_answers_get_with_a_redirect_and_its_cookie_comes_apart() {
    let deployed = Deployed::start().await;
    let app = App::public(&deployed.server);
    let mut person = Person::named(&deployed.server, "amy");
    let page = person.goes_to(&app.standalone("openid launch/patient patient/*.rs"), "password", None).await;
    assert!(!person.cookies.is_empty());
    assert!(page.answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")));
    assert!(page.answer.body.contains("Growth Chart"));
}

#[tokio::test]
async fn authorize_takes_its_request_from_a_body_that_the_gateway_encoded() {
    let deployed = Deployed::start().await;
    let app = App::public(&deployed.server);
    let request = app.request("openid launch/patient patient/*.rs");
    let form: Vec<(&str, &str)> = request.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let mut person = Person::named(&deployed.server, "amy");
    let page = person.posts("/clinic/authorize", &form).await.page();
    assert!(page.asks("password"));
}

#[tokio::test]
async fn a_person_with_several_cookies_is_still_known() {
    let deployed = Deployed::start().await;
    let app = App::public(&deployed.server);
    let mut person = Person::named(&deployed.server, "amy");
    person.cookies.insert("of_another".into(), "a=b; of=c".into());
    let answer = person.goes_through(&app.standalone("launch/patient patient/*.rs"), None).await;
    assert!(answer.query("code").is_some());
}

#[tokio::test]
async fn a_backend_service_gets_a_token_that_the_published_keys_verify() {
    let deployed = Deployed::start().await;
    let answer = App::backend(&deployed.server).asks_for_itself("system/*.rs").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let token = answer.json()["access_token"].as_str().expect("a token").to_owned();
    let claims = verified(&deployed, &token).await;
    assert_eq!((&claims["sub"], &claims["scope"]), (&json!("backend"), &json!("system/*.rs")));
}

#[tokio::test]
async fn introspection_knows_a_token_until_it_is_revoked() {
    let deployed = Deployed::start().await;
    let backend = App::backend(&deployed.server);
    let answer = backend.asks_for_itself("system/*.rs").await.json();
    let token = answer["access_token"].as_str().expect("a token");
    assert_eq!(introspect(&deployed.server, token).await["active"], true);
    assert_eq!(backend.posts("revoke", &[("token", token)]).await.status, 200);
    assert_eq!(introspect(&deployed.server, token).await, json!({ "active": false }));
}

#[tokio::test]
async fn launch_context_takes_json_as_text_and_a_form_as_base64() {
    let deployed = Deployed::start().await;
    let ehr = Ehr::of(&deployed.server);
    assert!(!ehr.launches_patient("amy-shaw").await.is_empty());
    let headers = [("authorization", ehr.credentials.as_str())];
    let answer = deployed.server.post("/clinic/launchContext", &[("patient", "amy-shaw")], &headers).await;
    assert!(answer.json()["launchContextIdentifier"].is_string(), "{}", answer.body);
}

#[tokio::test]
async fn a_preflight_and_a_wrong_method_are_answered_by_the_function() {
    let deployed = Deployed::start().await;
    let headers = [("origin", "https://app.example"), ("access-control-request-method", "POST")];
    let answer = deployed.server.request(Method::OPTIONS, "/clinic/token", &headers, Body::empty()).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"));
    assert_eq!(deployed.server.get("/clinic/token").await.status, 405);
}

#[tokio::test]
async fn another_tenants_path_is_not_found() {
    let deployed = Deployed::start().await;
    let (authentication, _) = App::backend(&deployed.server).authentication();
    let mut form = vec![("grant_type", "client_credentials"), ("scope", "system/*.rs")];
    form.extend(authentication.iter().map(|(n, v)| (n.as_str(), v.as_str())));
    let answer = deployed.server.post("/nobody/token", &form, &[]).await;
    assert_eq!((answer.status, answer.error().as_str()), (404, "invalid_request"));
}

#[tokio::test]
async fn a_warm_function_answers_as_the_cold_one_did() {
    let deployed = Deployed::start().await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", "no-such"), ("client_id", "public-app")];
    let cold = deployed.server.post("/clinic/token", &form, &[]).await;
    let warm = deployed.server.post("/clinic/token", &form, &[]).await;
    assert_eq!((cold.status, cold.error()), (warm.status, warm.error()));
    assert_eq!(deployed.server.get("/clinic/.well-known/jwks.json").await.body, {
        deployed.server.get("/clinic/.well-known/jwks.json").await.body
    });
}

#[tokio::test]
async fn a_request_in_a_query_keeps_its_escapes() {
    let deployed = Deployed::start().await;
    let state = "a b+c%20\"ü&=";
    let form = [
        ("response_type", "code"),
        ("client_id", "public-app"),
        ("redirect_uri", "https://app.example/other?keep=1"),
        ("scope", "launch/patient patient/*.rs"),
        ("state", state),
        ("aud", &deployed.server.fhir.url),
        ("code_challenge", &challenge(kit::app::VERIFIER)),
        ("code_challenge_method", "S256"),
    ];
    let url = format!("/clinic/authorize?{}", encode(&form));
    let answer = Person::named(&deployed.server, "amy").goes_through(&url, None).await;
    assert_eq!(answer.query("state").as_deref(), Some(state));
    assert_eq!(answer.query("keep").as_deref(), Some("1"));
}

#[tokio::test]
async fn userinfo_answers_by_header_and_by_a_form_that_the_gateway_encoded() {
    let deployed = Deployed::start().await;
    let tokens = App::public(&deployed.server).gets_tokens("amy", "openid fhirUser launch/patient", None).await;
    let bearer = format!("Bearer {}", tokens.access_token());
    let by_header =
        deployed.server.request(Method::GET, "/clinic/userinfo", &[("authorization", &bearer)], Body::empty()).await;
    assert_eq!(by_header.json()["sub"], tokens.claims("id_token")["sub"]);
    let by_form = deployed.server.post("/clinic/userinfo", &[("access_token", tokens.access_token())], &[]).await;
    assert_eq!(by_form.body, by_header.body);
    assert_eq!(
        deployed.server.get("/clinic/userinfo").await.header("www-authenticate"),
        Some("Bearer realm=\"admit\"")
    );
}

/// Two cookies set by one answer, and both come back.
#[tokio::test]
async fn a_session_serves_a_second_app_until_its_person_signs_out() {
    let deployed = Deployed::start().await;
    let scope = "openid launch/patient patient/*.rs";
    let mut amy = Person::named(&deployed.server, "amy");
    amy.goes_through(&App::public(&deployed.server).standalone(scope), None).await;
    let second = App::second(&deployed.server).standalone(scope);
    assert!(amy.opens(&second).await.page().asks("decision"));
    let page = amy.opens("/clinic/logout").await.page();
    amy.submits(&page, &[("sign_out", "yes")]).await.end();
    assert!(amy.opens(&second).await.page().asks("password"));
}
