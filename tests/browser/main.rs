//! The pages in a real Chromium, and the launches with the SMART client that most apps use. Each test is a way that a
//! person goes; the files of the same names in `ways/` have the steps.

#![expect(clippy::expect_used, reason = "a test that fails should say where")]

mod keycloak;

use axum::{
    Router,
    http::{HeaderMap, Uri, header},
    response::Redirect,
    routing::get,
};
use kit::{
    Live,
    live::{installed, script},
    real_provider::RealProvider,
};
use std::{process::Command, sync::OnceLock};

#[test]
fn an_ehr_opens_an_app_with_its_patient() {
    goes("ehr-launch");
}

#[test]
fn a_clinician_opens_an_app_and_picks_a_patient() {
    goes("standalone-launch");
}

#[test]
fn a_patient_opens_an_app_and_is_asked_only_for_consent() {
    goes("own-record");
}

/// CIMD-18.
#[test]
fn a_person_sees_where_an_app_lives_that_nobody_registered() {
    goes("unregistered");
}

#[test]
fn the_app_is_told_when_the_person_says_no() {
    goes("denied");
}

#[test]
fn the_app_goes_without_what_was_unticked() {
    goes("unticked");
}

#[test]
fn everything_can_be_done_by_keyboard() {
    goes("keyboard");
}

#[test]
fn everything_can_be_done_without_scripts() {
    goes("no-script");
}

#[test]
fn the_answer_to_a_long_consent_is_in_sight() {
    goes("long-consent");
}

#[test]
fn every_page_fits_a_phone() {
    goes("phone");
}

#[test]
fn every_page_holds_up_at_200_per_cent() {
    goes("zoom");
}

#[test]
fn every_page_fits_a_phone_in_every_language() {
    goes("languages");
}

#[test]
fn the_pages_open_in_the_frame_of_the_tenants_ehr_and_in_no_other() {
    goes("in-a-frame");
}

#[test]
fn every_page_is_readable_in_the_dark() {
    goes("dark");
}

#[test]
fn a_patient_signs_in_with_an_account_elsewhere() {
    elsewhere().runs(&mut browser("elsewhere"));
}

#[test]
fn a_provider_that_answers_wrongly_signs_nobody_in() {
    wrongly().runs(&mut browser("elsewhere-wrong"));
}

/// As hospitals do it: three sites over https, with cookies that only go into that frame.
#[test]
fn over_https_the_ehr_may_be_another_site() {
    framed().runs(&mut browser("in-a-frame-of-another-site"));
}

#[test]
fn a_second_factor_is_set_up_at_sign_in_and_asked_for_from_then_on() {
    secure().runs(&mut browser("second-factor"));
}

#[test]
fn the_second_step_can_be_done_by_keyboard_and_without_scripts() {
    secure().runs(&mut browser("second-factor-keyboard"));
}

#[test]
fn a_passkey_is_made_and_signs_in_without_a_password() {
    secure().runs(&mut browser("passkey"));
}

#[test]
fn going_back_does_no_harm() {
    goes("back");
}

#[test]
fn every_address_of_an_app_is_arrived_at() {
    goes("app-addresses");
}

#[test]
fn every_address_of_an_app_is_arrived_at_from_a_second_factor() {
    secure().runs(&mut browser("app-addresses-second-factor"));
}

#[test]
fn on_a_slow_line_two_taps_and_a_lost_answer_lead_to_the_app() {
    goes("slow-line");
}

#[test]
fn every_kind_of_launch_leads_from_the_launcher_to_the_record() {
    goes_at_the_desk("launches");
}

#[test]
fn each_simulated_problem_is_seen_by_the_app() {
    goes_at_the_desk("problems");
}

#[test]
fn the_app_goes_on_in_a_frame_of_the_ehr() {
    goes_at_the_desk("frame");
}

#[test]
fn the_sample_app_shows_that_the_person_said_no() {
    goes_at_the_desk("no");
}

#[test]
fn the_sample_app_refreshes_asks_and_finds_its_access_gone_when_it_was_revoked() {
    goes_at_the_desk("buttons");
}

#[test]
fn the_sample_apps_say_what_failed_draw_as_answers_come_and_read_anew_after_a_refresh() {
    goes_at_the_desk("truth");
}

#[test]
fn the_launcher_follows_the_choice_copies_searches_and_skips() {
    goes_at_the_desk("launcher");
}

#[test]
fn an_agent_finds_its_way_and_the_thief_of_its_token_reads_nothing() {
    goes_at_the_desk("agent");
}

#[test]
fn the_sample_app_sends_its_request_ahead_and_binds_its_token_where_that_is_ticked() {
    goes_at_the_desk("bound");
}

/// Writes the pictures of the local server's pages into `docs/screenshots`.
#[test]
#[ignore = "writes pictures: cargo test -p tests --test browser -- --ignored screenshots"]
fn desk_screenshots() {
    goes_at_the_desk("desk-screenshots");
}

/// Writes the picture of the choice of a provider.
#[test]
#[ignore = "writes pictures: cargo test -p tests --test browser -- --ignored screenshots"]
fn elsewhere_screenshots() {
    elsewhere().runs(&mut browser("elsewhere-screenshots"));
}

/// Writes the pictures of second factors and of a person's own page.
#[test]
#[ignore = "writes pictures: cargo test -p tests --test browser -- --ignored screenshots"]
fn second_factor_screenshots() {
    secure().runs(&mut browser("second-factor-screenshots"));
}

/// Writes the pictures of the README into `docs/screenshots`.
#[test]
#[ignore = "writes pictures: cargo test -p tests --test browser -- --ignored screenshots"]
fn screenshots() {
    goes("screenshots");
}

fn goes(way: &str) {
    world().runs(&mut browser(way));
}

/// With the launcher and the sample tenants, as `cargo run -p local` starts them.
fn goes_at_the_desk(way: &str) {
    desk().runs(&mut browser(way));
}

fn browser(way: &str) -> Command {
    installed("browser/node_modules/playwright-core");
    let chromium = std::env::var("CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
    let starts = Command::new(&chromium).arg("--version").output().is_ok();
    assert!(starts, "no browser at {chromium}; `tests/run` installs one, CHROMIUM names another");
    let mut command = Command::new("node");
    command.arg(script("browser/go.js")).arg(way).env("CHROMIUM", chromium);
    command
}

fn desk() -> &'static Live {
    static DESK: OnceLock<Live> = OnceLock::new();
    DESK.get_or_init(Live::start_samples)
}

fn world() -> &'static Live {
    static WORLD: OnceLock<Live> = OnceLock::new();
    WORLD.get_or_init(|| Live::start(include_str!("tenant.toml"), pages()))
}

/// A tenant that wants a second factor, at a name that browsers keep passkeys for.
fn secure() -> &'static Live {
    static WORLD: OnceLock<Live> = OnceLock::new();
    WORLD.get_or_init(|| Live::start_at_a_name(include_str!("secure.toml"), pages()))
}

/// A tenant over https, whose EHR shows its pages in a frame.
fn framed() -> &'static Live {
    static WORLD: OnceLock<Live> = OnceLock::new();
    WORLD.get_or_init(|| Live::start_behind_tls(include_str!("framed.toml"), pages()))
}

/// A tenant whose people sign in at oidc-provider.
fn elsewhere() -> &'static Live {
    static WORLD: OnceLock<(Live, RealProvider)> = OnceLock::new();
    let (world, _) = WORLD.get_or_init(|| RealProvider::with_tenant(include_str!("elsewhere.toml"), pages()));
    world
}

/// The same tenant with providers that answer what they must not.
fn wrongly() -> &'static Live {
    static WORLD: OnceLock<(Live, RealProvider)> = OnceLock::new();
    let tenant = concat!(include_str!("elsewhere.toml"), include_str!("wrong-providers.toml"));
    let (world, _) = WORLD.get_or_init(|| RealProvider::with_tenant(tenant, pages()));
    world
}

/// The app, as any static host would serve it.
fn pages() -> Router {
    let html = |text: &'static str| get(move || async move { ([(header::CONTENT_TYPE, "text/html")], text) });
    let fhirclient = std::fs::read_to_string(installed("browser/node_modules/fhirclient/build/fhir-client.js"));
    let fhirclient = fhirclient.expect("fhirclient is text");
    let javascript = move || async move { ([(header::CONTENT_TYPE, "text/javascript")], fhirclient) };
    Router::new()
        .route("/launch.html", html(include_str!("app/launch.html")))
        .route("/ehr.html", html(include_str!("app/ehr.html")))
        .route("/index.html", html(include_str!("app/index.html")))
        .route("/popup.html", html(include_str!("app/popup.html")))
        .route("/onward", get(onward))
        .route("/landed", html("<!DOCTYPE html><title>Landed</title><link rel=icon href=data:,><p>Landed</p>"))
        .route("/fhir-client.js", get(javascript))
}

/// A callback that sends its user on to another of the app's own origins, as apps with several front ends do.
async fn onward(uri: Uri, headers: HeaderMap) -> Redirect {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let port = host.rsplit(':').next().unwrap_or_default();
    Redirect::to(&format!("http://localhost:{port}/landed?{}", uri.query().unwrap_or_default()))
}
