//! The pages, drawn with the text a stranger would send.

use super::{
    consent::{
        ConsentGroup, ConsentItem, ConsentPage, ConsentPart, ConsentSet, DurationChoice, HowLong, UnregisteredApp,
    },
    context::{ContextPickerPage, ContextRow},
    manage::{ManagePage, ManagedApp, SessionLine, SoonerChoice},
    picker::{Outcome, PatientPickerPage, PatientRow},
    session::{ChooseAccountPage, ConfirmVouchedPage, SignOutPage, SignedOutElsewhere, SignedOutPage},
    *,
};
use crate::texts::{NoDate, Texts};
use rules::{
    patient_record::{IdentifierName, RecordStatus, Replacement, ShownIdentifier},
    tenant::{Language, appearance::Appearance},
};
use server::fhir::patients::{PatientName, PatientQuery, PatientSummary};

mod second_factors;

const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>";
const FRAME: Frame =
    Frame { tenant_name: HOSTILE, pages: None, stylesheet: "/style.css?v=1", t: Texts::of(Language::En) };

fn person() -> PersonLinks {
    let link = || Some(HOSTILE.to_owned());
    PersonLinks { manage: link(), account: link(), sign_out: link() }
}

fn sign_in(failed: bool) -> String {
    let page = SignInPage {
        frame: FRAME,
        client_name: failed.then_some(HOSTILE),
        action: "/t/sign-in",
        csrf: "token",
        username: HOSTILE,
        failed,
        notice: Some(HOSTILE),
        passkey: None,
    };
    page.render().unwrap()
}

fn picker(outcome: Outcome, birth_date: &str) -> String {
    let text = || HOSTILE.to_owned();
    let patient = PatientSummary {
        id: text(),
        name: PatientName { text: text(), family: text(), given: text() },
        birth_date: birth_date.to_owned(),
        sex: text(),
        identifiers: vec![ShownIdentifier { name: IdentifierName::Said(text()), value: text() }],
        status: RecordStatus::default(),
    };
    let replaced = PatientSummary {
        status: RecordStatus { replacement: Some(Replacement { id: Some(text()) }), ..RecordStatus::default() },
        ..patient.clone()
    };
    let row =
        |patient| PatientRow { patient, age: text(), sex: text(), warnings: vec![text()], replacement: Some(text()) };
    let page = PatientPickerPage {
        frame: FRAME,
        client_name: HOSTILE,
        action: "/t/patient",
        csrf: "token",
        typed: &PatientQuery { name: text(), birth_date: text(), identifier: text(), record: text() },
        may_search: true,
        patients: &[row(patient), row(replaced)],
        outcome,
        count: Some(text()),
        previous: Some(text()),
        next: Some(text()),
    };
    page.render().unwrap()
}

fn context(failed: bool) -> String {
    let text = || HOSTILE.to_owned();
    let page = ContextPickerPage {
        frame: FRAME,
        client_name: HOSTILE,
        patient: &NamedPatient { name: text(), is_read: false, may_be_another: true },
        things: HOSTILE,
        scope: HOSTILE,
        action: "/t/context",
        csrf: "token",
        rows: &[ContextRow { id: text(), what: text(), when: text(), status: text() }],
        failed,
    };
    page.render().unwrap()
}

fn consent(client_uri: &str, required: bool) -> String {
    let text = || HOSTILE.to_owned();
    let part = |is_nested| ConsentPart { value: text(), title: text(), explanation: text(), required, is_nested };
    let item = || {
        let parts = vec![part(false), part(true)];
        ConsentItem { value: text(), title: text(), explanation: text(), required, parts }
    };
    let page = ConsentPage {
        frame: FRAME,
        client_name: HOSTILE,
        client_uri: Some(client_uri),
        logo_uri: Some(client_uri),
        client_verified: false,
        unregistered: Some(&UnregisteredApp { calls_itself: HOSTILE, is_local: required, document: HOSTILE }),
        resource: Some((HOSTILE, HOSTILE)),
        user_name: HOSTILE,
        patient: Some(&NamedPatient { name: text(), is_read: false, may_be_another: true }),
        patient_id: Some(HOSTILE),
        action: "/t/consent",
        csrf: "token",
        groups: &[ConsentGroup {
            heading: HOSTILE,
            reach: Some(HOSTILE),
            sets: vec![ConsentSet { heading: Some(text()), items: vec![item()] }],
        }],
        person: &person(),
        lasting: &[item()],
        how_long: Some(&HowLong {
            title: text(),
            explanation: text(),
            choices: vec![DurationChoice { value: text(), title: text() }],
        }),
        always: &[text()],
        redirect_host: HOSTILE,
    };
    page.render().unwrap()
}

fn manage() -> String {
    let text = || HOSTILE.to_owned();
    let app = ManagedApp {
        client_id: text(),
        name: text(),
        since: text(),
        last_used: text(),
        ends: text(),
        at_latest: Some(text()),
        sooner: vec![SoonerChoice { days: 7, end: text() }],
        records: vec![text()],
        may: vec![text()],
        remembered_until: Some(text()),
    };
    let page = ManagePage {
        next: Some("/manage?from=500".into()),
        frame: FRAME,
        user_name: HOSTILE,
        action: "/t/manage",
        csrf: "token",
        person: &person(),
        apps: &[app],
        taken: Some(HOSTILE),
        sooner: Some((HOSTILE, HOSTILE)),
        sessions: Some(&[
            SessionLine { is_here: true, since: text(), until: text() },
            SessionLine { is_here: false, since: text(), until: text() },
        ]),
        signed_out: true,
    };
    page.render().unwrap()
}

fn choose_account(frame: Frame) -> String {
    let page =
        ChooseAccountPage { frame, client_name: HOSTILE, user_name: HOSTILE, action: "/t/sign-in", csrf: "token" };
    page.render().unwrap()
}

fn confirm_vouched(frame: Frame) -> String {
    let (client_name, user_name, ehr, action) = (HOSTILE, HOSTILE, HOSTILE, "/t/sign-in");
    ConfirmVouchedPage { frame, client_name, user_name, ehr, action, csrf: "token" }.render().unwrap()
}

fn sign_out(frame: Frame, client_name: Option<&str>) -> String {
    let fields = [("state", HOSTILE.to_owned())];
    let page = SignOutPage {
        frame,
        client_name,
        user_name: HOSTILE,
        action: "/t/logout",
        csrf: "token",
        fields: &fields,
        person: &person(),
    };
    page.render().unwrap()
}

fn signed_out(frame: Frame, done: bool) -> String {
    let elsewhere = SignedOutElsewhere { provider: HOSTILE.into(), link: format!("https://idp.example/?x={HOSTILE}") };
    SignedOutPage { frame, done, elsewhere: done.then_some(&elsewhere) }.render().unwrap()
}

fn every_page() -> Vec<String> {
    let (what_happened, what_to_do) = (HOSTILE, HOSTILE);
    let error = ErrorPage { frame: FRAME, heading: HOSTILE, what_happened, what_to_do, reference: HOSTILE };
    let done = DonePage { frame: FRAME, client_name: HOSTILE };
    vec![
        sign_in(false),
        sign_in(true),
        picker(Outcome::Found, ""),
        picker(Outcome::Cut, HOSTILE),
        picker(Outcome::NoDate(NoDate::TwoReadings), HOSTILE),
        picker(Outcome::Failed, HOSTILE),
        context(false),
        context(true),
        manage(),
        choose_account(FRAME),
        confirm_vouched(FRAME),
        sign_out(FRAME, Some(HOSTILE)),
        sign_out(FRAME, None),
        signed_out(FRAME, true),
        signed_out(FRAME, false),
        manage::ManageSignedOutPage { frame: FRAME, action: "/t/manage" }.render().unwrap(),
        consent(HOSTILE, false),
        consent("https://app.example/\"><script>", true),
        error.render().unwrap(),
        done.render().unwrap(),
    ]
}

#[test]
fn hostile_text_stays_text() {
    for page in every_page() {
        assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
        assert!(!page.contains("\"'>"), "a quote left its attribute: {page}");
    }
}

#[test]
fn every_form_that_posts_carries_the_csrf_token_and_no_search_shows_it() {
    for page in every_page() {
        for form in page.split("<form ").skip(1) {
            let form = form.split("</form>").next().unwrap();
            let has_token = form.contains(r#"<input type="hidden" name="csrf" value="token">"#);
            assert_eq!(has_token, form.starts_with(r#"method="post""#), "{form}");
        }
    }
}

#[test]
fn a_page_has_one_h1_a_language_and_nothing_its_content_security_policy_would_stop() {
    for page in every_page() {
        assert_eq!(page.matches("<h1").count(), 1);
        assert!(page.contains(r#"<html lang="en" dir="ltr">"#));
        assert!(!page.contains("<style") && !page.contains(" style="));
    }
}

#[test]
fn what_the_tenant_says_below_every_page_is_text_and_links() {
    let pages = Appearance {
        help_text: Some(HOSTILE.into()),
        support: Some("tel:+15550100".into()),
        privacy_notice: Some(format!("https://clinic.example/privacy?x={HOSTILE}")),
        ..Appearance::default()
    };
    let page = choose_account(Frame { pages: Some(&pages), ..FRAME });
    assert!(page.contains(r#"<a href="tel:+15550100">Get help</a>"#), "{page}");
    assert!(page.contains("Privacy notice") && page.contains("rel=\"noopener noreferrer\""));
    assert!(!page.contains("<script") && !page.contains("\"'>"), "{page}");
    assert!(!choose_account(FRAME).contains("Get help"));
}

#[test]
fn only_a_web_address_becomes_the_apps_link() {
    assert!(consent("https://app.example/", false).contains(r#"<a href="https://app.example/""#));
    assert!(!consent("javascript:alert(1)", false).contains("javascript:"));
}

#[test]
fn what_the_app_needs_is_sent_without_a_box_to_untick() {
    let page = consent("", true);
    assert!(!page.contains("checkbox"));
    assert_eq!(page.matches(r#"<input type="hidden" name="scope""#).count(), 2);
}

#[test]
fn a_gap_in_a_patients_facts_is_shown() {
    assert!(picker(Outcome::Found, "").contains("not recorded"));
}
