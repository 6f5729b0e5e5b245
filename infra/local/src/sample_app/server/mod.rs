//! The confidential apps: they run on this server, prove who they are, and need no script in the browser.

mod apps;
mod backend;
mod conversation;
mod hosted;
mod key;
mod launch;
mod page;
mod record;
mod session;
mod sign_out;

pub use conversation::{AUTHORIZATION_SERVER, Answer, Conversation, Exchange, FHIR_SERVER};
pub use hosted::{HostedApp, host};
pub use launch::decoded;
pub use record::{facts, name};
pub use session::pretty;

use crate::site::Site;
use apps::Apps;
use axum::{
    Router,
    routing::{get, post},
};
use std::sync::Arc;

pub fn routes(site: Arc<Site>) -> Router {
    Router::new()
        .route("/app/{tenant}/server/{client_id}/launch", get(launch::launch))
        .route("/app/{tenant}/server/{client_id}/callback", get(launch::callback))
        .route("/app/{tenant}/server/{client_id}/record", get(record::show))
        .route("/app/{tenant}/server/{client_id}/signed-out", get(sign_out::signed_out))
        .route("/app/{tenant}/server/{client_id}/{action}", post(record::act))
        .route("/app/{tenant}/server/{client_id}/backend", get(backend::explain).post(backend::run))
        .with_state(Arc::new(Apps::new(site)))
}
