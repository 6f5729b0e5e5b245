//! The confidential apps: they run on this server, prove who they are, and need no script in the browser.

mod backend;
mod conversation;
mod hosted;
mod key;
mod launch;
mod page;
mod record;
mod session;
mod sign_out;

pub use hosted::{HostedApp, host};

use crate::{LocalTenant, site::Site};
use axum::{
    Router,
    routing::{get, post},
};
use session::Sessions;
use std::{ops::Deref, sync::Arc};

/// What every handler has in hand.
pub struct Apps {
    site: Arc<Site>,
    sessions: Sessions,
}

impl Deref for Apps {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

impl Apps {
    /// An app that this server plays in this tenant.
    fn find(&self, tenant: &str, client_id: &str) -> Option<(&LocalTenant, &HostedApp)> {
        let tenant = self.site.tenant(tenant)?;
        Some((tenant, tenant.apps.iter().find(|app| app.client_id == client_id)?))
    }
}

pub fn routes(site: Arc<Site>) -> Router {
    let apps = Arc::new(Apps { site, sessions: Sessions::default() });
    Router::new()
        .route("/app/{tenant}/server/{client_id}/launch", get(launch::launch))
        .route("/app/{tenant}/server/{client_id}/callback", get(launch::callback))
        .route("/app/{tenant}/server/{client_id}/record", get(record::show))
        .route("/app/{tenant}/server/{client_id}/signed-out", get(sign_out::signed_out))
        .route("/app/{tenant}/server/{client_id}/{action}", post(record::act))
        .route("/app/{tenant}/server/{client_id}/backend", get(backend::explain).post(backend::run))
        .with_state(apps)
}
