//! One sign-in that serves many apps (RFR-11, RFR-16).

use crate::given::{FHIR, NOW, amy, signed_in, tenant};
use rules::{
    credentials::Setup,
    secret::{Secret, SecretHash},
    session::{PresentedSession, Session, SessionId, SessionState},
    signed_in::SignedIn,
    tenant::Policy,
    time::Timestamp,
    user::{FhirUser, FhirUserType},
};

fn policy() -> Policy {
    Policy { session_seconds: 10_000, session_idle_seconds: 1_000, ..Policy::default() }
}

fn begun(before: Option<&Session>, user: &SignedIn, now: Timestamp) -> (Session, PresentedSession) {
    Session::signed_in(before, &tenant().id, user, &policy(), now)
}

/// Amy has just signed in.
fn of_amy() -> (Session, PresentedSession) {
    begun(None, &signed_in(&amy()), NOW)
}

#[test]
fn a_cookie_is_read_as_it_was_written() {
    let (session, presented) = of_amy();
    let cookie = presented.cookie();
    assert!(cookie.expose().starts_with(&format!("{}.{}.", session.id.0, presented.secret.expose())));
    let read = PresentedSession::parse(cookie.expose()).unwrap();
    assert_eq!(read.id, session.id);
    assert!(session.opened_by(&read.secret, NOW).is_some());
    assert_eq!(read.claims, presented.claims);
}

#[test]
fn a_cookie_says_whose_it_is_and_of_which_one_patient() {
    let claims = |user: &SignedIn| begun(None, user, NOW).1.claims.unwrap();
    let amy = signed_in(&amy());
    assert_eq!(claims(&amy).sub, "sub-of-amy");
    assert_eq!(claims(&amy).username.as_deref(), Some("amy"));
    let at_provider = SignedIn { provider: Some("idp".into()), ..amy.clone() };
    assert_eq!(claims(&at_provider).username, None);
    let is = |resource| Some(FhirUser { resource, id: "own".into() });
    for (fhir_user, patients, one) in [
        (is(FhirUserType::Patient), vec![], Some("own")),
        (is(FhirUserType::Patient), vec!["child"], None),
        (is(FhirUserType::RelatedPerson), vec!["child"], Some("child")),
        (is(FhirUserType::RelatedPerson), vec!["a", "b"], None),
        (is(FhirUserType::Practitioner), vec![], None),
        (None, vec![], None),
    ] {
        let patients: Vec<String> = patients.into_iter().map(str::to_owned).collect();
        let user = SignedIn { fhir_user, patients, ..amy.clone() };
        assert_eq!(claims(&user).patient.as_deref(), one, "{user:?}");
    }
    let (session, renewed) = of_amy().0.renewed(Some(SecretHash::of("new")));
    assert_eq!(renewed.claims, Some(claims(session.user_if_open(NOW).unwrap())));
}

/// It is a hint. A session is found without it, whatever stands there.
#[test]
fn what_a_cookie_says_of_a_person_may_be_missing_senseless_or_too_long() {
    let bare = "-_0123456789abcdefgABC.-_0123456789abcdefghijklmnopqrstuvwxyzABCDE";
    for claims in ["", ".", ".x", ".e30", ".bnVsbA", ".é", ".a.b", &format!(".{}", "A".repeat(5_000))] {
        let read = PresentedSession::parse(&format!("{bare}{claims}")).unwrap();
        assert_eq!(read.claims, None, "{claims}");
    }
    let long = SignedIn { sub: "s".repeat(2_000), ..signed_in(&amy()) };
    let cookie = begun(None, &long, NOW).1.cookie();
    assert!(cookie.expose().len() < 100, "{}", cookie.expose().len());
}

#[test]
fn what_is_no_id_and_secret_is_no_cookie() {
    let (id, secret) = ("-_0123456789abcdefgABC", "-_0123456789abcdefghijklmnopqrstuvwxyzABCDE");
    assert_eq!((id.len(), secret.len()), (22, 43));
    assert!(PresentedSession::parse(&format!("{id}.{secret}")).is_some());
    for (id, secret) in [
        (&id[1..], secret),
        (id, &secret[1..]),
        ("-_0123456789abcdefgABCD", secret),
        (id, "-_0123456789abcdefghijklmnopqrstuvwxyzABCDEF"),
        ("+_0123456789abcdefgABC", secret),
        (id, "/_0123456789abcdefghijklmnopqrstuvwxyzABCDE"),
        (id, "._0123456789abcdefghijklmnopqrstuvwxyzABCDE"),
        ("é0123456789abcdefgABC", secret),
        (id, ""),
        ("", secret),
    ] {
        assert!(PresentedSession::parse(&format!("{id}.{secret}")).is_none(), "{id}.{secret}");
    }
    assert!(PresentedSession::parse(id).is_none());
}

#[test]
fn a_session_is_opened_by_its_secret_and_no_other() {
    let (session, presented) = of_amy();
    let open = session.opened_by(&presented.secret, NOW).unwrap();
    assert_eq!((open.user.sub.as_str(), open.idle_until), ("sub-of-amy", NOW.plus(1_000)));
    assert!(open.setup.is_none());
    assert!(session.opened_by(&Secret::random(), NOW).is_none());
    assert!(!open.secret.matches(&session.id.0), "its id is no secret");
}

#[test]
fn a_session_is_open_until_its_last_second_however_busy_or_idle_it_is() {
    let (session, presented) = of_amy();
    assert_eq!(session.ends_at, NOW.plus(10_000));
    for (after, open) in [(0, true), (1_001, true), (9_999, true), (10_000, false), (10_001, false)] {
        let now = NOW.plus(after);
        assert_eq!(session.is_open(now), open, "{after}");
        assert_eq!(session.user_if_open(now).map(|user| user.sub.as_str()), open.then_some("sub-of-amy"), "{after}");
        assert_eq!(session.opened_by(&presented.secret, now).is_some(), open, "{after}");
    }
}

/// RFR-16.
#[test]
fn a_session_that_was_ended_is_nobodys() {
    let (session, presented) = of_amy();
    let ended = session.ended(NOW.plus(5));
    assert!(matches!(ended.state, SessionState::Ended { at } if at == NOW.plus(5)));
    assert_eq!((&ended.id, ended.ends_at), (&session.id, session.ends_at));
    assert!(!ended.is_open(NOW) && ended.user_if_open(NOW).is_none());
    assert!(ended.opened_by(&presented.secret, NOW).is_none());
    for after in [ended.setting_up(Some(Setup::Codes("salt".into()))), ended.renewed(Some(SecretHash::of("new"))).0] {
        assert!(!after.is_open(NOW), "nothing opens it again");
    }
    assert!(ended.used(&policy(), NOW.plus(900)).is_none());
}

/// OWASP, session fixation: nobody can use a cookie that was set before.
#[test]
fn whoever_signs_in_again_goes_on_in_their_session_with_another_secret() {
    let (before, old) = of_amy();
    let later = NOW.plus(100);
    let (session, presented) = begun(Some(&before), &signed_in(&amy()), later);
    assert_eq!((&session.id, &presented.id), (&before.id, &before.id));
    assert_eq!(session.ends_at, later.plus(10_000));
    assert!(session.opened_by(&presented.secret, later).is_some());
    assert!(session.opened_by(&old.secret, later).is_none());
}

#[test]
fn a_session_of_somebody_else_or_that_is_over_is_not_gone_on_with() {
    let amy = signed_in(&amy());
    let (before, _) = of_amy();
    for (why, before, user, now) in [
        ("another person", &before, SignedIn { sub: "sub-of-wei".into(), ..amy.clone() }, NOW),
        ("vouched for by a provider", &before, SignedIn { provider: Some("okta".into()), ..amy.clone() }, NOW),
        ("signed out", &before.ended(NOW), amy.clone(), NOW),
        ("past its end", &before, amy, NOW.plus(10_000)),
    ] {
        let (session, presented) = begun(Some(before), &user, now);
        assert_ne!(session.id, before.id, "{why}");
        assert_eq!(session.user_if_open(now).map(|user| &user.sub), Some(&user.sub), "{why}");
        assert!(session.opened_by(&presented.secret, now).is_some(), "{why}");
    }
}

#[test]
fn each_session_has_an_id_of_its_own() {
    let (one, two) = (SessionId::random(), SessionId::random());
    assert_ne!(one, two);
    assert_eq!(one.0.len(), 22);
}

#[test]
fn what_is_to_be_set_up_is_kept_until_it_is_done() {
    let (session, presented) = of_amy();
    let setting_up = session.setting_up(Some(Setup::Passkey("challenge".into())));
    let open = setting_up.opened_by(&presented.secret, NOW).unwrap();
    assert!(matches!(&open.setup, Some(Setup::Passkey(challenge)) if challenge == "challenge"));
    let done = setting_up.setting_up(None);
    assert!(done.opened_by(&presented.secret, NOW).unwrap().setup.is_none());
}

#[test]
fn another_way_to_sign_in_gives_the_session_another_secret_and_the_same_end() {
    let (session, old) = of_amy();
    let (renewed, presented) =
        session.setting_up(Some(Setup::Codes("salt".into()))).renewed(Some(SecretHash::of("new")));
    assert_eq!((&renewed.id, renewed.ends_at, &presented.id), (&session.id, session.ends_at, &session.id));
    assert!(renewed.opened_by(&old.secret, NOW).is_none());
    let open = renewed.opened_by(&presented.secret, NOW).unwrap();
    assert!(open.user.credential.as_ref().is_some_and(|credential| credential.matches("new")));
    assert!(open.setup.is_none());
}

#[test]
fn the_idle_time_begins_anew_where_a_tenth_of_it_has_gone() {
    let (session, presented) = of_amy();
    for (after, begins_anew) in [(0, false), (99, false), (100, false), (101, true), (2_000, true)] {
        let now = NOW.plus(after);
        let used = session.used(&policy(), now);
        assert_eq!(used.is_some(), begins_anew, "{after}");
        if let Some(used) = used {
            assert_eq!((&used.id, used.ends_at), (&session.id, session.ends_at));
            assert_eq!(used.opened_by(&presented.secret, now).unwrap().idle_until, now.plus(1_000));
        }
    }
}

/// OIDC-4.
#[test]
fn the_url_of_a_person_is_below_the_fhir_base() {
    let user = |fhir_user| SignedIn { fhir_user, ..signed_in(&amy()) };
    let practitioner = FhirUser { resource: FhirUserType::Practitioner, id: "p".into() };
    for (fhir_user, base, url) in [
        (Some(practitioner.clone()), FHIR, Some("https://fhir.example/r4/Practitioner/p")),
        (Some(practitioner), "https://fhir.example/r4/", Some("https://fhir.example/r4/Practitioner/p")),
        (None, FHIR, None),
    ] {
        assert_eq!(user(fhir_user).fhir_user_url(base).as_deref(), url, "{base}");
    }
}
