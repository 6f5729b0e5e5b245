//! He adds fields to forms that nobody asked for, hoping that one of them ends up in what is granted: `patient=` at the
//! token endpoint, `username=` on the consent page. Every step reads the fields of its own and no others.

use super::*;
use kit::{
    Person,
    app::{VERIFIER, authorize_url},
    server::PASSWORD,
};
use serde_json::json;

const EXTRA: [(&str, &str); 14] = [
    ("sub", "hannah"),
    ("patient", "wei-chen"),
    ("user", "hannah"),
    ("user_id", "1"),
    ("fhirUser", "Practitioner/hannah-patel"),
    ("tenant", "other"),
    ("iss", "https://evil.example"),
    ("aud", "https://evil.example"),
    ("expires_in", "999999999"),
    ("exp", "9999999999"),
    ("active", "true"),
    ("verified", "true"),
    ("claims", "{\"sub\":\"hannah\"}"),
    ("access_token", "x"),
];

#[tokio::test]
async fn the_token_endpoint_takes_nothing_that_was_not_approved() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let mut form = exchange_form(&app, &code, VERIFIER);
    form.extend(EXTRA);
    form.push(("scope", "patient/*.cruds system/*.rs"));
    let tokens = kit::app::tokens(app.posts("token", &form).await);
    assert_eq!(tokens.0["patient"], "amy-shaw");
    assert_eq!(tokens.scope(), SCOPE);
    assert_eq!(tokens.0["expires_in"], 3600);
    assert_eq!(tokens.claims("access_token")["patient"], "amy-shaw");
    assert_eq!(tokens.claims("access_token")["aud"], server.fhir.url);
    let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", tokens.refresh_token())];
    form.extend(EXTRA);
    let refreshed = kit::app::tokens(app.posts("token", &form).await);
    assert_eq!(refreshed.0["patient"], "amy-shaw");
    assert_eq!(refreshed.claims("id_token")["sub"], tokens.claims("id_token")["sub"]);
}

#[tokio::test]
async fn a_backend_service_names_no_patient_and_no_user() {
    let server = TestServer::start().await;
    let mut form = vec![("grant_type", "client_credentials"), ("scope", "system/*.rs")];
    form.extend(EXTRA);
    let answer = App::backend(&server).posts("token", &form).await.json();
    assert!(answer.get("patient").is_none(), "{answer}");
    let claims = kit::app::claims(answer["access_token"].as_str().expect("a token"));
    assert_eq!((&claims["sub"], &claims["aud"]), (&json!("backend"), &json!(server.fhir.url)));
    assert!(claims.get("patient").is_none() && claims.get("fhirUser").is_none(), "{claims}");
}

/// The authorization request can't say who the user is, nor what they approved.
#[tokio::test]
async fn the_request_can_not_answer_for_the_user() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut request = app.request(SCOPE);
    request.extend(EXTRA.iter().filter(|(name, _)| *name != "aud").map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
    request.extend(
        [("username", "hannah"), ("password", PASSWORD), ("decision", "allow"), ("csrf", "x"), ("consent", "given")]
            .map(|(n, v)| (n.to_owned(), v.to_owned())),
    );
    let mut person = Person::named(&server, "amy");
    let page = person.opens(&authorize_url(&request)).await.page();
    assert!(page.asks("password"));
    let answer = person.goes_through(&authorize_url(&request), None).await;
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.0["patient"], "amy-shaw");
}

/// One page, one fact: what belongs to a later page is not taken early.
#[tokio::test]
async fn the_sign_in_form_can_not_approve() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut person = Person::named(&server, "amy");
    let page = person.opens(&app.standalone(SCOPE)).await.page();
    let mut fields =
        vec![("username", "amy"), ("password", PASSWORD), ("decision", "allow"), ("scope", "patient/*.rs")];
    fields.extend(EXTRA);
    let page = person.submits(&page, &fields).await.page();
    assert!(page.asks("decision"), "{}", page.answer.body);
}

/// Nor can the consent form change who signed in, or whose record it is.
#[tokio::test]
async fn the_consent_form_changes_neither_user_nor_patient() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut person = Person::named(&server, "rosa");
    let page = person.goes_to(&app.standalone(SCOPE), "decision", Some("mia-rivera")).await;
    let mut fields = vec![("decision", "allow"), ("username", "hannah"), ("password", PASSWORD)];
    fields.extend(EXTRA);
    let answer = person.submits(&page, &fields).await.app();
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.0["patient"], "mia-rivera");
    assert_eq!(tokens.claims("id_token")["fhirUser"], format!("{}/RelatedPerson/rosa-rivera", server.fhir.url));
}

/// The scopes on the page are those offered; a box that was not on it can't be ticked.
#[tokio::test]
async fn a_scope_that_was_not_offered_can_not_be_ticked() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut person = Person::named(&server, "amy");
    let url = app.standalone("launch/patient patient/Observation.rs");
    let page = person.goes_to(&url, "decision", None).await;
    let fields = [
        ("scope", "patient/*.cruds"),
        ("scope", "offline_access"),
        ("scope", "system/*.rs"),
        ("scope", "openid"),
        ("decision", "allow"),
    ];
    let answer = person.submits(&page, &fields).await.app();
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.scope(), "launch/patient patient/Observation.rs");
    assert!(tokens.0.get("refresh_token").is_none());
}

/// A person who acts for others opens their records, and nobody else's.
#[tokio::test]
async fn a_patient_who_was_not_on_the_list_can_not_be_picked() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut person = Person::named(&server, "rosa");
    for patient in
        ["amy-shaw", "Patient/mia-rivera", "mia-rivera/../amy-shaw", "../Patient/amy-shaw", "", "*", "MIA-RIVERA"]
    {
        let page = person.goes_to(&app.standalone(SCOPE), "patient", None).await;
        let page = person.submits(&page, &[("patient", patient)]).await.page();
        assert!(page.asks("patient") && !page.asks("decision"), "{patient}");
    }
}

/// An EHR's context can't overwrite the answer itself (LCTX-6).
#[tokio::test]
async fn a_launch_context_can_not_overwrite_the_protocol() {
    let server = TestServer::start().await;
    let ehr = kit::Ehr::of(&server);
    for name in [
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "id_token",
        "scope",
        "error",
        "iss",
        "sub",
        "client",
    ] {
        let answer = ehr.sends(&json!({ "patient": "amy-shaw", name: "evil" })).await;
        assert_refused(&answer, 400, "invalid_request");
    }
}
