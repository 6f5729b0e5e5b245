//! Every function behind every gateway: a good event of each kind, poison and a body of six megabytes, and good ones again, all
//! answered by the same process.

use axum::{
    body::Body,
    http::{Method, Request},
};
use kit::{
    App, Deployed, Ehr, Person,
    app::introspect,
    deployed::answered,
    gateway_event::{Front, event},
    outcome::Outcome,
    template::Template,
};
use rules::tenant::paths::PathForm;
use serde_json::json;

const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs";

#[tokio::test]
async fn behind_an_http_api_and_a_domain_of_its_own() {
    serves_on(Front::HttpApi).await;
}

#[tokio::test]
async fn behind_an_http_api_whose_stage_has_a_name() {
    serves_on(Front::HttpApiStage("prod")).await;
}

#[tokio::test]
async fn behind_a_rest_api() {
    serves_on(Front::RestApi).await;
}

/// HTTP/2 clients send cookies line by line; a REST API hands them on as a header of several values, an HTTP API apart.
#[tokio::test]
async fn cookies_of_several_lines_are_all_read() {
    for front in [Front::HttpApi, Front::RestApi] {
        let deployed = Deployed::start().await.behind(front);
        let mut amy = Person::named(&deployed.server, "amy");
        amy.goes_through(&App::public(&deployed.server).standalone("launch/patient patient/*.rs"), None).await;
        let session: Vec<String> = amy.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut headers = vec![("cookie", "of_another=1")];
        headers.extend(session.iter().map(|cookie| ("cookie", cookie.as_str())));
        let url = App::second(&deployed.server).standalone("launch/patient patient/*.rs");
        let path = url.strip_prefix("https://auth.example").expect("a URL of ours");
        let asked = deployed.server.request(Method::GET, path, &headers, Body::empty()).await;
        assert_eq!(asked.status, 303, "{front:?}: {}", asked.body);
        let set = asked.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().expect("text"));
        headers.extend(set.map(|cookie| ("cookie", cookie.split(';').next().unwrap_or_default())));
        let page = deployed.server.request(Method::GET, path_of(asked.location()), &headers, Body::empty()).await;
        assert!(page.body.contains("name=\"decision\""), "{front:?}: the session is not known: {}", page.body);
    }
}

async fn serves_on(front: Front) {
    let deployed = Deployed::start().await.behind(front);
    every_function_answers(&deployed).await;
    for function in Template::of_the_stack().functions.values().filter(|function| !function.routes.is_empty()) {
        let process = deployed.function(&function.binary).await;
        for poison in [&b"{\"version\":\"2.0\",\"requestContext\""[..], b"null", b"\xff"] {
            let outcome = process.invoke_with_bytes(poison.to_vec()).await;
            assert!(matches!(outcome, Outcome::Error(_)), "{}: {outcome:?}", function.binary);
        }
        let own = function.routes.get(&format!("/{{tenant}}/{}", function.binary));
        let usual = function.routes.iter().find(|route| PathForm::of_route(route) == PathForm::Own);
        let path = own.or(usual).expect("a route").replace("{tenant}", "clinic");
        let form = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        let (form, _) = form.body(()).expect("a request").into_parts();
        let answer = answered(process.invoke(&event(front, &form, &six_megabytes(front))).await);
        let status = answer["statusCode"].as_u64();
        assert!(matches!(status, Some(400 | 405 | 413)), "{}: {status:?}", function.binary);
        assert!(process.is_running(), "{} ended: {}", function.binary, process.output());
    }
    every_function_answers(&deployed).await;
}

/// Lambda takes events of 6 MiB and no larger; a gateway answers what is larger by itself.
fn six_megabytes(front: Front) -> Vec<u8> {
    const EVENT: usize = 6 * 1024 * 1024 - 8 * 1024;
    vec![b'a'; if front == Front::RestApi { EVENT } else { EVENT / 4 * 3 }]
}

async fn every_function_answers(deployed: &Deployed) {
    let server = &deployed.server;
    assert_eq!(server.get("/clinic/.well-known/jwks.json").await.status, 200);
    let launch = Ehr::of(server).launches_patient("amy-shaw").await;
    let app = App::public(server);
    let answer = Person::named(server, "hannah")
        .goes_through(&app.with_launch("launch openid patient/*.rs", &launch), None)
        .await;
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.0["patient"], "amy-shaw");
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    let bearer = format!("Bearer {}", tokens.access_token());
    let who = server.request(Method::GET, "/clinic/userinfo", &[("authorization", &bearer)], Body::empty()).await;
    assert_eq!(who.json()["sub"], tokens.claims("id_token")["sub"]);
    assert_eq!(introspect(server, tokens.access_token()).await["active"], true);
    assert_eq!(app.posts("revoke", &[("token", tokens.refresh_token())]).await.status, 200);
    assert_eq!(introspect(server, tokens.access_token()).await, json!({ "active": false }));
}

fn path_of(url: &str) -> &str {
    url.strip_prefix("https://auth.example").unwrap_or(url)
}
