//! DUR-1, DUR-3: how long, where the person chooses.

use crate::given::{NOW, ParseSet, app};
use rules::{
    authorize::lasting::{Lasting, chosen, durations},
    client::Client,
    tenant::{AccessDuration, Policy},
};

const DAY: i64 = 86_400;

fn parsed(text: &str) -> AccessDuration {
    AccessDuration::parse(text).unwrap()
}

fn policy(listed: &[&str], most: Option<i64>) -> Policy {
    let access_durations = listed.iter().map(|text| parsed(text)).collect();
    Policy { access_durations, refresh_absolute_seconds: most, ..Policy::default() }
}

#[test]
fn a_duration_is_written_in_one_way_alone() {
    for (text, seconds) in [
        ("once", None),
        ("until ended", None),
        ("1 day", Some(DAY)),
        ("90 days", Some(90 * DAY)),
        ("3660 days", Some(3_660 * DAY)),
    ] {
        assert_eq!((parsed(text).to_string().as_str(), parsed(text).seconds()), (text, seconds));
        let json = serde_json::to_string(&parsed(text)).unwrap();
        assert_eq!(serde_json::from_str::<AccessDuration>(&json).unwrap(), parsed(text));
    }
    assert_eq!(parsed("1 days"), parsed("1 day"));
    for text in
        ["", "0 days", "3661 days", "2 day", "-1 days", "+1 days", " 1 day", "1 day ", "days", "1e2 days", "Once"]
    {
        assert!(AccessDuration::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn what_is_offered_is_what_can_be() {
    let all = ["once", "90 days", "365 days", "until ended"];
    let lasting = "offline_access patient/*.rs".parse_set();
    let needing = Client { required_scope: "offline_access".parse_set(), ..app() };
    for (offered, client, policy, expected) in [
        (&lasting, &app(), policy(&all, None), &all[..]),
        (&lasting, &app(), policy(&[], None), &[]),
        (&"patient/*.rs".parse_set(), &app(), policy(&all, None), &[]),
        (&lasting, &needing, policy(&all, None), &all[1..]),
        (&lasting, &app(), policy(&all, Some(365 * DAY)), &all[..]),
        (&lasting, &app(), policy(&all, Some(365 * DAY - 1)), &["once", "90 days", "until ended"]),
    ] {
        let found: Vec<String> = durations(offered, client, &policy).iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn what_was_chosen_is_the_scope_and_the_end() {
    let ticked = "openid offline_access patient/*.rs".parse_set();
    let unticked = "openid patient/*.rs".parse_set();
    let choices = ["once", "90 days", "until ended"].map(parsed);
    for (form, scope, until) in [
        (Some("once"), "openid patient/*.rs", None),
        (Some("90 days"), "openid offline_access patient/*.rs", Some(NOW.plus(90 * DAY))),
        (Some("until ended"), "openid offline_access patient/*.rs", None),
    ] {
        for ticked in [&ticked, &unticked] {
            let Lasting { scope: found, until: end } = chosen(ticked.clone(), &choices, form, NOW).unwrap();
            assert!(found.same_rights(&scope.parse_set()) && end == until, "{form:?}: {found}");
        }
    }
    for form in [None, Some(""), Some("91 days"), Some("365 days")] {
        assert_eq!(chosen(ticked.clone(), &choices, form, NOW), None, "{form:?}");
    }
    let unasked = chosen(ticked.clone(), &[], None, NOW).unwrap();
    assert_eq!(unasked, Lasting { scope: ticked, until: None });
}
