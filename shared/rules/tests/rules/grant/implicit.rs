//! A token in the redirect.

use super::*;
use rules::grant::implicit::issue_at_once;

/// RFC 6749 §4.2.2: "The authorization server MUST NOT issue a refresh token."
#[test]
fn there_is_neither_a_code_nor_a_refresh_token_and_the_grant_lives_as_long_as_its_token() {
    let issued = issue_at_once(grant(Refreshable::Offline, code_issued(&Secret::random())), 300, NOW);
    assert_eq!(issued.approval.refresh, Refreshable::Never);
    let GrantState::Redeemed { code, refresh, live_until, .. } = issued.state else { panic!("no tokens") };
    assert!(code.is_none() && refresh.is_none());
    assert_eq!(live_until, NOW.plus(300));
}
