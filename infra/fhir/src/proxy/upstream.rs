//! The server behind: what is sent to it, and what of its answers comes in. Its address never comes out.

use std::pin::Pin;

use serde_json::Value;
use url::form_urlencoded::Serializer;

use crate::answer::Answer;
use crate::definitions::ResourceType;
use crate::problem::Problem;
use crate::write::local_references;

/// The way to the server behind, so that this crate needs no HTTP client.
pub type Transport = Box<dyn Fn(Outgoing) -> Pin<Box<dyn Future<Output = Option<Incoming>> + Send>> + Send + Sync>;

/// Holds nothing of the caller's headers, and never the token.
#[derive(Clone, Debug, Default)]
pub struct Outgoing {
    pub method: &'static str,
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

pub struct Incoming {
    pub status: u16,
    pub body: Vec<u8>,
}

pub struct Upstream {
    pub base: String,
    pub url: String,
    pub transport: Transport,
}

pub struct Matches {
    pub resources: Vec<Value>,
    pub total: Option<usize>,
    /// False, when there are more pages than were read.
    pub complete: bool,
}

const LONGEST_PAGE: usize = 200;
const MOST_PAGES: usize = 50;

impl Upstream {
    /// What the server behind answers, if it did what it was asked to.
    pub async fn send(&self, mut outgoing: Outgoing) -> Result<Answer, Problem> {
        outgoing.body = self.inward_body(&outgoing.body);
        outgoing.headers.push(("accept", "application/fhir+json".to_owned()));
        let Incoming { status, body } = (self.transport)(outgoing).await.ok_or_else(unusable)?;
        let body = self.outward(&serde_json::from_slice(&body).unwrap_or_default());
        let said = body["issue"][0]["diagnostics"].as_str().unwrap_or("no reason was given");
        let text = format!("The FHIR server behind this one answered {status}: {said:.300}");
        match status {
            200..300 => Ok(Answer::of_resource(status, body)),
            400 | 404..=422 => Err(Problem::new(status, "processing", text)),
            // That it wants credentials, or failed, is not the caller's doing.
            _ => Err(Problem::new(502, "transient", text)),
        }
    }

    pub async fn get(&self, url: String) -> Result<Value, Problem> {
        let answer = self.send(Outgoing { method: "GET", url, ..Outgoing::default() }).await?;
        answer.resource.filter(Value::is_object).ok_or_else(unusable)
    }

    /// A resource as it is now. One that was deleted is not there, and nothing may take its place: whose it was is not known.
    pub async fn current(&self, of: &ResourceType, id: &str) -> Result<Option<Value>, Problem> {
        match self.get(format!("{}/{}/{id}", self.url, of.name)).await {
            Ok(resource) if resource["resourceType"] == of.name && resource["id"] == id => Ok(Some(resource)),
            Ok(_) => Err(unusable()),
            Err(problem) if problem.status == 404 => Ok(None),
            Err(problem) if problem.status == 410 => Err(Problem::not_found(of.name, id)),
            Err(problem) => Err(problem),
        }
    }

    /// The matches of a search, page after page, until there are `most`.
    pub async fn search(&self, of: &ResourceType, pairs: &[(String, String)], most: usize) -> Result<Matches, Problem> {
        let count = most.clamp(1, LONGEST_PAGE).to_string();
        let pairs = pairs.iter().map(|(name, value)| (name, self.inward(value)));
        let query = Serializer::new(String::new()).extend_pairs(pairs).append_pair("_count", &count).finish();
        let mut next = Some(format!("{}/{}?{query}", self.url, of.name));
        let mut found = Matches { resources: vec![], total: None, complete: false };
        for _ in 0..MOST_PAGES {
            let Some(url) = next.take_if(|_| found.resources.len() < most) else { break };
            let mut page = self.get(url).await?;
            let link = page["link"].as_array().into_iter().flatten().find(|link| link["relation"] == "next");
            next = link.and_then(|link| link["url"].as_str()).map(|url| self.inward(url));
            // The answering server must not send this one elsewhere.
            let is_behind = |url: &String| url.strip_prefix(&self.url).is_some_and(|rest| rest.starts_with(['/', '?']));
            if !next.as_ref().is_none_or(is_behind) {
                return Err(unusable());
            }
            found.total = page["total"].as_u64().and_then(|total| usize::try_from(total).ok());
            let entries = page["entry"].as_array_mut().into_iter().flatten().map(|entry| entry["resource"].take());
            found.resources.extend(entries.filter(|resource| resource["resourceType"] == of.name));
        }
        Ok(Matches { complete: next.is_none(), ..found })
    }

    /// Addresses behind become ours, and references to what is here relative: they are judged as such.
    pub fn outward(&self, value: &Value) -> Value {
        let mut value = serde_json::from_str(&value.to_string().replace(&self.url, &self.base)).unwrap_or_default();
        local_references(&mut value, &self.base);
        value
    }

    /// References to what is there become relative: a server need not know each address that leads to it, and would keep such a one as another's.
    fn inward_body(&self, text: &str) -> String {
        let text = self.inward(text);
        let Ok(mut value) = serde_json::from_str::<Value>(&text) else { return text };
        local_references(&mut value, &self.url);
        value.to_string()
    }

    fn inward(&self, text: &str) -> String {
        text.replace(&self.base, &self.url)
    }
}

fn unusable() -> Problem {
    Problem::new(502, "transient", "The FHIR server behind this one gives no answer that can be used.")
}
