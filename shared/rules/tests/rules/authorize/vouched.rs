//! A person whom an EHR has brought along: to which apps, for how long, and when they sign in all the same (VOUCH-8 to VOUCH-13).

use super::*;
use rules::{
    authorize::{
        interaction::{SigningIn, VouchedPerson},
        next_step::{NextStep, next_step, without_offline},
        vouched::{check_app, needs_no_sign_in},
    },
    oauth::error::ErrorCode,
    tenant::Policy,
};

/// Signed in at the EHR ten minutes ago.
fn hannah() -> SignedIn {
    SignedIn { vouched_by: Some("ehr".into()), auth_time: NOW.plus(-600), ..clinician() }
}

fn own_session() -> SessionId {
    SessionId("vouched".into())
}

/// From the EHR, for her alone.
fn brought(changes: &[(&str, &str)], offline: bool) -> Interaction {
    let mut interaction = launched(begun(asking(changes)), patient("amy"), Some("amy"));
    if let Some(launch) = &mut interaction.launch {
        launch.vouched = Some(Box::new(VouchedPerson { user: hannah(), session: own_session(), offline }));
    }
    interaction
}

fn going_on(changes: &[(&str, &str)], offline: bool) -> Interaction {
    brought(changes, offline).at(Stage::signed_in(hannah(), own_session()))
}

fn offered(interaction: &Interaction) -> String {
    match next_step(interaction) {
        NextStep::AskConsent(offer) => offer.scope.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_app_must_be_where_no_other_can_be() {
    let answer =
        |changes: &[(&str, &str)], client: &Client| check_app(&asking(changes), client).map_err(|error| error.code);
    assert_eq!(answer(&[], &app()), Ok(()));
    for uri in ["http://127.0.0.1/callback", "http://127.0.0.1:9/callback"] {
        assert_eq!(answer(&[("redirect_uri", uri)], &app()), Err(ErrorCode::InvalidRequest), "{uri}");
        assert_eq!(answer(&[("redirect_uri", uri)], &confidential()), Ok(()), "{uri}");
    }
}

#[test]
fn a_sign_in_at_the_ehr_is_enough_unless_more_is_asked_or_it_is_too_long_ago() {
    let enough =
        |changes: &[(&str, &str)], user: &SignedIn| needs_no_sign_in(&brought(changes, false), user, &tenant(), NOW);
    assert!(enough(&[], &hannah()));
    assert!(enough(&[("max_age", "600")], &hannah()));
    for more in [("max_age", "599"), ("max_age", "0"), ("prompt", "login"), ("acr_values", "gold")] {
        assert!(!enough(&[more], &hannah()), "{more:?}");
    }
    assert!(enough(&[("acr_values", "silver gold")], &SignedIn { acr: Some("gold".into()), ..hannah() }));
    let session = Policy::default().session_seconds;
    assert!(!enough(&[], &SignedIn { auth_time: NOW.plus(-session), ..hannah() }));
    assert!(enough(&[], &SignedIn { auth_time: NOW.plus(1 - session), ..hannah() }));
}

#[test]
fn they_get_no_offline_access_unless_the_operator_lets_the_ehr() {
    let asked = [("scope", "openid launch offline_access online_access patient/*.rs"), ("launch", "handle")];
    assert_eq!(offered(&going_on(&asked, false)), "openid launch online_access patient/*.rs");
    assert_eq!(offered(&going_on(&asked, true)), "openid launch offline_access patient/*.rs");
    // In a session of their own, the word counts no more.
    let by_themselves = brought(&asked, false).at(Stage::signed_in(clinician(), session()));
    assert_eq!(offered(&by_themselves), "openid launch offline_access patient/*.rs");
    assert!(by_themselves.goes_on_vouched().is_none());
    assert_eq!(without_offline(&"openid offline_access".parse_set()).to_string(), "openid");
}

#[test]
fn beside_somebody_elses_session_they_are_asked_first_and_that_is_a_page() {
    let stage = Stage::SigningIn(SigningIn::Vouched { user: Box::new(hannah()), session: own_session() });
    let asked = brought(&[], false).at(stage);
    let NextStep::ConfirmVouched { user, session } = next_step(&asked) else { panic!("a question") };
    assert_eq!((user.username.as_str(), session), ("amy", &own_session()));
    let error = next_step(&asked).needs_a_page().expect("an error without a page");
    assert_eq!(error.code, ErrorCode::AccountSelectionRequired);
    assert!(asked.user().is_none() && asked.goes_on_vouched().is_some());
    // Finished or begun anew, nobody is there any more.
    assert!(asked.at(Stage::NOBODY).goes_on_vouched().is_none());
}
