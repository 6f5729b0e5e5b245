//! What a grant is worth in each of its states.

use super::*;
use rules::{grant::RevokedToken, session::SessionId};

fn with(state: GrantState) -> Grant {
    grant(Refreshable::Offline, state)
}

fn revoked() -> GrantState {
    rules::grant::revocation::by_user(&with(redeemed()), NOW).unwrap()
}

#[test]
fn a_grant_is_live_while_its_code_or_its_tokens_are() {
    let code = code_issued(&Secret::random());
    for (state, later, live) in [
        (code.clone(), 59, true),
        (code, 60, false),
        (redeemed(), 3599, true),
        (redeemed(), 3600, false),
        (revoked(), 0, false),
    ] {
        assert_eq!(with(state.clone()).is_live(NOW.plus(later)), live, "{state:?} after {later} s");
    }
}

#[test]
fn an_access_token_is_honoured_unless_it_or_its_grant_was_revoked() {
    let mut one_revoked = with(redeemed());
    let GrantState::Redeemed { revoked_tokens, .. } = &mut one_revoked.state else { panic!("redeemed") };
    revoked_tokens.push(RevokedToken { jti: "revoked".into(), expires_at: NOW.plus(60) });
    assert!(one_revoked.honours("another") && !one_revoked.honours("revoked"));
    assert!(!with(revoked()).honours("another"));
    assert!(!with(code_issued(&Secret::random())).honours("another"), "it has no tokens yet");
}

/// TOK-7. A code that was not exchanged stays ten minutes, so that its use is known as late.
#[test]
fn a_grant_is_kept_until_nothing_of_it_can_be_presented() {
    assert_eq!(with(code_issued(&Secret::random())).forget_at(), NOW.plus(660));
    assert_eq!(with(redeemed()).forget_at(), NOW.plus(3600));
    assert_eq!(with(revoked()).forget_at(), NOW.plus(3600));
}

/// RFR-11.
#[test]
fn only_online_access_belongs_to_a_session() {
    let session = SessionId("of-amy".into());
    let online = |session| approval(Refreshable::Online { until: NOW, session });
    assert_eq!(online(Some(session.clone())).session(), Some(&session));
    assert_eq!(online(None).session(), None);
    assert_eq!(approval(Refreshable::Offline).session(), None);
    assert_eq!(approval(Refreshable::Never).session(), None);
}
