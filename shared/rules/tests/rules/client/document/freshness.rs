//! CIMD-14, CIMD-15: how long a document is good for, and how often one is asked for.

use crate::given::NOW;
use proptest::prelude::*;
use rules::{
    client::document::freshness::{
        LAST_GOOD, LONGEST, MOST_A_MINUTE, SHORTEST, Status, fresh_until, is_json, pause_of_host, status, usable_until,
    },
    time::Timestamp,
};

proptest! {
    #[test]
    fn a_document_is_fresh_for_a_minute_at_least_and_an_hour_at_most(max_age: Option<i64>, at in 0..4_000_000_000_i64) {
        let fresh = fresh_until(max_age, Timestamp(at)).since(Timestamp(at));
        prop_assert!((SHORTEST..=LONGEST).contains(&fresh));
        if let Some(age) = max_age.filter(|age| (SHORTEST..=LONGEST).contains(age)) {
            prop_assert_eq!(fresh, age);
        }
        let until = fresh_until(max_age, Timestamp(at));
        prop_assert_eq!(usable_until(until).since(until), LAST_GOOD);
    }

    #[test]
    fn a_host_is_left_alone_until_its_minute_is_over(asked: u32, at in 0..4_000_000_000_i64) {
        let pause = pause_of_host(asked, Timestamp(at));
        prop_assert_eq!(pause.is_some(), asked >= MOST_A_MINUTE);
        if let Some(pause) = pause {
            prop_assert!((1..=60).contains(&pause));
            prop_assert_eq!((at + pause) % 60, 0);
        }
    }
}

#[test]
fn the_bounds_are_a_minute_five_minutes_an_hour_and_a_day() {
    for (max_age, fresh) in [(Some(0), 60), (Some(61), 61), (None, 300), (Some(3601), 3600)] {
        assert_eq!(fresh_until(max_age, NOW), NOW.plus(fresh), "{max_age:?}");
    }
    assert_eq!((LAST_GOOD, MOST_A_MINUTE), (86_400, 60));
}

#[test]
fn a_server_that_is_down_says_nothing_of_its_document() {
    for code in [408, 425, 429, 500, 502, 503, 504, 599] {
        assert_eq!(status(code), Status::Down, "{code}");
    }
    for code in [100, 201, 204, 206, 301, 302, 304, 307, 400, 401, 403, 404, 410, 426, 428, 430, 451, 499, 600] {
        assert_eq!(status(code), Status::NotHere, "{code}");
    }
    assert_eq!(status(200), Status::Here);
}

#[test]
fn json_has_a_type_of_its_own_and_some_that_end_like_it() {
    for good in ["application/json", " Application/JSON ; charset=utf-8", "application/oauth-client+json"] {
        assert!(is_json(good), "{good}");
    }
    for bad in [
        "",
        "json",
        "text/json",
        "application/",
        "application/+json",
        "application/jsonp",
        "text/x+json",
        "application/json5",
    ] {
        assert!(!is_json(bad), "{bad}");
    }
}
