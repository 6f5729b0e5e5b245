//! Serves a function's routes to the Lambda runtime, with the gateway's events mended where they would not be the request
//! that the client sent.

use axum::Router;
use lambda_http::{Adapter, LambdaEvent, http::header::HOST, request::LambdaRequest, service_fn, tower::ServiceExt};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

pub use lambda_http::Error;

pub async fn run(routes: Router) -> Result<(), Error> {
    let service = Adapter::from(routes)
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
            event.headers.remove(HOST);
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
    fn a_query_keeps_its_escapes_and_loses_what_no_uri_may_hold() {
        assert_eq!(as_uri_allows("a=%20+&b=\"<é>#"), "a=%20+&b=%22%3C%C3%A9%3E%23");
    }
}
