//! Other authorization servers, to which the same requests go.

use crate::{process::Process, served::Served};
use kit::{assertion, live};
use rules::tenant::SigningAlg;
use serde_json::json;
use std::process::{Command, Stdio};

/// What `in_turn` has for a peer too: the rest is asked in a way of our own, or needs codes that nobody logged in for.
pub const OPERATIONS: [&str; 7] = [
    "discovery",
    "client_credentials, ES384",
    "client_credentials, Basic",
    "introspection, the second",
    "refresh_token, Basic",
    "login in a session",
    "  all by ES256",
];

/// A certified OpenID provider in JavaScript, its store in memory.
pub fn oidc_provider() -> Served {
    live::installed("browser/node_modules/oidc-provider");
    let mut command = Command::new("node");
    let keys = json!({ "keys": [assertion::jwk(SigningAlg::ES384)] });
    command.arg(live::script("benches/peers/oidc_provider.js")).arg(keys.to_string()).stderr(Stdio::null());
    Served::of_peer(Process::start(&mut command))
}
