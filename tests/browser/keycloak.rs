//! People who sign in at Keycloak: a realm that is made of `keycloak/realm.json`, as docs/people-of-keycloak.md says.

use crate::{browser, pages};
use kit::{Live, keycloak::Keycloak};
use std::sync::OnceLock;

#[test]
fn a_patient_signs_in_and_opens_their_own_record() {
    goes("keycloak-patient");
}

#[test]
fn a_clinician_signs_in_and_picks_a_patient() {
    goes("keycloak-clinician");
}

#[test]
fn a_clinician_is_found_by_their_number_and_a_stranger_is_not() {
    goes("keycloak-number");
}

#[test]
fn by_a_secret_the_person_is_read_at_the_userinfo_endpoint() {
    goes("keycloak-secret");
}

#[test]
fn an_id_token_that_was_issued_to_another_client_signs_nobody_in() {
    goes("keycloak-audience");
}

#[test]
fn a_person_who_was_disabled_there_is_not_signed_in() {
    goes("keycloak-disabled");
}

#[test]
fn a_changed_password_is_asked_for_there() {
    goes("keycloak-password");
}

#[test]
fn the_realms_keys_may_change_while_people_sign_in() {
    goes("keycloak-keys");
}

#[test]
fn who_must_sign_in_again_does_so_there() {
    goes("keycloak-again");
}

#[test]
fn who_needs_two_factors_is_asked_for_the_second_there() {
    goes("keycloak-step-up");
}

#[test]
fn signing_out_is_done_at_both_ends() {
    goes("keycloak-sign-out");
}

fn goes(way: &str) {
    world().runs(&mut browser(way));
}

fn world() -> &'static Live {
    static WORLD: OnceLock<(Live, Keycloak)> = OnceLock::new();
    let (world, _) = WORLD.get_or_init(|| {
        Keycloak::with_tenant(include_str!("keycloak/tenant.toml"), include_str!("keycloak/realm.json"), pages())
    });
    world
}
