//! DUR-3, DUR-4: the end that a person chose, and an earlier one.

use super::*;
use rules::{
    grant::{
        RefreshFamily,
        shortened::{end_of, shortened},
    },
    time::Timestamp,
};

const DAY: i64 = 86_400;

fn family(idle: i64, ends: Option<i64>) -> RefreshFamily {
    RefreshFamily {
        family: SecretHash::of("family"),
        current: SecretHash::of("current"),
        previous: None,
        idle_until: NOW.plus(idle),
        ends_at: ends.map(|end| NOW.plus(end)),
        rotates: true,
        dpop_key: None,
    }
}

fn refreshable(idle: i64, ends: Option<i64>) -> Grant {
    let GrantState::Redeemed { code, revoked_tokens, last_used, extensions, .. } = redeemed() else { unreachable!() };
    let refresh = Some(family(idle, ends));
    let live_until = NOW.plus(idle);
    grant(
        Refreshable::Offline,
        GrantState::Redeemed { code, refresh, revoked_tokens, last_used, live_until, extensions },
    )
}

/// The end of the family, of its idle time and of the grant afterwards, in days from now.
fn days(grant: &Grant) -> (Option<i64>, i64, i64) {
    let day = |at: Timestamp| at.since(NOW) / DAY;
    match &grant.state {
        GrantState::Redeemed { refresh: Some(family), live_until, .. } => {
            (family.ends_at.map(day), day(family.idle_until), day(*live_until))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_end_in_sight_is_the_earlier_of_two() {
    assert_eq!(end_of(&refreshable(90 * DAY, None)), None);
    assert_eq!(end_of(&refreshable(90 * DAY, Some(30 * DAY))), Some(NOW.plus(30 * DAY)));
    let mut both = refreshable(90 * DAY, Some(30 * DAY));
    both.approval.lasts_until = Some(NOW.plus(20 * DAY));
    assert_eq!(end_of(&both), Some(NOW.plus(20 * DAY)));
    both.approval.lasts_until = Some(NOW.plus(40 * DAY));
    assert_eq!(end_of(&both), Some(NOW.plus(30 * DAY)));
    assert_eq!(end_of(&grant(Refreshable::Offline, redeemed())), None);
}

#[test]
fn everything_ends_sooner_and_nothing_later() {
    let open = refreshable(90 * DAY, None);
    let sooner = shortened(&open, NOW.plus(7 * DAY), NOW).unwrap();
    assert_eq!((days(&sooner), sooner.approval.lasts_until), ((Some(7), 7, 7), Some(NOW.plus(7 * DAY))));
    let beyond_idle = shortened(&open, NOW.plus(365 * DAY), NOW).unwrap();
    assert_eq!(days(&beyond_idle), (Some(365), 90, 90), "its idle time goes on as it was");
    // An access token that is out lives a day at most.
    let at_once = shortened(&open, NOW.plus(60), NOW).unwrap();
    assert_eq!(days(&at_once), (Some(0), 0, 1));
    for later in [7 * DAY, 8 * DAY, 365 * DAY] {
        assert!(shortened(&sooner, NOW.plus(later), NOW).is_none(), "{later}");
    }
    assert!(shortened(&sooner, NOW.plus(7 * DAY - 1), NOW).is_some());
}

#[test]
fn only_what_lasts_can_end_sooner() {
    let code = grant(Refreshable::Offline, code_issued(&Secret::random()));
    let next = shortened(&code, NOW.plus(DAY), NOW).unwrap();
    assert_eq!(next.approval.lasts_until, Some(NOW.plus(DAY)));
    assert!(matches!(next.state, GrantState::CodeIssued { .. }));
    let once = Grant { approval: approval(Refreshable::Never), ..refreshable(90 * DAY, None) };
    assert!(shortened(&once, NOW.plus(DAY), NOW).is_none());
    assert!(shortened(&code, NOW.plus(DAY), NOW.plus(61)).is_none(), "its code is over");
}

#[test]
fn a_token_lives_as_long_as_is_left() {
    let mut approval = approval(Refreshable::Offline);
    assert_eq!(approval.seconds_left(3600, NOW), 3600);
    approval.lasts_until = Some(NOW.plus(60));
    assert_eq!(approval.seconds_left(3600, NOW), 60);
    assert_eq!(approval.seconds_left(30, NOW), 30);
    assert_eq!(approval.seconds_left(3600, NOW.plus(61)), 0);
}
