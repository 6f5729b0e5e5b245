//! One request at a tenant that allows simulation, and what is needed to spoil it.

use super::{Memory, Problem, banner};
use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use rules::{oauth::error::OAuthError, tenant::TenantRecord, time::Timestamp};
use server::{
    Server,
    http::{cors::allow_origin, responses::oauth_error},
};
use std::{collections::HashMap, sync::Arc, time::Duration};

/// The memories are those of the tenants that allow simulation, by the tenant's id.
pub struct Simulator {
    pub server: Arc<Server>,
    pub memories: HashMap<String, Arc<Memory>>,
}

pub struct Stage {
    pub server: Arc<Server>,
    pub tenant: Arc<TenantRecord>,
    pub memory: Arc<Memory>,
    pub now: Timestamp,
}

/// How long `slow_answers` waits.
const SLOW: Duration = Duration::from_secs(5);
/// Says in the app's network log that this answer is a simulated one.
pub const HEADER: &str = "admit-simulated";

impl Stage {
    pub async fn find(simulator: &Simulator, tenant: &str) -> Option<Stage> {
        let memory = simulator.memories.get(tenant)?.clone();
        let now = simulator.server.now();
        // Where the table can't be read, the function itself says so.
        let tenant = simulator.server.tenant(tenant, now).await.ok().flatten()?;
        Some(Stage { server: simulator.server.clone(), tenant, memory, now })
    }

    /// A refusal as the endpoint itself would send it.
    pub fn refuse(&self, error: OAuthError, request: &HeaderMap) -> Response {
        let mut response = oauth_error(error);
        allow_origin(&mut response, request, &self.tenant);
        response
    }
}

/// The last step of each answer to the app.
pub async fn finish(problem: Problem, response: Response) -> Response {
    if problem == Problem::SlowAnswers {
        tokio::time::sleep(SLOW).await;
    }
    mark(problem, response).await
}

/// Says in the header, on the page if it is one, and in the error that a redirect brings, that this is simulated: nobody is to look
/// for a fault.
pub async fn mark(problem: Problem, response: Response) -> Response {
    let mut response = banner::on_page(problem, banner::in_redirect(response)).await;
    let headers = response.headers_mut();
    headers.insert(HEADER, HeaderValue::from_static(problem.as_str()));
    if headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) {
        // For pages of other origins (Fetch §3.2.4).
        headers.append(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(HEADER));
    }
    response
}
