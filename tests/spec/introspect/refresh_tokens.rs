//! A refresh token is its client's business and nobody else's (INTR-12). What it hears is what a refresh would give (LIVE-4).

use super::SCOPE;
use crate::authority::{applies, client_becomes, server_becomes, without};
use kit::{App, TestServer, app::introspect};
use rules::{
    scope::ScopeSet,
    tenant::{AccessOf, CONFIGURATION_AGE, EndedAccess, GrantType},
};
use serde_json::{Value, json};

async fn asked_by(app: &App<'_>, token: &str) -> Value {
    let answer = app.posts("introspect", &[("token", token)]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

const OWN_SCOPE: &str = "launch/patient offline_access patient/*.rs";

#[tokio::test]
async fn its_own_client_learns_of_it() {
    let server = TestServer::start().await;
    let app = App::symmetric(&server);
    let tokens = app.gets_tokens("amy", OWN_SCOPE, None).await;
    let told = asked_by(&app, tokens.refresh_token()).await;
    assert_eq!(told["active"], true);
    assert_eq!(told["client_id"], "symmetric-app");
    assert_eq!(told["scope"], OWN_SCOPE);
    assert_eq!(told["exp"], server.now().0 + 90 * 86_400);
}

#[tokio::test]
async fn nobody_else_does() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let inactive = json!({ "active": false });
    assert_eq!(introspect(&server, tokens.refresh_token()).await, inactive, "the FHIR server");
    assert_eq!(asked_by(&App::symmetric(&server), tokens.refresh_token()).await, inactive, "another client");
    // Even one that may see every access token.
    assert_eq!(asked_by(&App::backend(&server), tokens.refresh_token()).await, inactive, "a client with __introspect");
}

#[tokio::test]
async fn one_that_was_used_is_inactive_and_asking_revokes_nothing() {
    let server = TestServer::start().await;
    let app = App::symmetric(&server);
    let first = app.gets_tokens("amy", OWN_SCOPE, None).await;
    let second = app.refreshes(first.refresh_token()).await;
    assert_eq!(asked_by(&app, first.refresh_token()).await, json!({ "active": false }));
    assert_eq!(asked_by(&app, second.refresh_token()).await["active"], true);
    app.refreshes(second.refresh_token()).await;
}

#[tokio::test]
async fn one_that_expired_or_was_revoked_is_inactive() {
    let server = TestServer::start().await;
    let app = App::symmetric(&server);
    let revoked = app.gets_tokens("amy", OWN_SCOPE, None).await;
    app.revokes(revoked.refresh_token()).await;
    assert_eq!(asked_by(&app, revoked.refresh_token()).await, json!({ "active": false }));
    let expired = app.gets_tokens("amy", OWN_SCOPE, None).await;
    server.passes(90 * 86_400);
    assert_eq!(asked_by(&app, expired.refresh_token()).await, json!({ "active": false }));
}

#[tokio::test]
async fn one_with_a_guessed_secret_is_inactive() {
    let server = TestServer::start().await;
    let app = App::symmetric(&server);
    let tokens = app.gets_tokens("amy", OWN_SCOPE, None).await;
    let (grant, secret) = tokens.refresh_token().split_once('.').expect("a grant and a secret");
    let guessed = format!("{grant}.{}", "A".repeat(secret.len()));
    assert_eq!(asked_by(&app, &guessed).await, json!({ "active": false }));
}

/// What has changed since the token was given.
#[derive(Clone, Copy, Debug)]
enum Fact {
    Nothing,
    RecordsNarrowed,
    RecordsTaken,
    EverythingTaken,
    OfflineAccessTaken,
    RefreshTaken,
    RefreshNotOffered,
    RedirectUriTaken,
    FhirServerTaken,
    FhirServerRemoved,
    LocalSignInOff,
    UserRemoved,
    UserMoved,
    ClientsAccessEnded,
}

impl Fact {
    async fn happens(self, server: &TestServer) {
        let registered = async |scope: &str| {
            let scope = ScopeSet::parse(scope).set;
            client_becomes(server, "symmetric-app", |client| client.scope = scope).await;
        };
        match self {
            Fact::Nothing => {}
            Fact::RecordsNarrowed => registered("launch/patient offline_access patient/Observation.rs").await,
            Fact::RecordsTaken => registered("launch/patient offline_access").await,
            Fact::EverythingTaken => registered("openid").await,
            Fact::OfflineAccessTaken => registered("launch/patient patient/*.rs").await,
            Fact::RefreshTaken => {
                let left = [GrantType::AuthorizationCode];
                client_becomes(server, "symmetric-app", |client| client.grant_types = left.into()).await;
            }
            Fact::RefreshNotOffered => {
                let stays = |way: &GrantType| *way != GrantType::RefreshToken;
                server_becomes(server, |tenant| tenant.policy.grant_types.retain(stays)).await;
            }
            Fact::RedirectUriTaken => {
                client_becomes(server, "symmetric-app", |client| client.redirect_uris.clear()).await;
            }
            Fact::FhirServerTaken => {
                let none = Some(Default::default());
                client_becomes(server, "symmetric-app", |client| client.fhir_servers = none).await;
            }
            Fact::FhirServerRemoved => {
                server_becomes(server, |tenant| tenant.fhir_servers[0].url = "https://another.example/r4".into()).await;
            }
            Fact::LocalSignInOff => server_becomes(server, |tenant| tenant.policy.local_sign_in = Some(false)).await,
            Fact::UserRemoved => applies(server, |toml| without(&toml, "[[users]]\nusername = \"amy\"")).await,
            Fact::UserMoved => applies(server, |toml| toml.replace("Patient/amy-shaw", "Patient/wei-chen")).await,
            Fact::ClientsAccessEnded => {
                let ended = EndedAccess { whose: AccessOf::Client("symmetric-app".into()), at: server.now() };
                server_becomes(server, |tenant| tenant.ended.push(ended)).await;
            }
        }
    }
}

/// What is left of the token's scope; none, where it is good for nothing.
const LEFT: [(Fact, Option<&str>); 14] = [
    (Fact::Nothing, Some(OWN_SCOPE)),
    (Fact::RecordsNarrowed, Some("launch/patient offline_access patient/Observation.rs")),
    (Fact::RecordsTaken, Some("launch/patient offline_access")),
    (Fact::EverythingTaken, None),
    (Fact::OfflineAccessTaken, None),
    (Fact::RefreshTaken, None),
    (Fact::RefreshNotOffered, None),
    (Fact::RedirectUriTaken, Some(OWN_SCOPE)),
    (Fact::FhirServerTaken, None),
    (Fact::FhirServerRemoved, None),
    (Fact::LocalSignInOff, None),
    (Fact::UserRemoved, None),
    (Fact::UserMoved, None),
    (Fact::ClientsAccessEnded, None),
];

#[tokio::test]
async fn what_it_says_of_one_is_what_a_refresh_would_give() {
    let mut wrong = Vec::new();
    for (fact, left) in LEFT {
        let server = TestServer::start().await;
        let app = App::symmetric(&server);
        let tokens = app.gets_tokens("amy", OWN_SCOPE, None).await;
        fact.happens(&server).await;
        server.passes(CONFIGURATION_AGE);
        let said = asked_by(&app, tokens.refresh_token()).await;
        let promised = said["active"].as_bool().unwrap_or_default().then(|| said["scope"].clone());
        let answer = app.sends_refresh(tokens.refresh_token(), None).await;
        let given = (answer.status == 200).then(|| answer.json()["scope"].clone());
        let left = left.map(Value::from);
        if promised != left || given != left || (left.is_none() && said != json!({ "active": false })) {
            wrong.push(format!("{fact:?}: it says {said}, and a refresh gives {}", answer.body));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
