//! Clients that are off are off, and what was ended stays ended: at every endpoint within 30 seconds.

use crate::authority::{applies, client_becomes, server_becomes, without};
use kit::{App, TestServer, Tokens, app::introspect};
use rules::tenant::{AccessOf, CONFIGURATION_AGE, EndedAccess};

const SCOPE: &str = "openid launch/patient offline_access patient/*.rs";

/// Both clients have opaque tokens: no key dies with those.
fn opaque(toml: &str) -> String {
    ["public-app", "backend"].iter().fold(toml.to_owned(), |toml, id| {
        let id = format!("client_id = \"{id}\"");
        toml.replacen(&id, &format!("{id}\naccess_token_format = \"reference\""), 1)
    })
}

/// What a service and a person's app hold.
struct Held {
    own: String,
    power: String,
    tokens: Tokens,
}

impl Held {
    async fn of(server: &TestServer) -> Held {
        let own = async |scope| {
            let answer = App::backend(server).asks_for_itself(scope).await.json();
            answer["access_token"].as_str().expect("a token").to_owned()
        };
        let tokens = App::public(server).gets_tokens("amy", SCOPE, None).await;
        Held { own: own("system/*.rs").await, power: own("__introspect __launch.create").await, tokens }
    }

    /// Whether the service's tokens, and those of the person's app, are still good.
    async fn is_good(&self, server: &TestServer) -> [bool; 2] {
        let own = introspect(server, &self.own).await["active"] == true;
        let bearer = format!("Bearer {}", self.power);
        for (path, form) in [("introspect", ("token", "x")), ("launchContext", ("patient", "wei-chen"))] {
            let answer = server.post(&format!("/clinic/{path}"), &[form], &[("authorization", &bearer)]).await;
            assert_eq!(answer.status == 200, own, "{path}: {}", answer.body);
        }
        let access = introspect(server, self.tokens.access_token()).await["active"] == true;
        [own, access]
    }

    async fn refreshes(&self, server: &TestServer) -> bool {
        App::public(server).sends_refresh(self.tokens.refresh_token(), None).await.status == 200
    }
}

#[tokio::test]
async fn a_switched_off_service_has_no_power_and_no_token_until_it_is_on_again() {
    let server = TestServer::start_with(|toml| opaque(&toml)).await;
    let held = Held::of(&server).await;
    assert_eq!(held.is_good(&server).await, [true, true]);
    client_becomes(&server, "backend", |client| client.disabled = true).await;
    server.passes(CONFIGURATION_AGE);
    assert_eq!(held.is_good(&server).await, [false, true]);
    client_becomes(&server, "backend", |client| client.disabled = false).await;
    server.passes(CONFIGURATION_AGE);
    assert_eq!(held.is_good(&server).await, [true, true]);
}

/// What it had does not come back with a client of the same id, and what the new one is given is good at once.
#[tokio::test]
async fn what_a_removed_client_was_given_is_over_for_good() {
    for pause in [0, CONFIGURATION_AGE, 3600] {
        let server = TestServer::start_with(|toml| opaque(&toml)).await;
        let held = Held::of(&server).await;
        server.passes(1);
        let removed = |toml: String| {
            let toml = without(&opaque(&toml), "[[clients]]\nclient_id = \"public-app\"");
            without(&toml, "[[clients]]\nclient_id = \"backend\"")
        };
        applies(&server, removed).await;
        server.passes(CONFIGURATION_AGE + pause);
        if pause < 300 - CONFIGURATION_AGE {
            assert_eq!(introspect(&server, &held.own).await["active"], false);
        }
        applies(&server, |toml| opaque(&toml)).await;
        server.passes(CONFIGURATION_AGE);
        assert_eq!(held.is_good(&server).await, [false, false], "after {pause} seconds");
        assert!(!held.refreshes(&server).await, "after {pause} seconds");
        let new = Held::of(&server).await;
        assert_eq!(new.is_good(&server).await, [true, true], "after {pause} seconds");
    }
}

#[tokio::test]
async fn a_client_that_is_back_at_once_gets_good_tokens() {
    let server = TestServer::start().await;
    applies(&server, |toml| without(&toml, "[[clients]]\nclient_id = \"backend\"")).await;
    server.passes(2);
    applies(&server, |toml| toml).await;
    server.server.forget_configuration();
    assert_eq!(Held::of(&server).await.is_good(&server).await, [true, true]);
}

#[tokio::test]
async fn all_that_one_client_was_given_ends_and_nothing_of_another() {
    for (whose, left) in [
        (AccessOf::Client("backend".into()), [false, true]),
        (AccessOf::Client("public-app".into()), [true, false]),
        (AccessOf::Everybody, [false, false]),
    ] {
        let server = TestServer::start_with(|toml| opaque(&toml)).await;
        let held = Held::of(&server).await;
        let mark = EndedAccess { whose: whose.clone(), at: server.now() };
        server_becomes(&server, |tenant| tenant.ended.push(mark)).await;
        server.passes(CONFIGURATION_AGE);
        assert_eq!(held.is_good(&server).await, left, "{whose:?}");
        assert_eq!(held.refreshes(&server).await, left[1], "{whose:?}");
        assert_eq!(Held::of(&server).await.is_good(&server).await, [true, true], "what is given after {whose:?}");
    }
}

/// A key stays as long as what it signed, and no longer than that.
#[tokio::test]
async fn a_shorter_life_of_tokens_counts_once_the_longer_ones_are_dead() {
    let long = |toml: String| {
        toml.replacen("[[fhir_servers]]", "[policy]\naccess_token_seconds = 7200\n\n[[fhir_servers]]", 1)
    };
    let server = TestServer::start_with(long).await;
    let longest = async || {
        let id = rules::tenant::TenantId::parse("clinic").expect("an id");
        let tenant = server.server.store.tenant_with_keys(&id, server.now()).await.expect("the table").0;
        tenant.expect("clinic").longest_token(server.now())
    };
    assert_eq!(longest().await, 7200);
    applies(&server, |toml| toml).await;
    server.passes(7200 + CONFIGURATION_AGE - 1);
    assert_eq!(longest().await, 7200);
    server.passes(1);
    assert_eq!(longest().await, 3600);
}
