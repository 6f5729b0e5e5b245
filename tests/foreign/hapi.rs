//! HAPI FHIR as a tenant's FHIR server, with the sample of infra/hapi before it: what it shows for which token, and our own pages
//! over its searches.

use kit::{
    Live,
    hapi::Hapi,
    live::{installed, script},
};
use std::{process::Command, sync::OnceLock};

#[test]
fn tells_apps_where_to_sign_in() {
    goes("discovery");
}

#[test]
fn refuses_whoever_has_no_good_token() {
    goes("strangers");
}

#[test]
fn keeps_a_patients_app_to_their_record() {
    goes("compartment");
}

#[test]
fn knows_the_words_of_smart_1() {
    goes("version-1");
}

#[test]
fn knows_each_letter_of_smart_2() {
    goes("letters");
}

#[test]
fn shows_what_meets_the_search_parameters_of_a_scope() {
    goes("parameters");
}

#[test]
fn shows_a_clinician_every_record_and_a_patient_their_own() {
    goes("users");
}

#[test]
fn lets_services_do_what_their_scopes_say() {
    goes("services");
}

#[test]
fn exports_everything_to_a_service_that_may_read_everything_and_nothing_to_others() {
    goes("export");
}

#[test]
fn asks_about_reference_tokens() {
    goes("references");
}

#[test]
fn lists_its_patients_to_a_clinician_who_picks_one() {
    goes("picker");
}

#[test]
fn pages_through_more_patients_than_fit_on_one_page() {
    goes("pages");
}

#[test]
fn lists_the_visits_of_the_patient() {
    goes("encounter");
}

#[test]
fn has_the_records_that_a_person_is_linked_to() {
    goes("person");
}

fn goes(way: &str) {
    world().runs(&mut hapi(way));
}

fn hapi(way: &str) -> Command {
    installed("browser/node_modules/openid-client");
    let mut command = Command::new("node");
    command.arg(script("foreign/hapi.js")).arg(way).env("OTHER", crate::world().as_json());
    command
}

/// The server that judges, with the sample records, which it got by its own API.
fn world() -> &'static Live {
    static LOADED: OnceLock<()> = OnceLock::new();
    let (world, _) = started();
    LOADED.get_or_init(|| world.runs(&mut hapi("load")));
    world
}

/// It starts once, and so does the one beside it that judges nothing.
pub fn started() -> &'static (Live, Hapi) {
    static STARTED: OnceLock<(Live, Hapi)> = OnceLock::new();
    STARTED.get_or_init(|| Hapi::with_tenant(include_str!("hapi.toml"), axum::Router::new()))
}
