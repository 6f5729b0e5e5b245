//! The log: one line a request, written at the edge, without secrets, forms, queries or people; the same line holds the
//! metrics. What names people goes to the audit trail, and there alone.

mod edge;
mod line;
mod trace;

pub use edge::{Told, job, requests};
pub use trace::TRACE_HEADER;

use line::Lines;
use rules::{client::Client, secret::random_text, tenant::Tenant};
use tracing::Metadata;
use tracing_subscriber::{
    filter::{EnvFilter, FilterExt, LevelFilter, filter_fn},
    fmt::{self, format::JsonFields},
    layer::{Layer, SubscriberExt},
    registry,
    util::SubscriberInitExt,
};

/// JSON lines on standard output, filtered by `ADMIT_LOG` (`info` when absent). The line of a request is always there, since
/// the metrics are in it, of the namespace `ADMIT_METRICS` (`Admit` when absent).
pub fn start() {
    let filter = EnvFilter::try_from_env("ADMIT_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    // The hints let a caller skip the check for levels that are off.
    let of_request = filter_fn(|event| event.target() == line::REQUEST).with_max_level_hint(LevelFilter::INFO);
    let safe = filter_fn(|event| !holds_requests(event)).with_max_level_hint(LevelFilter::TRACE);
    let safe = filter.or(of_request).and(safe);
    let lines = Lines::with_metrics_in(std::env::var("ADMIT_METRICS").unwrap_or_else(|_| "Admit".to_owned()));
    let lines = fmt::layer().fmt_fields(JsonFields::new()).event_format(lines).with_filter(safe);
    let _ = registry().with(lines).try_init();
}

/// What libraries say of single steps has whole requests and items in it, secrets and patients included: the SDK's at
/// `trace`, the Lambda runtime's below `info`. No filter may let it out.
fn holds_requests(event: &Metadata<'_>) -> bool {
    let of_runtime = ["lambda_runtime", "lambda_http"].iter().any(|name| event.target().starts_with(name));
    *event.level() > if of_runtime { tracing::Level::INFO } else { tracing::Level::DEBUG }
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
