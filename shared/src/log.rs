//! The log: one line a request, written at the edge, without secrets, forms, queries or patients.

use crate::{client::Client, oauth::answer::Refused, secret::random_text, tenant::Tenant};
use axum::{
    Router,
    extract::{MatchedPath, Request},
    middleware::{self, Next},
    response::Response,
};
use tracing::{Level, Metadata};
use tracing_subscriber::{filter::filter_fn, layer::SubscriberExt, util::SubscriberInitExt};

/// JSON lines on standard output, filtered by `ADMIT_LOG` (`info` when absent).
pub fn start() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("ADMIT_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().json().with_env_filter(filter).with_current_span(false).finish();
    let _ = lines.with(filter_fn(|event| !holds_requests(event))).try_init();
}

/// What libraries say of single steps has whole requests and items in it, secrets and patients included: the SDK's at
/// `trace`, the Lambda runtime's below `info`. No filter may let it out.
fn holds_requests(event: &Metadata<'_>) -> bool {
    let of_runtime = ["lambda_runtime", "lambda_http"].iter().any(|name| event.target().starts_with(name));
    *event.level() > if of_runtime { Level::INFO } else { Level::DEBUG }
}

/// Every function's routes go through here.
pub fn requests(routes: Router) -> Router {
    routes.layer(middleware::from_fn(one_line))
}

/// Writes down why less was granted than asked; the id is what the app gets to see.
pub fn log_explanation(tenant: &Tenant, client: &Client, lines: &[String]) -> Option<String> {
    if lines.is_empty() {
        return None;
    }
    let id = random_text::<6>();
    let (tenant, client_id, lines) = (tenant.id.as_str(), &client.client_id, lines.join("; "));
    tracing::info!(tenant, client_id, explanation = id, lines, "granted less than was asked");
    Some(id)
}

async fn one_line(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    // The template of the path: the real one can hold an interaction's id, a query a patient's name.
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
    let tenant = request.uri().path().split('/').find(|part| !part.is_empty() && !part.starts_with('.'));
    let tenant = tenant.and_then(crate::tenant::TenantId::parse);
    let tenant = tenant.as_ref().map(|tenant| tenant.as_str()).unwrap_or_default().to_owned();
    let answer = next.run(request).await;
    let status = answer.status().as_u16();
    match answer.extensions().get::<Refused>() {
        Some(Refused { id, code, description, detail }) => {
            tracing::warn!(%method, route, tenant, status, refusal = id, code, description, detail, "refused");
        }
        None => tracing::info!(%method, route, tenant, status, "answered"),
    }
    answer
}
