//! Tests of the model: each breaks one rule, and the search must find what that costs.

use super::{
    explore::explore,
    functions::Rules,
    setting::{Bounds, Setting},
};
use rules::{
    grant::{
        Decision, Grant, GrantState,
        authorization_code::{Redemption, redeem},
        refresh_token::{Refreshing, refresh},
    },
    tenant::Tenant,
};

fn costs(rules: Rules, bounds: Bounds, promise: &str) {
    let found = explore(&Setting::new(rules, 0, bounds)).counterexample.unwrap();
    println!("{found:?}");
    assert_eq!(found.promise, promise);
    assert!(found.steps.len() < 20, "{found:?}");
}

#[test]
fn a_table_that_checks_no_versions_lets_a_revoked_grant_live_again() {
    let rules = Rules { versions_are_checked: false, ..Rules::default() };
    costs(rules, Bounds::ENDING, "what is ended stays ended");
}

fn refuse_instead_of_ending(decision: Decision) -> Decision {
    match decision {
        Decision::Revoke(error, _) => Decision::Refuse(error),
        other => other,
    }
}

#[test]
fn a_reuse_that_is_refused_and_ends_nothing_leaves_the_thief_a_chain() {
    let rules =
        Rules { refresh: |grant, refreshing| refuse_instead_of_ending(refresh(grant, refreshing)), ..Rules::default() };
    costs(rules, Bounds::THEFT, "a second use ends the grant, once the grace time is over");
}

fn redeem_a_redeemed_code(grant: &Grant, redemption: &Redemption<'_>) -> Decision {
    let state = match &grant.state {
        GrantState::Redeemed { code: Some(code), .. } => {
            GrantState::CodeIssued { code: code.clone(), expires_at: redemption.now.plus(60) }
        }
        state => state.clone(),
    };
    redeem(&Grant { state, ..grant.clone() }, redemption)
}

#[test]
fn a_code_that_can_be_exchanged_twice_makes_two_chains() {
    let rules = Rules { redeem: redeem_a_redeemed_code, ..Rules::default() };
    costs(rules, Bounds::THEFT, "there is one live chain of tokens");
}

fn repeat_at_any_time(grant: &Grant, refreshing: &Refreshing<'_>) -> Decision {
    let mut tenant: Tenant = refreshing.tenant.clone();
    tenant.policy.refresh_grace_seconds = 3600;
    refresh(grant, &Refreshing { tenant: &tenant, ..*refreshing })
}

/// As `refresh` once did: no time had passed, or less than none, where a request began before the refresh that it found.
fn repeat_what_came_later(grant: &Grant, refreshing: &Refreshing<'_>) -> Decision {
    let mut tenant: Tenant = refreshing.tenant.clone();
    let previous = match &grant.state {
        GrantState::Redeemed { refresh: Some(family), .. } => family.previous.as_ref(),
        _ => None,
    };
    if previous.is_some_and(|previous| refreshing.now.since(previous.at) < 0) {
        tenant.policy.refresh_grace_seconds = 1;
    }
    refresh(grant, &Refreshing { tenant: &tenant, ..*refreshing })
}

#[test]
fn a_request_from_before_the_theft_that_counts_as_a_repeat_hides_the_thief() {
    let rules = Rules { refresh: repeat_what_came_later, ..Rules::default() };
    costs(rules, Bounds::THEFT, "without a grace time, the app and a thief never both get tokens that can be used");
}

#[test]
fn a_grace_time_without_an_end_hides_the_thief() {
    let rules = Rules { refresh: repeat_at_any_time, ..Rules::default() };
    costs(rules, Bounds::THEFT, "a second use ends the grant, once the grace time is over");
}
