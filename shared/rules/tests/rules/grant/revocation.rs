//! What a revocation ends (RFC 7009 §2.1).

use super::*;
use rules::grant::{
    RevocationReason::{self, ByClient, ByOperator, ByUser},
    RevokedToken,
    revocation::{by_operator, by_user, of_access_token, of_refresh_token},
};

fn with(state: GrantState) -> Grant {
    grant(Refreshable::Offline, state)
}

/// Why it is over, and until when it is kept.
fn over(state: Option<GrantState>) -> Option<(RevocationReason, i64)> {
    match state? {
        GrantState::Revoked { at, why, live_until } => {
            assert_eq!(at, NOW);
            Some((why, live_until.since(NOW)))
        }
        other => panic!("{other:?}"),
    }
}

fn token(jti: &str, seconds: i64) -> RevokedToken {
    RevokedToken { jti: jti.into(), expires_at: NOW.plus(seconds) }
}

/// The same grant, with this access token revoked as well.
fn revoking(grant: &Grant, token: RevokedToken) -> Option<Grant> {
    of_access_token(grant, token, NOW).map(|state| Grant { state, ..grant.clone() })
}

#[test]
fn each_may_end_what_is_theirs_and_what_is_over_stays_as_it_is() {
    let code = with(code_issued(&Secret::random()));
    let tokens = with(redeemed());
    let ended = with(by_user(&tokens, NOW).unwrap());
    assert_eq!(over(of_refresh_token(&tokens, NOW)), Some((ByClient, 3600)));
    assert_eq!(over(by_user(&tokens, NOW)), Some((ByUser, 3600)));
    assert_eq!(over(by_operator(&tokens, NOW)), Some((ByOperator, 3600)));
    // A client has no refresh token of a code that was not exchanged.
    assert_eq!(over(of_refresh_token(&code, NOW)), None);
    assert_eq!(over(by_user(&code, NOW)), Some((ByUser, 660)));
    assert_eq!(over(by_operator(&code, NOW)), Some((ByOperator, 660)));
    assert!(of_refresh_token(&ended, NOW).is_none());
    assert!(by_user(&ended, NOW).is_none() && by_operator(&ended, NOW).is_none());
}

#[test]
fn an_access_token_dies_alone() {
    let grant = revoking(&with(redeemed()), token("one", 60)).unwrap();
    assert!(!grant.honours("one") && grant.honours("two"));
    assert!(grant.is_live(NOW));
}

#[test]
fn an_access_token_that_is_dead_already_is_not_revoked_again() {
    let grant = revoking(&with(redeemed()), token("one", 60)).unwrap();
    assert!(revoking(&grant, token("one", 60)).is_none());
    let ended = with(by_user(&grant, NOW).unwrap());
    assert!(revoking(&ended, token("two", 60)).is_none());
    assert!(revoking(&with(code_issued(&Secret::random())), token("one", 60)).is_none());
}

#[test]
fn a_revoked_token_is_forgotten_when_it_has_expired() {
    let grant = revoking(&with(redeemed()), token("short", 0)).unwrap();
    let grant = revoking(&grant, token("long", 1)).unwrap();
    let grant = revoking(&grant, token("new", 60)).unwrap();
    assert!(grant.honours("short") && !grant.honours("long") && !grant.honours("new"));
}

/// The list must fit into one item of the table.
#[test]
fn whoever_revokes_more_than_five_hundred_tokens_ends_the_grant() {
    let mut grant = with(redeemed());
    for number in 0..500 {
        grant = revoking(&grant, token(&number.to_string(), 60)).unwrap();
    }
    assert!(grant.is_live(NOW));
    assert_eq!(over(of_access_token(&grant, token("500", 60), NOW)), Some((ByClient, 3600)));
}
