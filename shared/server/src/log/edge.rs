//! The edge: keeps what was decided, and writes the request's line with what was counted.

use super::{line::REQUEST, trace};
use crate::{
    Server, Stopwatch,
    audit::{AuditRecord, EventKind, Origin, Outcome, Parties},
    deadline::{self, TimeLeft},
    http::{address::Address, answer::Records, https_only, paths, responses::unknown_tenant},
    request_notes::{self, Count, Notes},
};
use axum::{
    Router,
    extract::{MatchedPath, Request},
    http::HeaderValue,
    middleware::{self, Next},
    response::Response,
};
use rules::{oauth::refused::Refused, tenant::TenantId};
use std::{
    future::Future,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, Ordering},
    },
};

/// Every function's routes go through here.
pub fn requests(server: &Arc<Server>, function: &'static str, routes: Router) -> Router {
    let server = server.clone();
    routes.layer(middleware::from_fn(move |request: Request, next: Next| {
        let server = server.clone();
        let time = request.extensions().get::<TimeLeft>().map_or(server.longest_request, |left| left.0);
        async move { deadline::within(time, answered(&server, function, request, next)).await }
    }))
}

async fn answered(server: &Server, function: &'static str, request: Request, next: Next) -> Response {
    let stopwatch = Stopwatch::start();
    let method = request.method().to_string();
    // The template of the path: the real one can hold an interaction's id, a query a patient's name.
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
    let path = request.uri().path().to_owned();
    let tenant = paths::tenant(&route, &path);
    let address = request.extensions().get::<Address>().cloned();
    let trace = trace::id(request.headers());
    let answering = async {
        match paths::is_elsewhere(server, &route, tenant.as_ref()).await {
            true => unknown_tenant(),
            false => next.run(request).await,
        }
    };
    let (mut answer, notes) = request_notes::noted(answering).await;
    let status = answer.status().as_u16();
    let Records(mut records) = answer.extensions_mut().remove().unwrap_or_default();
    let refused = answer.extensions().get::<Refused>();
    if let (Some(refused), Some(kind)) = (refused, refusable(function)) {
        records.extend(refusal(kind, refused, status, answer.extensions().get::<Parties>()));
    }
    if let Some(tenant) = tenant.as_ref().filter(|_| !records.is_empty()).and_then(|id| server.remembered_tenant(id)) {
        let origin = Origin { address: address.as_ref(), trace: trace.as_deref() };
        let lost = server.audit.keep(&tenant, &records, origin, server.now()).await;
        notes.add(Count::AuditEventsLost, lost);
    }
    Line { function, tenant: tenant.as_ref(), notes: &notes, trace: trace.as_deref(), stopwatch }
        .of_request(&method, &route, status, refused);
    https_only::put_on(&mut answer, server, &path);
    if let Some(trace) = trace.and_then(|trace| HeaderValue::from_str(&trace).ok()) {
        answer.headers_mut().insert(trace::TRACE_HEADER, trace);
    }
    answer
}

/// What is refused at endpoints where every refusal is a decision. At `authorize` those who decide say so themselves: most
/// of what is refused there was never asked by anybody who is known.
fn refusable(function: &str) -> Option<EventKind> {
    match function {
        // IHE's transaction has the authorization request in it.
        "token" | "par" => Some(EventKind::TokenIssued),
        "introspect" => Some(EventKind::Introspection),
        "revoke" => Some(EventKind::Revocation),
        "launch-context" => Some(EventKind::LaunchContext),
        _ => None,
    }
}

/// A failed sign-in has been decided already; what follows from it is its answer.
fn refusal(kind: EventKind, refused: &Refused, status: u16, parties: Option<&Parties>) -> Option<AuditRecord> {
    // An outage decides nothing about anybody.
    let is_outage = status >= 500;
    let outcome = if status == 401 || status == 429 { Outcome::SeriousFailure } else { Outcome::MinorFailure };
    let said = format!("{}: {}", refused.code, refused.description());
    let record = AuditRecord::no(kind, outcome, said);
    (!is_outage).then(|| parties.map_or_else(|| record.clone(), |parties| record.clone().among(parties)))
}

/// What the line says of work that no request of HTTP asks for.
#[derive(Default)]
pub struct Told {
    pub tenant: Option<TenantId>,
    pub refused: Option<Refused>,
}

/// Does such work and writes its line.
pub async fn job<T>(function: &'static str, work: impl Future<Output = T>, tell: impl Fn(&T) -> Told) -> T {
    let stopwatch = Stopwatch::start();
    let (outcome, notes) = request_notes::noted(work).await;
    let Told { tenant, refused } = tell(&outcome);
    let line = Line { function, tenant: tenant.as_ref(), notes: &notes, trace: None, stopwatch };
    line.of_request("", "", 0, refused.as_ref());
    outcome
}

struct Line<'a> {
    function: &'static str,
    tenant: Option<&'a TenantId>,
    notes: &'a Notes,
    trace: Option<&'a str>,
    stopwatch: Stopwatch,
}

impl Line<'_> {
    fn of_request(&self, method: &str, route: &str, status: u16, refused: Option<&Refused>) {
        let function = name(self.function);
        let tenant = self.tenant.map(TenantId::as_str).unwrap_or_default();
        let trace = self.trace.unwrap_or_default();
        let counted = |what| u64::from(self.notes.counted(what));
        let aws_calls = counted(Count::AwsCalls);
        let (locked_out, replays) = (counted(Count::SignInsLockedOut), counted(Count::ReplaysRefused));
        let (lost, unreadable) = (counted(Count::AuditEventsLost), counted(Count::ItemsUnreadable));
        let (at, milliseconds, cold) = (self.stopwatch.began_at(), self.stopwatch.milliseconds(), is_cold());
        match refused {
            Some(Refused { id, code, description, detail }) => tracing::warn!(
                target: REQUEST, function, method, route, tenant, status, outcome = "refused", refusal = id, code,
                description, detail, trace, milliseconds, aws_calls, cold, locked_out, replays, lost, unreadable, at, "refused"
            ),
            None => tracing::info!(
                target: REQUEST, function, method, route, tenant, status, outcome = "answered", trace, milliseconds,
                aws_calls, cold, locked_out, replays, lost, unreadable, at, "answered"
            ),
        }
    }
}

/// As it is deployed, with the stack before it, so that two stacks in one account count apart.
fn name(function: &'static str) -> &'static str {
    static DEPLOYED: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("AWS_LAMBDA_FUNCTION_NAME").ok());
    DEPLOYED.as_deref().unwrap_or(function)
}

/// Whether this is the first that this process answers.
fn is_cold() -> bool {
    static COLD: AtomicBool = AtomicBool::new(true);
    COLD.swap(false, Ordering::Relaxed)
}
