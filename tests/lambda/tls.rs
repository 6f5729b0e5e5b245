//! Whom the functions take for AWS.

use axum::http::Request;
use kit::{
    Deployed,
    deployed::answered,
    gateway_event::{Front, event},
    ministack::Ministack,
    tls::Tls,
};
use serde_json::Value;

/// What a function answers whose table is behind `tls`.
async fn answer(deployed: &Deployed, tls: &Tls, trusted: &[(&str, &str)]) -> Value {
    let table = [("AWS_ENDPOINT_URL_DYNAMODB", tls.url.as_str())];
    let function = deployed.another("discovery", &[&table, trusted].concat()).await;
    let request = Request::get("/clinic/.well-known/jwks.json").body(()).expect("a request");
    answered(function.invoke(&event(Front::HttpApi, &request.into_parts().0, b"")).await)
}

#[tokio::test]
async fn only_whom_the_systems_certificates_vouch_for_is_taken_for_aws() {
    let deployed = Deployed::start().await;
    let tls = Tls::before(Ministack::shared().address).await;
    let stranger = answer(&deployed, &tls, &[]).await;
    assert_eq!(stranger["statusCode"], 503, "{stranger}");
    let certificate = tls.certificate.to_str().expect("a path");
    let trusted = answer(&deployed, &tls, &[("SSL_CERT_FILE", certificate)]).await;
    assert_eq!(trusted["statusCode"], 200, "{trusted}");
}
