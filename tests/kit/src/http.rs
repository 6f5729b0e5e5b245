//! Requests to the routers in this process, and their answers.

use crate::TestServer;
use axum::{
    body::Body,
    http::{HeaderMap, Method, Request},
};
use serde_json::Value;
use tower::ServiceExt;
use url::form_urlencoded::Serializer;

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("headers are text"))
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON ({}): {}", self.status, self.body))
    }

    /// `error` of a JSON refusal.
    pub fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_else(|| panic!("no error in {}", self.body)).to_owned()
    }

    /// Status and `error` of a JSON refusal, as in `400 invalid_grant`.
    pub fn refusal(&self) -> String {
        format!("{} {}", self.status, self.error())
    }

    /// Where a redirect leads.
    pub fn location(&self) -> &str {
        self.header("location").unwrap_or_else(|| panic!("no redirect: {} {}", self.status, self.body))
    }

    /// A parameter of the redirect's query.
    pub fn query(&self, name: &str) -> Option<String> {
        let url = url::Url::parse(self.location()).expect("the location is a URL");
        url.query_pairs().find(|(n, _)| n == name).map(|(_, value)| value.into_owned())
    }
}

impl TestServer {
    pub async fn send(&self, mut request: Request<Body>) -> Answer {
        if let Some(address) = self.address.clone() {
            request.extensions_mut().insert(address);
        }
        let response = self.router.clone().oneshot(request).await.expect("routers don't fail");
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("the body is whole");
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8(bytes.to_vec()).expect("the body is UTF-8"),
        }
    }

    /// To a path, or to a URL of this server.
    pub async fn request(&self, method: Method, url: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let path = url.strip_prefix(&self.base).unwrap_or(url);
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).expect("a good request")).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, &[], Body::empty()).await
    }

    /// What the bearer of a token gets.
    pub async fn get_with(&self, token: &str, url: &str) -> Answer {
        self.request(Method::GET, url, &[("authorization", &format!("Bearer {token}"))], Body::empty()).await
    }

    /// A form as any client would post it.
    pub async fn post(&self, path: &str, form: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        self.request(Method::POST, path, &all, encode(form)).await
    }
}

pub fn encode(form: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(form).finish()
}

/// `Authorization: Basic …`
pub fn basic(user: &str, password: &str) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// Polls all of them in turn, so that they run at the same time.
pub async fn at_once<T>(waiting: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<_> = waiting.into_iter().map(Box::pin).collect();
    let mut answers = Vec::new();
    std::future::poll_fn(move |context| {
        waiting.retain_mut(|future| match future.as_mut().poll(context) {
            std::task::Poll::Ready(answer) => {
                answers.push(answer);
                false
            }
            std::task::Poll::Pending => true,
        });
        match waiting.is_empty() {
            true => std::task::Poll::Ready(std::mem::take(&mut answers)),
            false => std::task::Poll::Pending,
        }
    })
    .await
}
