//! Simulated problems: what servers do to apps on a bad day, for one launch at a time. A layer round the functions, which know
//! nothing of it, and only for tenants that say `simulate = true`.

mod authorize;
mod banner;
mod cookie;
mod introspect;
mod memory;
pub mod message;
mod problem;
mod resource;
mod rotate;
mod scope;
mod stage;
mod token;

pub use memory::Memory;
pub use problem::{Problem, When};
pub use stage::HEADER;

use crate::tenant::LocalTenant;
use axum::{
    Router,
    extract::{Request, State},
    http::Method,
    middleware::{self, Next},
    response::Response,
};
use rules::time::Timestamp;
use server::Server;
use stage::{Simulator, Stage};
use std::{collections::HashMap, sync::Arc};

/// Puts the layer round these routes, or nothing where no tenant wants it.
pub fn around(routes: Router, server: &Arc<Server>, tenants: &[Arc<LocalTenant>]) -> Router {
    let memory_of = |tenant: &Arc<LocalTenant>| Some((tenant.file.id().to_owned(), tenant.simulated.clone()?));
    let memories: HashMap<_, _> = tenants.iter().filter_map(memory_of).collect();
    match memories.is_empty() {
        true => routes,
        false => {
            let simulator = Arc::new(Simulator { server: server.clone(), memories });
            routes.layer(middleware::from_fn_with_state(simulator, simulate))
        }
    }
}

/// What somebody chose in the launcher holds for the next authorization request of this browser, or the next token request
/// of this backend service. Choosing nothing takes back what was chosen before and never used.
pub fn arm(
    tenant: &LocalTenant,
    problem: Option<Problem>,
    backend: Option<&str>,
    now: Timestamp,
    response: &mut Response,
) {
    let Some(memory) = &tenant.simulated else { return };
    match backend {
        Some(client_id) => memory.arm(client_id, problem, now),
        None => cookie::put(response, tenant.file.id(), problem),
    }
}

async fn simulate(State(simulator): State<Arc<Simulator>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut segments = path.trim_start_matches('/').splitn(3, '/');
    let (tenant, endpoint, rest) = (segments.next().unwrap_or_default(), segments.next(), segments.next());
    let is_post = request.method() == Method::POST;
    match (Stage::find(&simulator, tenant).await, endpoint, rest) {
        (Some(stage), Some("authorize"), None) => authorize::begin(&stage, request, next).await,
        (Some(stage), Some("authorize"), Some(id)) => authorize::proceed(&stage, id, request, next).await,
        (Some(stage), Some("token"), None) if is_post => token::answer(&stage, request, next).await,
        (Some(stage), Some("introspect"), None) if is_post => introspect::answer(&stage, request, next).await,
        // A FHIR base can lie anywhere; its bearer token tells whose it is.
        _ => resource::answer(&simulator, request, next).await,
    }
}
