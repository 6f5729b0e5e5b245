//! One person's way, stage by stage.

use super::*;
use rules::{
    authorize::{
        interaction::{PasskeyTry, PickedPatient, SigningIn},
        second_factor::{Asks, Pending},
    },
    credentials::totp::TotpSecret,
};

fn pending() -> Pending {
    Pending::new(amy(), Asks::Enrol(TotpSecret::random()))
}

/// Every stage there is, with the session of its pages, and whether somebody is signed in on this way.
fn stages() -> [(Stage, Option<SessionId>, bool); 6] {
    let recognised = SigningIn::Recognised { user: Box::new(amy()), session: session() };
    [
        (Stage::NOBODY, None, false),
        (Stage::second_factor(pending()), None, false),
        (Stage::SigningIn(recognised), Some(session()), false),
        (Stage::signed_in(amy(), session()), Some(session()), true),
        (Stage::Finished { session: Some(session()), answered: None }, Some(session()), false),
        (Stage::Finished { session: None, answered: None }, None, false),
    ]
}

#[test]
fn a_stage_holds_who_is_signed_in_and_in_which_session() {
    for (stage, session, signed_in) in stages() {
        let interaction = begun(asking(&[])).at(stage);
        assert_eq!(interaction.session(), session.as_ref(), "{:?}", interaction.stage);
        assert_eq!(interaction.user().map(|user| user.sub.as_str()), signed_in.then_some("sub-of-amy"));
        assert_eq!(interaction.choosing().is_some(), signed_in);
        assert_eq!(interaction.is_finished(), matches!(interaction.stage, Stage::Finished { .. }));
    }
}

#[test]
fn whoever_signs_in_begins_to_choose() {
    let interaction = by(&amy(), &[]);
    let choosing = interaction.choosing().unwrap();
    assert!(choosing.linked.is_none() && choosing.patient.is_none() && choosing.consent.is_none());
    assert!(choosing.picked.is_empty());
}

#[test]
fn what_is_finished_stays_finished_in_the_session_that_it_was_finished_in() {
    for (stage, session, _) in stages() {
        let finished = begun(asking(&[])).at(stage).finished(None);
        assert!(finished.is_finished());
        assert_eq!(finished.session(), session.as_ref());
    }
}

#[test]
fn signing_out_leaves_nobody_and_undoes_no_answer() {
    for (stage, ..) in stages() {
        let out = begun(asking(&[])).at(stage.signed_out());
        assert!(out.user().is_none() && out.session().is_none(), "{stage:?}");
        let was_finished = matches!(stage, Stage::Finished { .. });
        assert_eq!(out.is_finished(), was_finished, "{stage:?}");
        assert_eq!(matches!(out.stage, Stage::SigningIn(SigningIn::Nobody)), !was_finished, "{stage:?}");
    }
}

#[test]
fn a_choice_is_made_by_whoever_is_signed_in() {
    let picked = |interaction: &Interaction| {
        interaction.choosing().and_then(|choosing| choosing.patient.as_ref().map(|patient| patient.id.clone()))
    };
    for (stage, session, signed_in) in stages() {
        let before = begun(asking(&[])).at(stage);
        let after = before.choose(|it| it.patient = Some(PickedPatient { id: "one".into(), name: None }));
        assert_eq!(picked(&after), signed_in.then(|| "one".to_owned()), "{:?}", before.stage);
        assert_eq!((after.session(), picked(&before)), (session.as_ref(), None));
    }
}

#[test]
fn each_try_with_a_passkey_signs_another_challenge() {
    let none = SignIns::none();
    assert_eq!((none.failed, none.another, none.passkey.failed, none.at_provider), (0, false, false, None));
    let again = PasskeyTry::random();
    assert_eq!(again.challenge.len(), 43);
    assert_ne!(again.challenge, none.passkey.challenge);
}
