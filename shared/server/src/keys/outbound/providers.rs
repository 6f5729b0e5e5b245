//! Requests to identity providers. Their issuer is the operator's choice, but the addresses in their documents are theirs, so
//! they are strangers' like those of clients.

use super::{Beyond, FetchFailed, Fetched, Outbound, body, failed, read};
use crate::deadline::in_time;
use reqwest::{
    Method,
    header::{ACCEPT, AUTHORIZATION},
};
use std::time::Duration;

/// Someone waits before a page. Together with the search for a person they stay below the function's timeout.
const DOCUMENT_TIMEOUT: Duration = Duration::from_secs(2);
const TOKEN_TIMEOUT: Duration = Duration::from_secs(4);
const MOST_BYTES: usize = 64 * 1024;

/// An answer of which even the refusal says something.
pub struct Answered {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Outbound {
    /// A discovery document.
    pub async fn provider_document(&self, url: &str, beyond: Beyond<'_>) -> Result<Fetched, FetchFailed> {
        let request = self.to_stranger(Method::GET, url, beyond)?.timeout(DOCUMENT_TIMEOUT);
        read(request.header(ACCEPT, "application/json"), MOST_BYTES).await
    }

    pub async fn provider_userinfo(&self, url: &str, beyond: Beyond<'_>, bearer: &str) -> Result<Fetched, FetchFailed> {
        let request = self.to_stranger(Method::GET, url, beyond)?.timeout(DOCUMENT_TIMEOUT);
        let request = request.header(ACCEPT, "application/json").header(AUTHORIZATION, format!("Bearer {bearer}"));
        read(request, MOST_BYTES).await
    }

    /// Redeems a code. `basic` is the whole `Authorization` header, if there is one.
    pub async fn provider_token(
        &self,
        url: &str,
        beyond: Beyond<'_>,
        form: &[(&str, &str)],
        basic: Option<&str>,
    ) -> Result<Answered, FetchFailed> {
        let request = self.to_stranger(Method::POST, url, beyond)?.timeout(TOKEN_TIMEOUT);
        let mut request = request.header(ACCEPT, "application/json").form(form);
        if let Some(basic) = basic {
            request = request.header(AUTHORIZATION, basic);
        }
        in_time(async {
            let answer = request.send().await.map_err(failed)?;
            Ok(Answered { status: answer.status().as_u16(), body: body(answer, MOST_BYTES).await? })
        })
        .await?
    }
}
