//! A real FHIR server behind the same judgement: what a caller asks is judged before it is forwarded, and what the
//! server answers is judged again before it is shown. The server itself needs to know nothing of tokens.

mod bundle;
mod condition;
mod everything;
mod find;
mod metadata;
mod one;
mod routes;
mod search;
mod upstream;
mod versions;
mod write;

pub use upstream::{Incoming, Outgoing, Send};

use serde_json::Value;

use crate::answer::Answer;
use crate::caller::Caller;
use crate::capability::OAuthUris;
use crate::guard::Guard;
use crate::problem::Problem;
use crate::request::{Request, Response};
use crate::routes::Asked;
use crate::server::LARGEST_BODY;
use crate::store::Store;
use crate::{definitions, negotiate};
use upstream::Upstream;

pub struct Proxy {
    base: String,
    oauth: OAuthUris,
    upstream: Upstream,
}

impl Proxy {
    /// `base` is the address that clients know, `upstream` that of the server behind, and `send` the way to it.
    pub fn new(base: &str, upstream: &str, oauth: OAuthUris, send: Send) -> Proxy {
        let base = base.trim_end_matches('/').to_owned();
        let upstream = Upstream::new(&base, upstream.trim_end_matches('/'), send);
        Proxy { base, oauth, upstream }
    }

    pub fn base(&self) -> &str {
        &self.base
    }

    /// Answers a request of this caller. Never fails: what is wrong is an OperationOutcome in the response.
    pub async fn handle(&self, caller: &Caller, request: &Request<'_>) -> Response {
        self.answer(caller, request).await.unwrap_or_else(Answer::from).into_response_to(request)
    }

    /// `GET /metadata`, which needs no token and no caller.
    pub async fn metadata(&self, request: &Request<'_>) -> Response {
        let asked = Asked::of(request).and_then(|asked| negotiate::takes_json(request, asked.format()));
        let answer = match asked {
            Ok(()) => metadata::statement(&self.upstream, &self.base, &self.oauth).await.map(Answer::ok),
            Err(problem) => Err(problem),
        };
        answer.unwrap_or_else(Answer::from).into_response_to(request)
    }

    /// The first resources of a type, for whoever runs the server: no caller, no judgement.
    pub async fn resources(&self, resource_type: &str, most: usize) -> Vec<Value> {
        let Some(of) = definitions::resource_type(resource_type) else { return vec![] };
        let found = self.upstream.search(of, &[], most).await;
        found.map(|found| found.resources).unwrap_or_default()
    }

    async fn answer(&self, caller: &Caller, request: &Request<'_>) -> Result<Answer, Problem> {
        if request.body.len() > LARGEST_BODY {
            return Err(Problem::new(413, "too-long", format!("The body is larger than {LARGEST_BODY} bytes.")));
        }
        let asked = Asked::of(request)?;
        if asked.segments() == ["metadata"] {
            negotiate::takes_json(request, asked.format())?;
            return metadata::statement(&self.upstream, &self.base, &self.oauth).await.map(Answer::ok);
        }
        let guard = Guard::new(caller, &self.who(caller).await?);
        let front = Front { base: &self.base, guard: &guard, upstream: &self.upstream };
        routes::answer(&front, &asked).await
    }

    /// What the bounds of `user/` depend on: the user's own resource, if it names somebody else's record.
    async fn who(&self, caller: &Caller) -> Result<Store, Problem> {
        let mut store = Store::default();
        let user = caller.fhir_user.as_deref().and_then(|user| user.split_once('/'));
        let Some((resource_type @ ("RelatedPerson" | "Person"), id)) = user else { return Ok(store) };
        let Some(of) = definitions::resource_type(resource_type) else { return Ok(store) };
        if let Some(resource) = one::current(&self.upstream, of, id).await?.now {
            store.hold(resource);
        }
        Ok(store)
    }
}

/// What every interaction needs: who asks, and whom to ask.
#[derive(Clone, Copy)]
struct Front<'a> {
    base: &'a str,
    guard: &'a Guard<'a>,
    upstream: &'a Upstream,
}
