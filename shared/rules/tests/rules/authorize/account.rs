//! May the person whom the browser's session knows go on with this request? (OIDC-10 to OIDC-12)

use super::*;
use rules::authorize::{
    account::{
        Fit::{self, Ask, GoOn, SignIn},
        fit, is_bound_to_another,
    },
    oidc_params::Hint,
};

fn fit_of(interaction: &Interaction) -> Fit {
    fit(interaction, &amy(), NOW)
}

#[test]
fn an_apps_wishes_decide_whether_a_session_is_enough() {
    for (changes, expected) in [
        (&[][..], GoOn),
        (&[("prompt", "consent")], GoOn),
        (&[("prompt", "none")], GoOn),
        (&[("prompt", "login")], SignIn),
        (&[("prompt", "select_account")], Ask),
        (&[("prompt", "login select_account")], SignIn),
        (&[("login_hint", "amy")], GoOn),
        (&[("login_hint", "AMY")], GoOn),
        (&[("login_hint", "wei")], Ask),
        (&[("id_token_hint", "unreadable")], Ask),
        (&[("max_age", "0")], SignIn),
    ] {
        assert_eq!(fit_of(&begun(asking(changes))), expected, "{changes:?}");
    }
}

/// OIDC-11. With `max_age=0` no sign-in is new enough, whatever the clock says.
#[test]
fn a_sign_in_that_is_older_than_the_app_wants_is_not_enough() {
    for (max_age, after, expected) in
        [("60", 59, GoOn), ("60", 60, GoOn), ("60", 61, SignIn), ("1", 0, GoOn), ("0", 0, SignIn), ("0", -5, SignIn)]
    {
        let interaction = begun(asking(&[("max_age", max_age)]));
        assert_eq!(fit(&interaction, &amy(), NOW.plus(after)), expected, "{max_age} after {after}");
    }
}

#[test]
fn whoever_says_that_they_are_another_signs_in() {
    let mut interaction = begun(asking(&[]));
    interaction.sign_ins.another = true;
    assert_eq!(fit_of(&interaction), SignIn);
}

#[test]
fn an_id_token_names_whom_the_app_expects() {
    let expecting = |sub: &str| {
        let mut interaction = begun(asking(&[]));
        interaction.request.id_token_hint = Some(Hint::Sub(sub.into()));
        interaction
    };
    assert_eq!(fit_of(&expecting("sub-of-amy")), GoOn);
    assert_eq!(fit_of(&expecting("sub-of-wei")), SignIn);
}

#[test]
fn an_ehr_that_says_who_it_is_leaves_nothing_to_choose() {
    let wishes = begun(asking(&[("prompt", "select_account"), ("login_hint", "wei")]));
    for (user, expected) in [
        (Some("amy"), GoOn),
        (Some("AMY"), GoOn),
        (Some("Patient/amy-shaw"), GoOn),
        (Some("wei"), SignIn),
        (Some("Patient/wei"), SignIn),
        (None, Ask),
    ] {
        let interaction = launched(wishes.clone(), patient("amy-shaw"), user);
        assert_eq!(fit_of(&interaction), expected, "{user:?}");
        assert_eq!(is_bound_to_another(interaction.launch.as_ref().unwrap(), &amy()), expected == SignIn, "{user:?}");
    }
    let nobody_in_fhir = launched(begun(asking(&[])), patient("amy-shaw"), Some("Patient/amy-shaw"));
    assert!(is_bound_to_another(nobody_in_fhir.launch.as_ref().unwrap(), &person(None, &[])));
}
