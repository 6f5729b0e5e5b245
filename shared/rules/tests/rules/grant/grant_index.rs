//! The list of what a person has granted.

use super::*;
use crate::given::app;
use rules::{
    client::Client,
    grant::{
        grant_index::{ListedGrant, indexed, reindexed},
        revocation::by_user,
    },
    tenant::Policy,
};

fn with(state: GrantState) -> Grant {
    grant(Refreshable::Offline, state)
}

#[test]
fn a_line_names_whose_grant_it_is_and_of_which_tenant() {
    let (grant, line) = indexed(with(redeemed()), &app(), &Policy::default(), NOW);
    assert_eq!((line.tenant, line.sub, line.grant), (grant.tenant, grant.approval.sub, grant.id));
    assert_eq!(line.client_id, Some(grant.client_id));
    assert_eq!(line.expires_at, grant.listed_until);
}

/// Twice the idle time, or twice the life of a code and its token; never less than the grant itself.
#[test]
fn a_line_outlives_its_grant() {
    for (idle, own_idle, access, own_access, lives) in [
        (10_000, None, 100, None, 20_000),
        (10_000, Some(5_000), 100, None, 10_000),
        (10, None, 2_000, None, 2 * 2_060),
        (10, None, 2_000, Some(3_000), 2 * 3_060),
        (10, None, 10, None, 3_600),
    ] {
        let policy =
            Policy { refresh_idle_seconds: idle, access_token_seconds: access, code_seconds: 60, ..Policy::default() };
        let client = Client { refresh_idle_seconds: own_idle, access_token_seconds: own_access, ..app() };
        let (grant, line) = indexed(with(redeemed()), &client, &policy, NOW);
        assert_eq!(line.expires_at, NOW.plus(lives));
        assert_eq!(grant.listed_until, line.expires_at);
    }
}

/// Whoever opens an app from a record twenty times a day leaves twenty lines a day: each ends with what it describes.
#[test]
fn a_line_of_what_is_never_refreshed_ends_with_its_token_or_its_session() {
    let policy =
        Policy { refresh_idle_seconds: 10_000, access_token_seconds: 3_600, code_seconds: 60, ..Policy::default() };
    let client = Client { refresh_idle_seconds: None, access_token_seconds: None, ..app() };
    let online = |seconds| Refreshable::Online { until: NOW.plus(seconds), session: None };
    for (refresh, lives) in
        [(Refreshable::Never, 3_660), (online(7_000), 7_000), (online(100), 3_660), (online(50_000), 20_000)]
    {
        let code = GrantState::CodeIssued { code: SecretHash::of("c"), expires_at: NOW.plus(60) };
        let (grant, line) = indexed(grant(refresh.clone(), code), &client, &policy, NOW);
        assert_eq!(line.expires_at, NOW.plus(lives), "{refresh:?}");
        assert!(line.expires_at >= grant.forget_at());
    }
}

/// A line that was written before it said whose app it is about.
#[test]
fn a_former_line_can_be_read() {
    let line: ListedGrant =
        serde_json::from_value(serde_json::json!({ "tenant": "clinic", "sub": "s", "grant": "g", "expires_at": 7 }))
            .unwrap();
    assert_eq!(line.client_id, None);
}

#[test]
fn a_line_is_written_again_only_when_the_grant_has_come_to_outlive_it() {
    let until = |seconds: i64| Grant { listed_until: NOW.plus(seconds), ..with(redeemed()) };
    assert!(reindexed(until(3600), NOW).1.is_none());
    let (grant, line) = reindexed(until(3599), NOW);
    assert_eq!(line.unwrap().expires_at, NOW.plus(7200));
    assert_eq!(grant.listed_until, NOW.plus(7200));
}

#[test]
fn a_grant_that_is_over_keeps_its_line_as_it_is() {
    let grant = with(by_user(&with(redeemed()), NOW).unwrap());
    let (grant, line) = reindexed(grant, NOW);
    assert!(line.is_none());
    assert_eq!(grant.listed_until, NOW);
}
