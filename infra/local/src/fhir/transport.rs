//! HTTP to an external FHIR server. The log says what went wrong, without the query of the address: ids are in it.

use crate::failure::Failure;
use reqwest::{Client, redirect::Policy};
use sample_fhir::{Incoming, Outgoing, Transport};
use std::time::Duration;

const LONGEST_WAIT: Duration = Duration::from_secs(30);
const LARGEST_ANSWER: usize = 20 * 1024 * 1024;

pub fn transport() -> Result<Transport, Failure> {
    // A redirect would be followed without being judged.
    let http = Client::builder().no_proxy().redirect(Policy::none()).timeout(LONGEST_WAIT).build()?;
    Ok(Box::new(move |outgoing| Box::pin(send(http.clone(), outgoing))))
}

async fn send(http: Client, outgoing: Outgoing) -> Option<Incoming> {
    match try_send(http, outgoing).await {
        Ok(incoming) => Some(incoming),
        Err(error) => {
            tracing::warn!(%error, "the external FHIR server does not answer");
            None
        }
    }
}

async fn try_send(http: Client, outgoing: Outgoing) -> Result<Incoming, Failure> {
    let mut request = http.request(outgoing.method.parse()?, outgoing.url).body(outgoing.body);
    for (name, value) in outgoing.headers {
        request = request.header(name, value);
    }
    let mut answer = request.send().await.map_err(reqwest::Error::without_url)?;
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
        body.extend_from_slice(&part);
        if body.len() > LARGEST_ANSWER {
            return Err("an answer of more than 20 MB".into());
        }
    }
    Ok(Incoming { status, body })
}
