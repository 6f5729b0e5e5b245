//! Servers that are asked over HTTP, by the same actors: the local server, and whatever listens somewhere.

use crate::{TestServer, fhir::Fhir};
use axum::{Router, body::Body, extract::Request, http::Response};
use local::{Local, options::Options};
use std::time::Duration;

impl TestServer {
    /// The local server as it is without any option, in memory: the sample tenants, the launcher, the sample apps.
    pub async fn local() -> TestServer {
        TestServer::local_with(Options { port: 0, in_memory: true, ..Options::default() }).await
    }

    pub async fn local_with(options: Options) -> TestServer {
        TestServer::of_local(local::prepare(&options).await.unwrap_or_else(|error| panic!("{error}")))
    }

    /// Serves what is prepared. The FHIR server is that of the tenant `riverside`.
    pub fn of_local(local: Local) -> TestServer {
        let (base, inside, server) = (local.base.clone(), local.inside.clone(), local.server.clone());
        tokio::spawn(local::serve(local));
        let fhir = Fhir::elsewhere(format!("{base}/riverside/fhir"));
        let mut served = TestServer::before(server, passing_on(inside), fhir);
        served.base = base;
        served
    }
}

/// To the server at this address.
pub fn passing_on(base: String) -> Router {
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let http = http.timeout(Duration::from_secs(120)).build().expect("an HTTP client");
    Router::new().fallback(move |request: Request| {
        let (http, base) = (http.clone(), base.clone());
        async move { pass_on(&http, &base, request).await }
    })
}

async fn pass_on(http: &reqwest::Client, base: &str, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("the body is whole");
    let request = http.request(parts.method, format!("{base}{path}")).headers(parts.headers).body(body);
    let answer = request.send().await.expect("the server answers");
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.bytes().await.expect("the answer is whole"))).expect("a response")
}
