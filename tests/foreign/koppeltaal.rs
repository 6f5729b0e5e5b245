//! A domain of Koppeltaal below an issuer of its form: jose signs the portal's launches, openid-client is the module, and people sign in
//! at oidc-provider (HTI-1, HTI-7, HTI-10, HTI-13, HTI-17, HTI-25, HTI-26).

use kit::{
    Live,
    live::{installed, script},
    real_provider::RealProvider,
};
use std::{process::Command, sync::OnceLock};

#[test]
fn a_module_learns_who_was_launched_and_what_for() {
    in_domain("launches");
}

#[test]
fn a_launch_that_is_not_the_persons_or_not_fresh_is_refused() {
    in_domain("refuses");
}

#[test]
fn a_module_introspects_the_launch_that_is_for_it() {
    in_domain("introspects");
}

#[test]
fn a_modules_own_token_reads_at_the_fhir_server() {
    in_domain("reads");
}

fn in_domain(what: &str) {
    static WORLD: OnceLock<(Live, RealProvider)> = OnceLock::new();
    installed("browser/node_modules/openid-client");
    let tenant = include_str!("koppeltaal.toml");
    let (world, _) = WORLD.get_or_init(|| RealProvider::with_tenant(tenant, axum::Router::new()));
    world.runs(Command::new("node").arg(script("foreign/koppeltaal.js")).arg(what));
}
