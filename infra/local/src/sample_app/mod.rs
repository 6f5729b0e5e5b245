//! The sample app at `/app/{tenant}`: a plain SMART app that shows each step as it happens.

mod browser;
mod introspect;
mod meaning;
mod server;

pub use browser::CLIENT_ID;
pub use server::{
    AUTHORIZATION_SERVER, Answer, Conversation, Exchange, FHIR_SERVER, HostedApp, decoded, facts, host, name, pretty,
};

use crate::site::Site;
use axum::{
    Router,
    routing::{get, post},
};
use rules::client::{Client, ClientAuthentication};
use std::sync::Arc;

pub fn kind(client: &Client) -> &'static str {
    match client.authentication {
        ClientAuthentication::None => "public",
        ClientAuthentication::ClientSecretBasic { .. } | ClientAuthentication::ClientSecretPost { .. } => {
            "with a secret"
        }
        ClientAuthentication::PrivateKeyJwt { .. } => "with a key",
    }
}

pub fn backend_path(tenant: &str, client_id: &str) -> String {
    format!("/app/{tenant}/server/{client_id}/backend")
}

pub fn routes(site: Arc<Site>) -> Router {
    Router::new()
        .route("/app/{tenant}", get(browser::start))
        .route("/app/{tenant}/", get(browser::start))
        .route("/app/{tenant}/launch", get(browser::launch))
        .route("/app/{tenant}/callback", get(browser::callback))
        .route("/app/{tenant}/signed-out", get(browser::signed_out))
        .route("/app/{tenant}/module/{name}", get(browser::module))
        .route("/app/{tenant}/introspect", post(introspect::introspect))
        .with_state(site.clone())
        .merge(server::routes(site))
}
