//! Who is calling (CLI-1 to CLI-5, ASYM-9).

use crate::given::{LONG_SECRET, app, hash};
use rules::{
    client::{
        Client, ClientAuthentication, RegisteredKeys,
        authenticate::{basic_matches, by_assertion, by_secret},
        presented_credentials::{PresentedCredentials, UnverifiedAssertion},
        private_key_jwt::VerifiedAssertion,
    },
    extensions::brought::Brought,
    hash_work::HashWork,
    oauth::error::OAuthError,
    secret::{ChosenSecretHash, Secret},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

fn client(authentication: ClientAuthentication) -> Client {
    Client { authentication, ..app() }
}

fn with_basic() -> Client {
    client(ClientAuthentication::ClientSecretBasic { secrets: vec![hash(LONG_SECRET)] })
}

fn with_post() -> Client {
    client(ClientAuthentication::ClientSecretPost { secrets: vec![hash(LONG_SECRET)] })
}

fn with_key() -> Client {
    let keys = RegisteredKeys::JwksUri("https://app.example/jwks.json".into());
    client(ClientAuthentication::PrivateKeyJwt { keys })
}

fn nothing() -> PresentedCredentials {
    PresentedCredentials::Nothing { client_id: Some("app".into()) }
}

fn basic(password: &str) -> PresentedCredentials {
    PresentedCredentials::Basic { user: "app".into(), password: Secret::new(password) }
}

fn post(secret: &str) -> PresentedCredentials {
    PresentedCredentials::Post { client_id: "app".into(), client_secret: Secret::new(secret) }
}

fn other_secret() -> String {
    format!("{LONG_SECRET}x")
}

/// The cause for the log, if it fails.
fn refused(presented: &PresentedCredentials, client: Option<Client>) -> Option<String> {
    let judged = by_secret(presented, client.map(Arc::new), HashWork::default());
    judged.err().map(|error: OAuthError| error.detail)
}

const WRONG: &str = "the client secret is wrong";
const ANOTHER_WAY: &str = "the client is registered for another way of authentication";
const MUST: &str = "this client must authenticate and did not";

/// CLI-1, CLI-2. Basic works for a client of the form too, and not the other way round.
#[test]
fn a_client_proves_itself_in_its_own_way() {
    let (right, wrong) = (LONG_SECRET, other_secret());
    for (presented, client, cause) in [
        (nothing(), app(), None),
        (nothing(), with_basic(), Some(MUST)),
        (nothing(), with_post(), Some(MUST)),
        (nothing(), with_key(), Some(MUST)),
        (basic(right), with_basic(), None),
        (basic(&wrong), with_basic(), Some(WRONG)),
        (basic(right), with_post(), None),
        (basic(&wrong), with_post(), Some(WRONG)),
        (basic(right), with_key(), Some(ANOTHER_WAY)),
        (basic(right), app(), Some(ANOTHER_WAY)),
        (post(right), with_post(), None),
        (post(&wrong), with_post(), Some(WRONG)),
        (post(right), with_basic(), Some(ANOTHER_WAY)),
        (post(right), with_key(), Some(ANOTHER_WAY)),
        (post(right), app(), Some(ANOTHER_WAY)),
    ] {
        let found = refused(&presented, Some(client.clone()));
        assert_eq!(found.as_deref(), cause, "{presented:?} for {:?}", client.authentication.method());
    }
}

#[test]
fn a_public_client_may_send_basic_without_a_password() {
    assert_eq!(refused(&basic(""), Some(app())), None);
}

#[test]
fn an_assertion_is_not_judged_as_a_secret() {
    let assertion = UnverifiedAssertion(Secret::new("a.b.c"));
    let presented = PresentedCredentials::Assertion { assertion, client_id: None };
    assert_eq!(refused(&presented, Some(with_key())).as_deref(), Some(ANOTHER_WAY));
}

/// ASYM-9.
#[test]
fn whatever_was_wrong_the_client_reads_the_same() {
    for (presented, client) in [
        (basic(&other_secret()), Some(with_basic())),
        (basic(LONG_SECRET), None),
        (post(LONG_SECRET), Some(with_basic())),
        (nothing(), None),
    ] {
        let error = by_secret(&presented, client.map(Arc::new), HashWork::default()).unwrap_err();
        assert_eq!(error.description, "client authentication failed");
        assert_eq!(error.code.as_str(), "invalid_client");
        // CLI-5: credentials that failed get a 401, with a challenge, and none at all a 400.
        let status = if matches!(presented, PresentedCredentials::Nothing { .. }) { 400 } else { 401 };
        assert_eq!((error.status(), error.challenge.is_some()), (status, status == 401));
    }
}

/// CLI-3.
#[test]
fn a_basic_password_may_come_raw_or_form_encoded() {
    let secret = "a secret + of more than 32 characters: 100%";
    let encoded = "a+secret+%2B+of+more+than+32+characters%3A+100%25";
    let escaped = "a%20secret%20%2B%20of%20more%20than%2032%20characters:%20100%25";
    for presented in [secret, encoded, escaped] {
        assert!(basic_matches(&[hash(secret)], presented, HashWork::default()), "{presented}");
    }
    assert!(!basic_matches(&[hash(secret)], "another+secret%20of+more+than+32+characters", HashWork::default()));
    let plain = "asecretofmorethan32charactersandnosign";
    let matches = |presented: &str| basic_matches(&[hash(plain)], presented, HashWork::default());
    assert!(matches(plain) && !matches(&plain.to_uppercase()));
}

#[test]
fn each_live_secret_is_good_while_one_is_replaced() {
    let (old, new) = (LONG_SECRET, other_secret());
    for secrets in [[hash(old), hash(&new)], [hash(&new), hash(old)], [hash(old), hash(old)]] {
        assert!(basic_matches(&secrets, old, HashWork::default()), "{secrets:?}");
    }
}

#[test]
fn an_assertion_is_its_own_clients() {
    let by = |client_id: &str| {
        let refused_from = crate::given::NOW;
        let assertion = VerifiedAssertion {
            client_id: client_id.into(),
            jti: "j".into(),
            refused_from,
            extensions: Brought::Nothing,
        };
        by_assertion(Arc::new(with_key()), assertion).map(|client| client.client_id.clone()).ok()
    };
    assert_eq!(by("app").as_deref(), Some("app"));
    assert_eq!(by("other"), None);
}

/// Or a clock would tell which clients exist, and of which kind they are. A short secret is what makes the comparison slow.
#[test]
fn a_client_that_is_not_there_costs_as_much_time_as_one_that_is() {
    let slow = vec![ChosenSecretHash::of_client_secret("short").unwrap()];
    let known = client(ClientAuthentication::ClientSecretPost { secrets: slow });
    let known_takes = least(|| drop(by_secret(&post("wrong"), Some(Arc::new(known.clone())), HashWork::default())));
    let fast = with_basic();
    for (presented, client) in [(basic("wrong"), None), (post("wrong"), None), (basic("wrong"), Some(&fast))] {
        let takes = least(|| drop(by_secret(&presented, client.cloned().map(Arc::new), HashWork::default())));
        assert!(takes * 4 > known_takes, "{presented:?}: {takes:?}, and a known client takes {known_takes:?}");
    }
}

/// The lesser of two times, since a machine that is busy only adds to it.
#[expect(clippy::disallowed_methods, reason = "a test of duration needs a clock")]
fn least(work: impl Fn()) -> Duration {
    let time = || {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    (0..2).map(|_| time()).min().unwrap_or_default()
}
