//! Requests to apps without a registration: the document that describes them. Its address comes from a stranger's request, so
//! nothing is small enough to be spent on it without a bound (draft-ietf-oauth-client-id-metadata-document-02 §8.6, §8.7).

use super::{Beyond, FetchFailed, Outbound, failed, is_compressed, max_age};
use crate::deadline::in_time;
use reqwest::{
    Method, Response,
    header::{ACCEPT, CONTENT_TYPE},
};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(2);
/// The draft recommends 5 kB; a key set of some RSA keys has that alone.
const MOST_BYTES: usize = 10_000;

/// An answer that came. An error is that none did.
pub struct DocumentAnswer {
    pub status: u16,
    pub content_type: String,
    /// Seconds that it may be kept, if its headers say so.
    pub max_age: Option<i64>,
    pub body: DocumentBody,
}

pub enum DocumentBody {
    Whole(Vec<u8>),
    /// Why it was not read.
    Unread(&'static str),
}

impl Outbound {
    /// The document at this address, in one try. Redirects are not followed.
    pub async fn client_document(&self, url: &str, beyond: Beyond<'_>) -> Result<DocumentAnswer, FetchFailed> {
        let request = self.to_stranger(Method::GET, url, beyond)?.timeout(TIMEOUT);
        let request = request.header(ACCEPT, "application/json");
        in_time(async { answer(request.send().await.map_err(failed)?).await }).await?
    }
}

async fn answer(mut answer: Response) -> Result<DocumentAnswer, FetchFailed> {
    let headers = answer.headers();
    let content_type = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
    let (status, max_age, compressed) = (answer.status().as_u16(), max_age(headers), is_compressed(headers));
    let unread = |why| DocumentBody::Unread(why);
    let body = if status != 200 {
        unread("the answer is no 200")
    } else if compressed {
        unread("the answer is compressed (Content-Encoding), and identity was asked for")
    } else {
        let mut body = Vec::new();
        loop {
            match answer.chunk().await.map_err(failed)? {
                None => break DocumentBody::Whole(body),
                Some(chunk) if body.len() + chunk.len() > MOST_BYTES => {
                    break unread("the answer is larger than 10 kB");
                }
                Some(chunk) => body.extend_from_slice(&chunk),
            }
        }
    };
    Ok(DocumentAnswer { status, content_type, max_age, body })
}
