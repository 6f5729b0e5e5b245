//! SMART and OAuth clients that nobody here wrote, against the local server with only a tenant file to configure it.
//! Each file beside this one is a client; its functions are what the client goes through. A person without a browser
//! fills in the pages' forms for it. README.md has a table of what each can do.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that fails should say where")]

mod go;
mod hapi;
mod hapi_behind;
mod java;
mod javascript;
mod koppeltaal;
mod oidc_provider;
mod python;
mod resource_servers;
mod ruby;

use kit::Live;
use std::sync::OnceLock;

fn world() -> &'static Live {
    static WORLD: OnceLock<Live> = OnceLock::new();
    WORLD.get_or_init(|| Live::start(include_str!("tenant.toml"), axum::Router::new()))
}
