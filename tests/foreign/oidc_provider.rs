//! `oidc-provider`, a certified OpenID provider: where a tenant's people sign in, with the browser's way through it.

use kit::{
    Live,
    live::{installed, script},
    real_provider::RealProvider,
};
use std::{process::Command, sync::OnceLock};

#[test]
fn signs_people_in_whichever_way_the_server_proves_itself() {
    at_provider("proofs");
}

#[test]
fn signs_in_staff_who_are_found_by_their_number() {
    at_provider("identifier");
}

#[test]
fn knows_people_whom_nobody_knows_here() {
    at_provider("unknown");
}

#[test]
fn lets_people_say_no() {
    at_provider("refused");
}

#[test]
fn hears_what_the_app_wishes() {
    at_provider("wishes");
}

#[test]
fn is_one_of_several_ways_in() {
    at_provider("choice");
}

fn at_provider(what: &str) {
    static WORLD: OnceLock<(Live, RealProvider)> = OnceLock::new();
    installed("browser/node_modules/openid-client");
    let tenant = include_str!("identity_providers.toml");
    let (world, _) = WORLD.get_or_init(|| RealProvider::with_tenant(tenant, axum::Router::new()));
    world.runs(Command::new("node").arg(script("foreign/identity_providers.js")).arg(what));
}
