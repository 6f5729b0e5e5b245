//! `/userinfo` (OpenID Connect Core §5.3; RFC 6750; OIDC-14).

use axum::http::Method;
use kit::{
    Answer, App, Ehr, Person, TestServer,
    app::{Tokens, header},
    server::BASE,
};

const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs";
const PATH: &str = "/clinic/userinfo";

async fn asks(server: &TestServer, token: &str) -> Answer {
    server.request(Method::GET, PATH, &[("authorization", &format!("Bearer {token}"))], "").await
}

async fn tokens(server: &TestServer, scope: &str) -> Tokens {
    App::public(server).gets_tokens("amy", scope, None).await
}

fn challenge(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.header("www-authenticate").unwrap_or_default())
}

/// "The sub Claim in the UserInfo Response MUST be verified to exactly match the sub Claim in the ID Token" (§5.3.2).
#[tokio::test]
async fn sub_is_that_of_the_id_token_and_fhir_user_comes_if_it_was_granted() {
    let server = TestServer::start().await;
    let with = tokens(&server, SCOPE).await;
    let answer = asks(&server, with.access_token()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.json()["sub"], with.claims("id_token")["sub"]);
    assert_eq!(answer.json()["fhirUser"], with.claims("id_token")["fhirUser"]);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let without = tokens(&server, "openid launch/patient patient/*.rs").await;
    let answer = asks(&server, without.access_token()).await.json();
    assert_eq!((&answer["sub"], answer.get("fhirUser")), (&without.claims("id_token")["sub"], None));
}

/// OIDC-17. Who asks for `profile` is told what is known, in both places alike, and as SMART 1.0 has it.
#[tokio::test]
async fn profile_gives_the_name_and_the_persons_own_resource() {
    let server = TestServer::start().await;
    let told = async |scope: &str| {
        let tokens = tokens(&server, scope).await;
        let (id_token, userinfo) = (tokens.claims("id_token"), asks(&server, tokens.access_token()).await.json());
        let claims = ["name", "preferred_username", "profile", "fhirUser"];
        for claim in claims {
            assert_eq!(id_token.get(claim), userinfo.get(claim), "{scope}: {claim}");
        }
        claims.map(|claim| userinfo.get(claim).and_then(|value| value.as_str()).map(str::to_owned))
    };
    let some = |text: &str| Some(text.to_owned());
    let own = some(&format!("{}/Patient/amy-shaw", server.fhir.url));
    let all = [some("Amy Shaw"), some("amy"), own.clone(), None];
    assert_eq!(told("openid profile launch/patient patient/*.rs").await, all);
    let [name, username, profile, _] = all;
    assert_eq!(
        told("openid fhirUser profile offline_access launch/patient patient/*.rs").await,
        [name, username, profile, own.clone()]
    );
    assert_eq!(told("openid fhirUser launch/patient patient/*.rs").await, [None, None, None, own]);
    assert_eq!(told("openid launch/patient patient/*.rs").await, [None, None, None, None]);
    // Without openid there is nowhere to say it, so it is not granted.
    let tokens = tokens(&server, "profile launch/patient patient/*.rs").await;
    assert_eq!(tokens.scope(), "launch/patient patient/*.rs");
}

#[tokio::test]
async fn it_takes_get_and_post_and_the_token_in_a_form() {
    let server = TestServer::start().await;
    let tokens = tokens(&server, SCOPE).await;
    let bearer = format!("Bearer {}", tokens.access_token());
    let by_get = asks(&server, tokens.access_token()).await.body;
    let by_post = server.request(Method::POST, PATH, &[("authorization", &bearer)], "").await;
    let by_form = server.post(PATH, &[("access_token", tokens.access_token())], &[]).await;
    assert_eq!((by_post.body, by_form.body), (by_get.clone(), by_get));
    let both = server.post(PATH, &[("access_token", tokens.access_token())], &[("authorization", &bearer)]).await;
    assert_eq!(both.status, 400, "RFC 6750 §2: one way in each request");
    for kind in ["text/plain", "application/x-www-form-urlencoded2", "application/json"] {
        let form = format!("access_token={}", tokens.access_token());
        assert_eq!(server.request(Method::POST, PATH, &[("content-type", kind)], form).await.status, 401, "{kind}");
    }
    let in_query = server.get(&format!("{PATH}?access_token={}", tokens.access_token())).await;
    assert_eq!(in_query.status, 401);
    let put = server.request(Method::PUT, PATH, &[("authorization", &bearer)], "").await;
    assert_eq!((put.status, put.header("allow")), (405, Some("GET, POST, OPTIONS")));
}

#[tokio::test]
async fn a_reference_token_will_do() {
    let opaque = |toml: String| {
        toml.replace("client_id = \"public-app\"", "client_id = \"public-app\"\naccess_token_format = \"reference\"")
    };
    let server = TestServer::start_with(opaque).await;
    let tokens = tokens(&server, SCOPE).await;
    assert!(!tokens.access_token().contains('.'));
    assert_eq!(asks(&server, tokens.access_token()).await.json()["sub"], tokens.claims("id_token")["sub"]);
}

/// R6750-1; RFC 6750 §3.1: without a token nothing is wrong but that it lacks.
#[tokio::test]
async fn without_a_token_the_challenge_stands_alone() {
    let server = TestServer::start().await;
    let answer = server.get(PATH).await;
    assert_eq!(challenge(&answer), (401, "Bearer realm=\"admit\""));
    let basic = server.request(Method::GET, PATH, &[("authorization", "Basic eDp5")], "").await;
    assert_eq!(challenge(&basic), (401, "Bearer realm=\"admit\""));
}

/// R6750-1.
#[tokio::test]
async fn a_token_that_is_not_good_is_invalid_token() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let revoked = tokens(&server, SCOPE).await;
    app.revokes(revoked.refresh_token()).await;
    let expired = tokens(&server, SCOPE).await;
    let id_token = expired.0["id_token"].as_str().expect("an id_token").to_owned();
    assert_eq!(header(&id_token)["typ"], "JWT");
    let invalid = (401, "Bearer realm=\"admit\", error=\"invalid_token\"");
    for token in ["x", "a.b.c", "at_x", revoked.access_token(), &id_token, expired.refresh_token()] {
        assert_eq!(challenge(&asks(&server, token).await), invalid, "{token}");
    }
    let elsewhere = server
        .request(
            Method::GET,
            "/other/userinfo",
            &[("authorization", &format!("Bearer {}", expired.access_token()))],
            "",
        )
        .await;
    assert_eq!(challenge(&elsewhere), invalid, "a token of another tenant");
    server.passes(3600);
    assert_eq!(challenge(&asks(&server, expired.access_token()).await), invalid);
}

/// R6750-1.
#[tokio::test]
async fn a_token_without_openid_is_insufficient() {
    let server = TestServer::start().await;
    let insufficient = (403, "Bearer realm=\"admit\", error=\"insufficient_scope\", scope=\"openid\"");
    let person = tokens(&server, "launch/patient patient/*.rs").await;
    assert_eq!(challenge(&asks(&server, person.access_token()).await), insufficient);
    let service = App::backend(&server).asks_for_itself("system/*.rs").await.json();
    let token = service["access_token"].as_str().expect("a token");
    assert_eq!(challenge(&asks(&server, token).await), insufficient);
}

#[tokio::test]
async fn an_online_token_ends_with_its_session() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let launch = Ehr::of(&server).launches_patient("amy-shaw").await;
    let mut hannah = Person::named(&server, "hannah");
    let url = app.with_launch("openid fhirUser launch online_access patient/*.rs", &launch);
    let answer = hannah.goes_through(&url, None).await;
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(asks(&server, tokens.access_token()).await.status, 200);
    let id_token = tokens.0["id_token"].as_str().expect("an id_token");
    hannah.opens(&format!("{BASE}/clinic/logout?id_token_hint={id_token}")).await.end();
    assert_eq!(asks(&server, tokens.access_token()).await.status, 401);
}

/// OIDC-14: pages of the app may read it, and no others.
#[tokio::test]
async fn the_apps_own_pages_may_ask() {
    let server = TestServer::start().await;
    let tokens = tokens(&server, SCOPE).await;
    let bearer = format!("Bearer {}", tokens.access_token());
    let preflight = [("origin", "https://app.example"), ("access-control-request-method", "GET")];
    let answer = server.request(Method::OPTIONS, PATH, &preflight, "").await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("access-control-allow-methods"), Some("GET, POST, OPTIONS"));
    for (origin, allowed) in
        [("https://app.example", true), ("https://second.example", false), ("https://evil.example", false)]
    {
        let headers = [("authorization", bearer.as_str()), ("origin", origin)];
        let answer = server.request(Method::GET, PATH, &headers, "").await;
        assert_eq!(answer.header("access-control-allow-origin"), allowed.then_some(origin));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
}
