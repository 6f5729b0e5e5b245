//! How long what was given under a former setting may still be alive.

use crate::given::NOW;
use rules::tenant::{CONFIGURATION_AGE, FormerLife};

const LIFE: i64 = 1000;

fn life(seconds: i64, until: i64) -> FormerLife {
    FormerLife { seconds, until: NOW.plus(until) }
}

#[test]
fn a_setting_that_is_lowered_is_remembered_until_the_last_function_has_forgotten_it_and_the_last_token_is_dead() {
    let lowered = [life(LIFE, LIFE + CONFIGURATION_AGE)];
    assert_eq!(FormerLife::after(&[], LIFE, LIFE - 1, NOW), lowered);
    for same_or_more in [LIFE, LIFE + 1] {
        assert_eq!(FormerLife::after(&[], LIFE, same_or_more, NOW), []);
    }
}

#[test]
fn a_former_life_is_forgotten_when_it_is_over_or_no_longer_than_the_one_of_today() {
    for (former, next, stays) in [
        (life(LIFE, 1), LIFE - 1, true),
        (life(LIFE, 1), LIFE, false),
        (life(LIFE, 1), LIFE + 1, false),
        (life(LIFE, -1), LIFE - 1, false),
    ] {
        let expected: Vec<FormerLife> = Some(former.clone()).filter(|_| stays).into_iter().collect();
        assert_eq!(FormerLife::after(std::slice::from_ref(&former), next, next, NOW), expected, "{former:?} {next}");
    }
}

#[test]
fn the_longest_life_is_of_today_or_of_a_former_one_that_is_not_over() {
    for (former, longest) in [(life(LIFE + 1, 1), LIFE + 1), (life(LIFE + 1, -1), LIFE), (life(LIFE - 1, 1), LIFE)] {
        assert_eq!(FormerLife::longest(LIFE, &[former], NOW), longest);
    }
}
