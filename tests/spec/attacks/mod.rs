//! One file per wish of the attacker: what he tries, and what stops him. README.md maps RFC 9700 to the tests.

mod assign_more_than_asked;
mod burn_a_jti;
mod confuse_tokens;
mod downgrade_pkce;
mod find_out_who_exists;
mod forge_a_signature;
mod fork_a_refresh_family;
mod frame_a_page;
mod guess_passwords;
mod guess_secrets;
mod inject_headers;
mod inject_scopes;
mod lock_out;
mod mix_up_clients;
mod mix_up_tenants;
mod overwhelm_a_parser;
mod poison_a_key_set;
mod pretend_another_host;
mod redeem_at_the_same_moment;
mod redirect_openly;
mod replay_a_code;
mod replay_a_consent;
mod ride_a_session;
mod smuggle_parameters;
mod steal_a_code;
mod take_over_a_session;
mod use_an_assertion_elsewhere;

use kit::{Answer, App, TestServer, http::basic};

/// What most of these tests ask for, by `amy`, who is a patient and needs no picker.
const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs";

/// The introspection credentials of the FHIR server of `clinic`.
fn fhir_credentials() -> String {
    basic("clinic-fhir", "clinic-fhir-secret-of-more-than-32-characters")
}

/// A refusal in the protocol's own form.
fn assert_refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!((answer.status, answer.error().as_str()), (status, error), "{}", answer.body);
}

/// `error_description` without the reference at its end, which differs each time.
fn sentence(answer: &Answer) -> String {
    let answer = answer.json();
    let text = answer["error_description"].as_str().unwrap_or_default();
    text.split(" (reference").next().unwrap_or_default().to_owned()
}

/// The form of a code exchange as the app would send it, one pair a line, to be spoilt.
fn exchange_form<'a>(app: &App<'a>, code: &'a str, verifier: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", app.redirect_uri),
        ("code_verifier", verifier),
    ]
}

/// An app of another name and redirect URI, public.
fn public_app<'a>(server: &'a TestServer, client_id: &'static str, redirect_uri: &'static str) -> App<'a> {
    App { client_id, redirect_uri, ..App::public(server) }
}
