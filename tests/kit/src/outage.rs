//! A table that can't be asked: from some moment on, every call to DynamoDB ends in the same error, or
//! nowhere.

use aws_sdk_dynamodb::config::{
    ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextMut,
};
use aws_sdk_dynamodb::error::BoxError;
use axum::{Router, http::StatusCode};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

#[derive(Clone, Debug, Default)]
pub struct Outage(Arc<Mutex<Option<String>>>);

impl Outage {
    /// `error` by DynamoDB's name for it, as `ProvisionedThroughputExceededException`.
    pub async fn begins(&self, status: u16, error: &'static str) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let status = StatusCode::from_u16(status).expect("a status");
        let body =
            format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{error}","message":"a secret of the table"}}"#);
        let router = Router::new().fallback(move || async move { (status, body) });
        tokio::spawn(async move { axum::serve(listener, router).await });
        *self.0.lock().expect("nobody panicked") = Some(url);
    }

    /// Nobody listens where the table was.
    pub fn cuts_the_line(&self) {
        *self.0.lock().expect("nobody panicked") = Some("http://127.0.0.1:9/".to_owned());
    }

    pub fn ends(&self) {
        *self.0.lock().expect("nobody panicked") = None;
    }
}

impl Intercept for Outage {
    fn name(&self) -> &'static str {
        "outage"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(url) = self.0.lock().expect("nobody panicked").as_deref() {
            context.request_mut().set_uri(url)?;
        }
        Ok(())
    }
}
