//! What every handler of the confidential apps has in hand.

use super::{hosted::HostedApp, session::Sessions};
use crate::{site::Site, tenant::LocalTenant};
use std::{ops::Deref, sync::Arc};

pub struct Apps {
    site: Arc<Site>,
    pub sessions: Sessions,
}

impl Deref for Apps {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

impl Apps {
    pub fn new(site: Arc<Site>) -> Apps {
        Apps { site, sessions: Sessions::default() }
    }

    /// An app that this server plays in this tenant.
    pub fn find(&self, tenant: &str, client_id: &str) -> Option<(&LocalTenant, &HostedApp)> {
        let tenant = self.site.tenant(tenant)?;
        Some((tenant, tenant.apps.iter().find(|app| app.client_id == client_id)?))
    }
}
