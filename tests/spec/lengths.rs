//! What is issued is accepted: a token that would not fit into a header is refused before anybody is asked, and a client that is
//! registered for references gets one (TOK-17).

use kit::{
    Answer, App, Person, TestServer,
    app::{STATE, Tokens, introspect, tokens, with},
    html::elements,
    server::ISSUER,
};
use rules::{
    client::{AccessTokenFormat, Client},
    length::{MOST_JWT_BYTES, MOST_NONCE_BYTES, MOST_SCOPE_BYTES, MOST_STATE_BYTES},
    tenant::TenantId,
};
use server::store::Write;

const AS_REFERENCE: &str = "client_id = \"public-app\"\naccess_token_format = \"reference\"";

fn tenant() -> TenantId {
    TenantId::parse("clinic").expect("an id")
}

async fn with_references() -> TestServer {
    TestServer::start_with(|toml| toml.replace("client_id = \"public-app\"", AS_REFERENCE)).await
}

fn many(count: usize) -> String {
    let scopes: Vec<String> =
        (0..count).map(|n| format!("patient/Observation.rs?category=http://codes.example/list|{n:04}")).collect();
    format!("openid launch/patient offline_access {}", scopes.join(" "))
}

/// The first answer to the request, by POST: a query of 16 kB is more than gateways take.
async fn asks(app: &App<'_>, request: &[(String, String)]) -> Answer {
    let form: Vec<(&str, &str)> = request.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    app.server.post("/clinic/authorize", &form, &[]).await
}

/// Refused at once, with the state, and with a sentence for the developer.
async fn is_refused(app: &App<'_>, request: &[(String, String)], error: &str) {
    let answer = asks(app, request).await;
    assert_eq!(answer.query("error").as_deref(), Some(error), "{}", answer.location());
    assert!(answer.location().len() < 1_000, "{}", answer.location().len());
    kit::log::assert_explained(&answer, "at authorize");
}

async fn gets_tokens(app: &App<'_>, scope: &str) -> Tokens {
    let mut amy = Person::named(app.server, "amy");
    let request = app.request(scope);
    let form: Vec<(&str, &str)> = request.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let page = amy.posts(&format!("{ISSUER}/authorize"), &form).await.page();
    let consent = amy.does(&page, None).await.page();
    let answer = amy.does(&consent, None).await.app();
    app.exchanges(&answer.query("code").expect("a code")).await
}

/// Introspection, userinfo and revocation all know the token.
async fn is_known(app: &App<'_>, tokens: &Tokens) {
    let server = app.server;
    let said = introspect(server, tokens.access_token()).await;
    assert_eq!((&said["active"], &said["scope"]), (&true.into(), &tokens.scope().into()));
    let bearer = format!("Bearer {}", tokens.access_token());
    assert_eq!(server.post("/clinic/userinfo", &[], &[("authorization", &bearer)]).await.status, 200);
    assert_eq!(app.posts("revoke", &[("token", tokens.access_token())]).await.status, 200);
    assert_eq!(introspect(server, tokens.access_token()).await["active"], false);
}

#[tokio::test]
async fn the_longest_token_that_is_issued_is_known_everywhere() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = gets_tokens(&app, &many(60)).await;
    assert!((5_000..=MOST_JWT_BYTES).contains(&tokens.access_token().len()), "{}", tokens.access_token().len());
    is_known(&app, &tokens).await;
    let fresh = app.refreshes(tokens.refresh_token()).await;
    assert_eq!(fresh.scope(), tokens.scope());
    is_known(&app, &fresh).await;
}

#[tokio::test]
async fn a_scope_whose_token_fits_into_no_header_is_refused_before_anybody_is_asked() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    server.server.tenant("clinic", server.now()).await.expect("the table");
    for scope in [many(80), many(250), many(2_000), "x ".repeat(1_001), "x".repeat(MOST_SCOPE_BYTES + 1)] {
        server.calls.take();
        is_refused(&app, &app.request(&scope), "invalid_scope").await;
        assert!(server.calls.take().iter().all(|call| call == "GetItem"), "nothing is written");
    }
}

#[tokio::test]
async fn a_client_that_is_registered_for_references_gets_one_for_a_long_scope() {
    let server = with_references().await;
    let app = App::public(&server);
    let tokens = gets_tokens(&app, &many(230)).await;
    assert!(tokens.scope().len() > MOST_JWT_BYTES && tokens.access_token().len() < 100);
    is_known(&app, &tokens).await;
    is_refused(&app, &app.request(&many(260)), "invalid_scope").await;
}

/// 12 kB that became 3.4 MB, and 244 kB that became 67 MB: a wildcard is multiplied by what the client is registered for.
#[tokio::test]
async fn a_wildcard_with_a_long_limit_is_an_invalid_scope() {
    let types = ["Goal", "Task", "Encounter", "Condition", "Procedure", "CarePlan", "CareTeam", "Device", "Specimen"];
    let registered: Vec<String> = types.iter().map(|kind| format!("system/{kind}.rs")).collect();
    let scope = "scope = \"system/*.rs system/*.read system/Task.cruds __introspect __launch.create\"";
    let server = TestServer::start_with(|toml| {
        assert!(toml.contains(scope));
        toml.replace(scope, &format!("scope = \"{}\"", registered.join(" ")))
    })
    .await;
    let backend = App::backend(&server);
    for asked in [
        format!("system/*.rs?code={}", "x".repeat(12_000)),
        format!("system/*.rs?code={}", "x".repeat(200_000)),
        (0..900).map(|n| format!("system/*.rs?a={n}")).collect::<Vec<_>>().join(" "),
    ] {
        let before = server.signatures();
        let answer = backend.asks_for_itself(&asked).await;
        assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_scope"));
        assert!(answer.body.len() < 1_000, "{}", answer.body.len());
        assert_eq!(server.signatures(), before);
    }
    let tokens = tokens(backend.asks_for_itself("system/*.rs").await);
    assert_eq!(tokens.scope().split(' ').count(), types.len());
}

/// The operator registers it for JWTs after a long scope was approved: neither the code nor the refresh token is spent on a refusal.
#[tokio::test]
async fn a_refusal_for_length_spends_nothing() {
    let server = with_references().await;
    let app = App::public(&server);
    let tokens = gets_tokens(&app, &many(200)).await;
    let found =
        server.server.client(&tenant(), "public-app", server.now()).await.expect("the table").expect("a client");
    let client = Client { access_token_format: AccessTokenFormat::Jwt, ..(*found).clone() };
    server.server.store.write_unraced(vec![Write::overwrite(&client).expect("an item")]).await.expect("written");
    server.server.forget_configuration();
    let refused = app.sends_refresh(tokens.refresh_token(), None).await;
    assert_eq!((refused.status, refused.error().as_str()), (400, "invalid_scope"));
    let narrower = "patient/Observation.rs?category=http://codes.example/list|0001";
    let answer = app.sends_refresh(tokens.refresh_token(), Some(narrower)).await;
    assert_eq!((answer.status, answer.json()["scope"].as_str()), (200, Some(narrower)), "{}", answer.body);
}

/// AUTHZ-29.
#[tokio::test]
async fn a_state_comes_back_up_to_its_bound_and_a_longer_one_is_told_of_without_it() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    assert_eq!((MOST_STATE_BYTES, MOST_NONCE_BYTES), (4_096, 2_048));
    let longest = "x".repeat(MOST_STATE_BYTES);
    let request = with(app.request("openid launch/patient"), "state", Some(&longest));
    let answer = Person::named(&server, "amy").goes_through(&kit::app::authorize_url(&request), None).await;
    assert_eq!(answer.query("state"), Some(longest.clone()));
    assert!(answer.location().len() < 8_000);
    for state in [format!("{longest}x"), "é".repeat(MOST_STATE_BYTES / 2 + 1)] {
        is_refused(&app, &with(app.request("openid"), "state", Some(&state)), "invalid_request").await;
    }
}

/// AUTHZ-29.
#[tokio::test]
async fn a_nonce_comes_back_up_to_its_bound() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let longest = "x".repeat(MOST_NONCE_BYTES);
    let request = with(app.request("openid launch/patient"), "nonce", Some(&longest));
    let answer = Person::named(&server, "amy").goes_through(&kit::app::authorize_url(&request), None).await;
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.claims("id_token")["nonce"], longest);
    let request = with(app.request("openid launch/patient"), "nonce", Some(&format!("{longest}x")));
    let answer = asks(&app, &request).await;
    assert_eq!(answer.query("error").as_deref(), Some("invalid_request"));
    assert_eq!(answer.query("state").as_deref(), Some(STATE));
}

/// Each type and each category that can be ticked: what comes of it still fits into a token.
#[tokio::test]
async fn whoever_ticks_every_part_of_four_wildcards_gets_what_they_ticked() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let scope = "openid launch/patient patient/*.r patient/*.s user/*.r user/*.s patient/*.c patient/*.u";
    let mut amy = Person::named(&server, "amy");
    let page = amy.opens(&kit::app::authorize_url(&app.request(scope))).await.page();
    let consent = amy.does(&page, None).await.page();
    let elements = elements(&consent.answer.body);
    let mut form: Vec<(&str, &str)> = vec![("decision", "allow")];
    form.extend(
        elements
            .iter()
            .filter(|box_| box_.has("name", "part"))
            .filter_map(|box_| Some(("part", box_.attribute("value")?))),
    );
    assert!(form.len() > 40, "{}", form.len());
    let answer = amy.submits(&consent, &form).await.app();
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert!(tokens.scope().split(' ').count() > 40, "{}", tokens.scope());
    is_known(&app, &tokens).await;
}
