//! The browser brings the reference to a request that the app has pushed: what it stands for (RFC 9126 §4).

use crate::http::{
    responses::{PageContext, PageError},
    session::BrowserSession,
};
use axum::http::HeaderMap;
use rules::{
    authorize::pushed::{PushedRequest, Reference},
    oauth::params::Params,
    tenant::TenantRecord,
    time::Timestamp,
};
use server::{
    Server,
    store::{Key, Together, schema},
};

/// What an app asks for, and what was read on the way to know it.
pub struct Arrived {
    pub params: Params,
    pub push: Option<PushedRequest>,
    pub known: Together,
}

impl Arrived {
    /// The request itself.
    pub fn directly(params: Params, now: Timestamp) -> Arrived {
        Arrived { params, push: None, known: Together::at(now) }
    }

    /// What was pushed, with all that is to be read of the browser, in one call. Nothing is spent by looking.
    pub async fn by_reference(
        server: &Server,
        tenant: &TenantRecord,
        reference: &Reference,
        headers: &HeaderMap,
        context: &PageContext<'_>,
        now: Timestamp,
    ) -> Result<Arrived, PageError> {
        let key = schema::pushed(&tenant.id, &reference.id);
        let keys: Vec<Key> = [key.clone()].into_iter().chain(BrowserSession::keys(tenant, headers)).collect();
        let known = server.store.find_together(&keys, now).await.map_err(|error| context.outage(&error))?;
        let found = known.get::<PushedRequest>(&key).map_err(|error| context.outage(&error))?;
        let push = found.ok_or_else(|| context.no_such_push("no such pushed request, or it has expired"))?.value;
        if push.client_id != reference.client_id {
            return Err(context.no_such_push("another client has pushed it"));
        }
        if push.is_used() && push.answered().is_none() {
            return Err(context.used_push());
        }
        let params = Params::parse(push.parameters.as_bytes());
        let params = params.map_err(|_| context.bad_request("the pushed parameters can't be read"))?;
        Ok(Arrived { params, push: Some(push), known })
    }
}
