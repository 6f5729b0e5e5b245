//! What the person must still do (AUTHZ-21, OIDC-10, SCP-12).

mod context;
mod patients;

use super::*;
use rules::{
    authorize::{
        interaction::{Consent, PickedContext, PickedPatient, SigningIn},
        next_step::{MOST_FAILED_SIGN_INS, NextStep, next_step},
        oidc_params::Hint,
        second_factor::{Asks, Pending},
    },
    credentials::totp::TotpSecret,
    oauth::error::ErrorCode,
    user::Reach,
};

/// As one line.
fn step(interaction: &Interaction) -> String {
    match next_step(interaction) {
        NextStep::LogIn => "log in".into(),
        NextStep::SecondFactor(_) => "second factor".into(),
        NextStep::ChooseAccount { user, session } | NextStep::ConfirmVouched { user, session } => {
            format!("is it {} in {}?", user.username, session.0)
        }
        NextStep::FollowLinks(person) => format!("follow the links of {person}"),
        NextStep::PickPatient(Reach::Any) => "pick any patient".into(),
        NextStep::PickPatient(Reach::Only(patients)) => format!("pick one of {}", patients.join(", ")),
        NextStep::PickContext(to_pick) => {
            format!("pick a {} of {} for {}", to_pick.kind, to_pick.patient, to_pick.scope)
        }
        NextStep::AskConsent(offer) => format!("ask for {}", offer.scope),
        NextStep::Finish(finish) => format!("finish with {}", finish.scope),
        NextStep::Refuse(error) => format!("{}: {}", error.code.as_str(), error.description),
        NextStep::Done => "done".into(),
    }
}

/// What the app would know, once there is nothing more to pick.
fn context(interaction: &Interaction) -> LaunchContext {
    match next_step(interaction) {
        NextStep::AskConsent(offer) => offer.context,
        other => panic!("{other:?}"),
    }
}

fn asks(user: &SignedIn, scope: &str) -> Interaction {
    by(user, &[("scope", scope)])
}

/// In an EHR launch.
fn asks_launched(user: &SignedIn, scope: &str, context: LaunchContext, bound: Option<&str>) -> Interaction {
    let scope = format!("launch {scope}");
    launched(by(user, &[("scope", &scope), ("launch", "handle")]), context, bound)
}

fn consents(interaction: &Interaction, consent: Consent) -> Interaction {
    interaction.choose(|it| it.consent = Some(consent))
}

fn relative(patients: &[&str]) -> SignedIn {
    person(Some((FhirUserType::RelatedPerson, "r")), patients)
}

fn linked_person() -> SignedIn {
    person(Some((FhirUserType::Person, "p")), &[])
}

#[test]
fn nobody_gets_on_without_signing_in() {
    let begun = begun(asking(&[]));
    let pending = Pending::new(amy(), Asks::Enrol(TotpSecret::random()));
    let recognised = SigningIn::Recognised { user: Box::new(amy()), session: session() };
    for (stage, expected) in [
        (Stage::NOBODY, "log in"),
        (Stage::second_factor(pending), "second factor"),
        (Stage::SigningIn(recognised), "is it amy in session?"),
        (Stage::Finished { session: None, answered: None }, "done"),
    ] {
        assert_eq!(step(&begun.at(stage)), expected);
    }
}

#[test]
fn after_too_many_wrong_passwords_or_codes_the_app_gets_its_answer() {
    let pending = Pending::new(amy(), Asks::Enrol(TotpSecret::random()));
    for (stage, expected) in [(Stage::NOBODY, "log in"), (Stage::second_factor(pending), "second factor")] {
        let mut interaction = begun(asking(&[])).at(stage);
        for (failed, expected) in [
            (MOST_FAILED_SIGN_INS - 1, expected),
            (MOST_FAILED_SIGN_INS, "access_denied: sign-in failed too often"),
            (MOST_FAILED_SIGN_INS + 1, "access_denied: sign-in failed too often"),
        ] {
            interaction.sign_ins.failed = failed;
            assert_eq!(step(&interaction), expected, "{failed}");
        }
    }
}

/// OIDC Core §3.1.2.1: also when they have just signed in.
#[test]
fn somebody_else_than_the_app_expected_is_an_error() {
    for (sub, expected) in [
        ("sub-of-amy", "ask for openid patient/*.rs"),
        ("sub-of-wei", "login_required: somebody else signed in than id_token_hint names"),
    ] {
        let mut interaction = by(&amy(), &[]);
        interaction.request.id_token_hint = Some(Hint::Sub(sub.into()));
        assert_eq!(step(&interaction), expected);
    }
}

/// SCP-12: what can truthfully be granted.
#[test]
fn a_person_is_asked_for_what_can_be_granted_to_them() {
    let nobody_in_fhir = person(None, &["one"]);
    let nothing = "invalid_scope: nothing of what the app asked for can be granted to you";
    for (user, scope, expected) in [
        (&amy(), "openid fhirUser profile", "ask for openid fhirUser profile"),
        (&amy(), "fhirUser profile user/*.rs", "ask for user/*.rs"),
        (&nobody_in_fhir, "openid fhirUser profile", "ask for openid profile"),
        (&amy(), "openid launch/practitioner", "ask for openid"),
        (&amy(), "fhirUser", nothing),
        (&amy(), "launch/practitioner", nothing),
    ] {
        assert_eq!(step(&asks(user, scope)), expected, "{scope}");
    }
}

/// AUTHZ-20, AUTHZ-21.
#[test]
fn a_yes_is_what_was_chosen_of_the_offer() {
    let asked = asks(&amy(), "openid fhirUser launch/patient patient/*.rs");
    let none = "access_denied: the user approved none of the scopes";
    for (consent, expected) in [
        (Consent::Given("openid patient/Task.rs".parse_set()), "finish with openid launch/patient patient/Task.rs"),
        (Consent::Remembered("patient/*.cruds".parse_set()), "finish with launch/patient patient/*.rs"),
        (Consent::Given("user/*.rs".parse_set()), none),
        (Consent::Remembered("launch/patient".parse_set()), none),
        (Consent::Denied, "access_denied: the user denied access"),
    ] {
        assert_eq!(step(&consents(&asked, consent)), expected);
    }
    let given = consents(&asked, Consent::Given("openid".parse_set()));
    let NextStep::Finish(finish) = next_step(&given) else { panic!("a yes") };
    assert_eq!((finish.session, &finish.offer.user.sub), (&session(), &amy().sub));
    assert!(matches!(finish.consent, Consent::Given(_)));
    assert_eq!(finish.offer.scope, given.request.scope);
}

/// OIDC-10; OIDC Core §3.1.2.6.
#[test]
fn a_step_that_needs_a_page_says_so_to_an_app_that_wants_none() {
    use ErrorCode::*;
    let recognised = SigningIn::Recognised { user: Box::new(amy()), session: session() };
    let pending = Pending::new(amy(), Asks::Enrol(TotpSecret::random()));
    let at = |stage| begun(asking(&[])).at(stage);
    for (interaction, code) in [
        (at(Stage::NOBODY), Some(LoginRequired)),
        (at(Stage::second_factor(pending)), Some(LoginRequired)),
        (at(Stage::SigningIn(recognised)), Some(AccountSelectionRequired)),
        (asks(&linked_person(), "patient/*.rs"), Some(InteractionRequired)),
        (asks(&clinician(), "patient/*.rs"), Some(InteractionRequired)),
        (asks(&amy(), "openid launch/task"), Some(InteractionRequired)),
        (asks(&amy(), "openid"), Some(ConsentRequired)),
        (consents(&asks(&amy(), "openid"), Consent::Denied), None),
        (consents(&asks(&amy(), "openid"), Consent::Given("openid".parse_set())), None),
        (at(Stage::Finished { session: None, answered: None }), None),
    ] {
        assert_eq!(next_step(&interaction).needs_a_page().map(|error| error.code), code, "{}", step(&interaction));
    }
}
