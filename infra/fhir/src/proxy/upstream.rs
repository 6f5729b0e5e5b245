//! The server behind: what is sent to it, and what of its answers comes in. Its address never comes out.

use std::pin::Pin;

use serde_json::Value;
use url::{Url, form_urlencoded};

use crate::definitions::ResourceType;
use crate::problem::Problem;

/// The way to the server behind, so that this crate needs no HTTP client.
pub type Send = Box<
    dyn Fn(Outgoing) -> Pin<Box<dyn Future<Output = Option<Incoming>> + std::marker::Send>> + Sync + std::marker::Send,
>;

/// Holds nothing of the caller's headers but what is named here, and never the token.
#[derive(Clone, Debug, Default)]
pub struct Outgoing {
    pub method: &'static str,
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

#[derive(Clone, Debug)]
pub struct Incoming {
    pub status: u16,
    pub etag: Option<String>,
    pub location: Option<String>,
    pub body: Vec<u8>,
}

pub struct Upstream {
    base: String,
    url: String,
    send: Send,
}

pub struct Reply {
    pub status: u16,
    pub etag: Option<String>,
    pub location: Option<String>,
    /// With relative references to what is here, and this server's address in place of that behind.
    pub body: Value,
}

/// What a search, or a history, came to.
pub struct Found {
    pub entries: Vec<Value>,
    pub resources: Vec<Value>,
    pub total: Option<usize>,
    /// False, when it was cut off at the wanted length.
    pub complete: bool,
}

const LONGEST_PAGE: usize = 200;
const MOST_PAGES: usize = 50;

impl Upstream {
    pub fn new(base: &str, url: &str, send: Send) -> Upstream {
        Upstream { base: base.to_owned(), url: url.to_owned(), send }
    }

    /// `path` is what follows the base, already encoded.
    pub async fn get(&self, path: &str) -> Result<Reply, Problem> {
        self.ask(Outgoing { method: "GET", url: self.at(path), ..Outgoing::default() }).await.map(|(reply, _)| reply)
    }

    pub async fn send(&self, outgoing: Outgoing) -> Result<Reply, Problem> {
        self.ask(outgoing).await.map(|(reply, _)| reply)
    }

    pub fn at(&self, path: &str) -> String {
        if path.is_empty() { self.url.clone() } else { format!("{}/{path}", self.url) }
    }

    pub async fn search(&self, of: &ResourceType, pairs: &[(String, String)], most: usize) -> Result<Found, Problem> {
        let mut pairs: Vec<(&str, String)> =
            pairs.iter().map(|(name, value)| (name.as_str(), self.relative(value))).collect();
        pairs.push(("_count", most.clamp(1, LONGEST_PAGE).to_string()));
        self.gather(&format!("{}?{}", of.name, query(&pairs)), most).await
    }

    /// The entries of a Bundle and of the pages that follow it, until there are `most`.
    pub async fn gather(&self, path: &str, most: usize) -> Result<Found, Problem> {
        let mut found = Found { entries: vec![], resources: vec![], total: None, complete: false };
        let mut url = self.at(path);
        for _ in 0..MOST_PAGES {
            let (reply, next) = self.ask(Outgoing { method: "GET", url, ..Outgoing::default() }).await?;
            let mut page = reply.good()?;
            found.total = page["total"].as_u64().and_then(|total| usize::try_from(total).ok());
            if let Value::Array(entries) = page["entry"].take() {
                found.resources.extend(entries.iter().map(|entry| entry["resource"].clone()).filter(Value::is_object));
                found.entries.extend(entries);
            }
            match next {
                None => {
                    found.complete = true;
                    return Ok(found);
                }
                Some(_) if found.entries.len() >= most => return Ok(found),
                Some(next) => url = next,
            }
        }
        Ok(found)
    }

    /// The reply, and the address of the next page.
    async fn ask(&self, mut outgoing: Outgoing) -> Result<(Reply, Option<String>), Problem> {
        outgoing.headers.push(("accept", "application/fhir+json".to_owned()));
        let asked = outgoing.url.clone();
        let answer = (self.send)(outgoing).await.ok_or_else(unreachable)?;
        let mut body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let next = self.next_page(&asked, &body)?;
        self.rewrite(&mut body);
        let location = answer.location.map(|location| self.outward(&location));
        Ok((Reply { status: answer.status, etag: answer.etag, location, body }, next))
    }

    /// Only on the same server: whoever answers must not send this one elsewhere.
    fn next_page(&self, asked: &str, body: &Value) -> Result<Option<String>, Problem> {
        let links = body["link"].as_array().into_iter().flatten();
        let next = links.filter(|link| link["relation"] == "next").find_map(|link| link["url"].as_str());
        let Some(next) = next else { return Ok(None) };
        let next = Url::parse(asked).and_then(|asked| asked.join(next)).map_err(|_| unreachable())?;
        let same_server = Url::parse(&self.url).is_ok_and(|own| own.origin() == next.origin());
        if same_server { Ok(Some(next.into())) } else { Err(unreachable()) }
    }

    /// References to what is here become relative, and so are judged as such.
    pub fn rewrite(&self, value: &mut Value) {
        match value {
            Value::Array(values) => values.iter_mut().for_each(|value| self.rewrite(value)),
            Value::Object(fields) => fields.iter_mut().for_each(|(name, value)| match value {
                Value::String(text) if name == "reference" => *text = self.relative(text),
                value => self.rewrite(value),
            }),
            Value::String(text) if text.starts_with(&self.url) => *text = self.outward(text),
            _ => {}
        }
    }

    /// An address here or behind without what comes before the type.
    fn relative(&self, text: &str) -> String {
        let after = |base: &str| text.strip_prefix(base).and_then(|rest| rest.strip_prefix('/'));
        after(&self.url).or_else(|| after(&self.base)).unwrap_or(text).to_owned()
    }

    fn outward(&self, text: &str) -> String {
        match text.strip_prefix(&self.url) {
            Some(rest) if rest.is_empty() || rest.starts_with(['/', '?']) => format!("{}{rest}", self.base),
            _ => text.to_owned(),
        }
    }
}

impl Reply {
    /// Its body, if the server did what it was asked to.
    pub fn good(self) -> Result<Value, Problem> {
        if (200..300).contains(&self.status) { Ok(self.body) } else { Err(self.problem()) }
    }

    /// What the server said is wrong. That it wants credentials, or failed, is not the caller's doing.
    pub fn problem(&self) -> Problem {
        let said = self.body["issue"][0]["diagnostics"].as_str().or(self.body["issue"][0]["details"]["text"].as_str());
        let said: String = said.unwrap_or("no reason was given").chars().take(300).collect();
        let text = format!("The FHIR server behind this one answered {}: {said}", self.status);
        match self.status {
            400 | 404..=422 => Problem::new(self.status, "processing", text),
            _ => Problem::new(502, "transient", text),
        }
    }
}

pub fn query(pairs: &[(&str, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn unreachable() -> Problem {
    Problem::new(502, "transient", "The FHIR server behind this one gives no answer that can be used.")
}
