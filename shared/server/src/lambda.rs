//! Serves a function's routes to the Lambda runtime, with the gateway's events mended where they would not be the request
//! that the client sent.

use crate::{
    Stopwatch,
    deadline::{self, TimeLeft},
    http::{address::Address, front::Front, responses::oauth_error},
};
use axum::{Router, extract::Request, middleware::map_request, response::Response};
use lambda_http::{
    Adapter, Context, LambdaEvent,
    http::{Extensions, header::HOST},
    request::{LambdaRequest, RequestContext},
    service_fn,
    tower::ServiceExt,
};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::{env, sync::Arc, time::Duration};

pub use lambda_http::Error;

pub async fn run(routes: Router) -> Result<(), Error> {
    let front = Arc::new(Front::knowing(&env::var("ADMIT_FRONT_SECRETS").unwrap_or_default())?);
    let service = Adapter::from(routes.layer(map_request(move |request| note_invocation(front.clone(), request))))
        .map_request(|event: LambdaEvent<LambdaRequest>| LambdaEvent { payload: mend(event.payload), ..event });
    lambda_http::lambda_runtime::run(service).await
}

/// Runs a job each time an event of a schedule comes; what the event says does not matter.
pub async fn run_on_schedule<J, F, E>(job: J) -> Result<(), Error>
where
    J: Fn() -> F,
    F: Future<Output = Result<(), E>>,
    E: Into<Error>,
{
    let handler = service_fn(|_: LambdaEvent<serde_json::Value>| {
        let run = job();
        async move { run.await.map_err(Into::into) }
    });
    lambda_http::lambda_runtime::run(handler).await
}

/// Answers events that are no requests of HTTP.
pub async fn run_on_events<H, F, A, E>(handler: H) -> Result<(), Error>
where
    H: Fn(serde_json::Value) -> F,
    F: Future<Output = Result<A, E>>,
    A: serde::Serialize,
    E: Into<Error>,
{
    let handler = service_fn(|event: LambdaEvent<serde_json::Value>| {
        let TimeLeft(left) = time_left(&event.context);
        let answer = handler(event.payload);
        async move { deadline::within(left, answer).await.map_err(Into::into) }
    });
    lambda_http::lambda_runtime::run(handler).await
}

async fn note_invocation(front: Arc<Front>, mut request: Request) -> Result<Request, Response> {
    let gateway = address(request.extensions());
    if let Some(address) = front.address(request.headers_mut(), gateway).map_err(oauth_error)? {
        request.extensions_mut().insert(address);
    }
    if let Some(left) = request.extensions().get::<Context>().map(time_left) {
        request.extensions_mut().insert(left);
    }
    Ok(request)
}

/// Until Lambda ends the invocation, whatever it does.
fn time_left(context: &Context) -> TimeLeft {
    TimeLeft(Duration::from_millis(context.deadline.saturating_sub(Stopwatch::start().began_at())))
}

/// Who stands before the gateway, as the gateway saw it. Whatever `X-Forwarded-For` says, a client may have written.
fn address(extensions: &Extensions) -> Option<Address> {
    let ip = match extensions.get::<RequestContext>()? {
        RequestContext::ApiGatewayV2(context) => context.http.source_ip.as_deref(),
        RequestContext::ApiGatewayV1(context) => context.identity.source_ip.as_deref(),
        _ => None,
    };
    ip?.parse().ok().map(Address::of)
}

/// Our paths begin with the tenant, whatever stage or domain a gateway puts before them. The host is taken out because
/// nothing here may ask for it (AWS-3), and because one that is no host name would end the process.
fn mend(event: LambdaRequest) -> LambdaRequest {
    match event {
        LambdaRequest::ApiGatewayV2(mut event) => {
            let stage = event.request_context.stage.take();
            event.raw_path = Some(without_stage(&event.raw_path.unwrap_or_default(), stage.as_deref()));
            event.raw_query_string = event.raw_query_string.as_deref().map(as_uri_allows);
            event.request_context.domain_name = None;
            event.headers.remove(HOST);
            LambdaRequest::ApiGatewayV2(event)
        }
        LambdaRequest::ApiGatewayV1(mut event) => {
            // A REST API names its stage beside the path and not in it.
            event.request_context.stage = None;
            event.path = Some(without_stage(&event.path.unwrap_or_default(), None));
            event.request_context.domain_name = None;
            event.multi_value_headers.remove(HOST);
            event.headers.remove(HOST);
            // It has every header twice, here with its last value alone; that one would take the place of them all.
            for name in event.multi_value_headers.keys() {
                event.headers.remove(name);
            }
            LambdaRequest::ApiGatewayV1(event)
        }
        other => other,
    }
}

/// An HTTP API puts every stage but `$default` before the path.
fn without_stage(path: &str, stage: Option<&str>) -> String {
    let named = stage.filter(|stage| *stage != "$default");
    let rest = named.and_then(|stage| path.strip_prefix('/')?.strip_prefix(stage)).unwrap_or(path);
    match rest.starts_with('/') {
        true => rest.to_owned(),
        false => format!("/{path}").replacen("//", "/", 1),
    }
}

/// A gateway hands on the query as the client wrote it, and a URI with a bare `"` in it would end the process.
fn as_uri_allows(query: &str) -> String {
    const FORBIDDEN: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');
    utf8_percent_encode(query, FORBIDDEN).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_stage_is_taken_off_the_path_and_a_tenant_of_its_name_stays() {
        assert_eq!(without_stage("/prod/clinic/token", Some("prod")), "/clinic/token");
        assert_eq!(without_stage("/prod/prod/token", Some("prod")), "/prod/token");
        assert_eq!(without_stage("/clinic/token", Some("$default")), "/clinic/token");
        assert_eq!(without_stage("/production/token", Some("prod")), "/production/token");
        assert_eq!(without_stage("", None), "/");
        assert_eq!(without_stage("no-slash", None), "/no-slash");
    }

    #[test]
    fn an_invocation_has_the_time_until_lambda_ends_it() {
        let mut context = Context::default();
        let mut left_of = |deadline| {
            context.deadline = deadline;
            time_left(&context).0
        };
        let now = Stopwatch::start().began_at();
        assert!((Duration::from_secs(9)..=Duration::from_secs(10)).contains(&left_of(now + 10_000)));
        assert_eq!(left_of(now - 10_000), Duration::ZERO);
    }

    #[test]
    fn the_address_is_the_one_that_the_gateway_saw() {
        for (event, ip) in [
            (
                json!({ "version": "2.0", "requestContext": { "http": { "method": "POST", "sourceIp": "192.0.2.7" } } }),
                "192.0.2.7",
            ),
            (
                json!({ "requestContext": { "httpMethod": "POST", "identity": { "sourceIp": "2001:db8::1" } } }),
                "2001:db8::",
            ),
        ] {
            let context = match event.get("version") {
                Some(_) => {
                    RequestContext::ApiGatewayV2(serde_json::from_value(event["requestContext"].clone()).unwrap())
                }
                None => RequestContext::ApiGatewayV1(serde_json::from_value(event["requestContext"].clone()).unwrap()),
            };
            let mut extensions = Extensions::new();
            assert_eq!(address(&extensions), None);
            extensions.insert(context);
            assert_eq!(address(&extensions), Some(Address::of(ip.parse().unwrap())));
        }
    }

    #[test]
    fn a_query_keeps_its_escapes_and_loses_what_no_uri_may_hold() {
        assert_eq!(as_uri_allows("a=%20+&b=\"<é>#"), "a=%20+&b=%22%3C%C3%A9%3E%23");
    }
}
