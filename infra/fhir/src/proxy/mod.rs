//! A real FHIR server behind the same judgement: what a caller asks is judged before it is forwarded, and what the server answers
//! is judged again before it is shown. The server itself needs to know nothing of tokens. What cannot be judged is refused.

mod search;
mod upstream;

pub use upstream::{Incoming, Outgoing, Transport};

use rules::scope::FhirInteraction::{self, Create, Delete, Patch, Read, Update};
use serde_json::Value;

use crate::answer::Answer;
use crate::caller::Caller;
use crate::capability::{OAuthUris, statement_before};
use crate::definitions::{self, ResourceType, known};
use crate::elements::visit_references;
use crate::guard::{Guard, decisive_user};
use crate::negotiate;
use crate::parsed_request::ParsedRequest;
use crate::patch::{apply, operations};
use crate::problem::Problem;
use crate::read::{outside, shown};
use crate::request::{Request, Response};
use crate::search::bundle::full_url;
use crate::search::context::Search;
use crate::write::{body, if_match, no_conditions, prepare};
use upstream::Upstream;

pub struct Proxy {
    oauth: OAuthUris,
    upstream: Upstream,
}

impl Proxy {
    /// `base` is the address that clients know, `url` that of the server behind, and `transport` the way to it.
    pub fn new(base: &str, url: &str, oauth: OAuthUris, transport: Transport) -> Proxy {
        let without_slash = |url: &str| url.trim_end_matches('/').to_owned();
        Proxy { oauth, upstream: Upstream { base: without_slash(base), url: without_slash(url), transport } }
    }

    pub fn base(&self) -> &str {
        &self.upstream.base
    }

    /// Answers a request of this caller. Never fails: what is wrong is an OperationOutcome in the response.
    pub async fn handle(&self, caller: &Caller, request: &Request<'_>) -> Response {
        self.answer(caller, request).await.unwrap_or_else(Answer::from).into_response_to(request)
    }

    /// `GET /metadata`, which needs no token and no caller.
    pub async fn metadata(&self, request: &Request<'_>) -> Response {
        self.statement(request).await.unwrap_or_else(Answer::from).into_response_to(request)
    }

    /// The first resources of a type, for the operator of the server: no caller, no judgement.
    pub async fn resources(&self, resource_type: &str, most: usize) -> Vec<Value> {
        let Some(of) = definitions::resource_type(resource_type) else { return vec![] };
        self.upstream.search(of, &[], most).await.map(|found| found.resources).unwrap_or_default()
    }

    async fn answer(&self, caller: &Caller, request: &Request<'_>) -> Result<Answer, Problem> {
        let asked = &ParsedRequest::of(request)?;
        let segments = asked.segments();
        if segments.first() != Some(&"Binary") {
            negotiate::takes_json(request, asked.format())?;
        }
        let parameters = &asked.search_parameters()?;
        let need = asked.need(parameters);
        let need = need.ok_or_else(|| Problem::new(404, "not-found", "There is nothing at this address."))?;
        let guard = &Guard::new(caller, self.own_resource(caller).await?.as_ref());
        guard.meets(&need)?;
        let front = Front { upstream: &self.upstream, guard, asked };
        match (need.interactions.as_slice(), segments.as_slice()) {
            _ if !need.included.is_empty() => Err(refused("Includes, chains and their like")),
            ([], ["metadata"]) => self.statement(request).await,
            ([Read], [of, id]) => front.read(known(of)?, id).await,
            ([FhirInteraction::Search], [of] | [of, "_search"]) => {
                let wanted = Search { of: known(of)?, parameters, in_compartment_of: None, strict: asked.strict() };
                search::search(&self.upstream, guard, &wanted).await
            }
            ([Create], [of]) => front.write(Create, known(of)?, None).await,
            ([change @ (Update | Patch | Delete)], [of, id]) => front.write(*change, known(of)?, Some(id)).await,
            _ => Err(refused("This interaction")),
        }
    }

    /// What decides how far `user/` reaches, if that is a resource.
    async fn own_resource(&self, caller: &Caller) -> Result<Option<Value>, Problem> {
        let Some((resource_type, id)) = decisive_user(caller) else { return Ok(None) };
        match self.upstream.current(known(resource_type)?, id).await {
            Err(problem) if problem.status == 404 => Ok(None),
            found => found,
        }
    }

    async fn statement(&self, request: &Request<'_>) -> Result<Answer, Problem> {
        negotiate::takes_json(request, ParsedRequest::of(request)?.format())?;
        let behind = self.upstream.get(format!("{}/metadata", self.upstream.url)).await?;
        Ok(Answer::ok(statement_before(behind, self.base(), &self.oauth)))
    }
}

/// What every interaction with one resource needs: whom to ask, who asks, and what.
struct Front<'a> {
    upstream: &'a Upstream,
    guard: &'a Guard<'a>,
    asked: &'a ParsedRequest<'a>,
}

impl Front<'_> {
    async fn read(&self, of: &ResourceType, id: &str) -> Result<Answer, Problem> {
        let resource = self.upstream.current(of, id).await?.ok_or_else(|| Problem::not_found(of.name, id))?;
        if !self.guard.permission(&[Read], of.name).sees(&resource) {
            return Err(outside(of));
        }
        shown(Answer::of_resource(200, resource), self.asked)
    }

    /// Judges what is there now, fetched for that, and what will be there; and sends the write on the condition that nothing has
    /// changed since.
    async fn write(
        &self,
        interaction: FhirInteraction,
        of: &ResourceType,
        id: Option<&str>,
    ) -> Result<Answer, Problem> {
        let Front { upstream, guard, asked } = self;
        let permission = guard.permits(interaction, of.name)?;
        no_conditions(asked, "if-none-match")?;
        let old = match id {
            Some(id) => upstream.current(of, id).await?,
            None => None,
        };
        if old.as_ref().is_some_and(|old| !permission.changes(old)) {
            return Err(outside(of));
        }
        let version = old.as_ref().and_then(|old| old["meta"]["versionId"].as_str());
        if_match(asked, version)?;
        // What is sent is what was judged, read and written again: a member that comes twice could mean two things.
        let (method, sent) = match (interaction, &old) {
            (Create, _) => ("POST", body(asked)?),
            (Update, _) => ("PUT", body(asked)?),
            (_, None) => return Err(Problem::not_found(of.name, id.unwrap_or_default())),
            (Patch, _) => ("PATCH", operations(asked)?),
            _ => ("DELETE", Value::Null),
        };
        let then = if let (Some(old), Patch) = (&old, interaction) { apply(old, sent.clone())? } else { sent.clone() };
        if method != "DELETE" && !permission.changes(&self.as_judged(of, id, &then)?) {
            return Err(outside(of));
        }
        let content_type = if method == "PATCH" { "application/json-patch+json" } else { "application/fhir+json" };
        let mut headers = vec![("content-type", content_type.to_owned())];
        headers.extend(version.map(|version| ("if-match", format!("W/\"{version}\""))));
        let url = [upstream.url.as_str(), of.name].into_iter().chain(id).collect::<Vec<_>>().join("/");
        let body = if method == "DELETE" { String::new() } else { sent.to_string() };
        let answer = upstream.send(Outgoing { method, url, headers, body }).await?;
        // The result of a patch holds what the caller did not send, so it is shown to those only who may read it.
        let may_read = guard.permission(&[Read], of.name);
        let may_see = |content: &Value| may_read.sees(content) || (method != "PATCH" && permission.changes(content));
        let content = answer.resource.filter(|content| content["resourceType"] == of.name);
        let location = content.as_ref().map(|content| full_url(&upstream.base, content));
        let resource = content.filter(|content| may_see(content) && !negotiate::wants_no_content(asked.request));
        // A 200 says that something comes along, and what the server behind says of a deletion does not.
        let status = if method == "DELETE" && answer.status == 200 { 204 } else { answer.status };
        Ok(Answer { status, resource, location, ..answer })
    }

    /// What will be there. A conditional reference, `Patient?identifier=1`, becomes a reference only on the server behind.
    fn as_judged(&self, of: &ResourceType, id: Option<&str>, content: &Value) -> Result<Value, Problem> {
        let (mut then, mut is_conditional) = (self.upstream.outward(content), false);
        visit_references(&mut then, &mut |reference| is_conditional |= reference.contains('?'));
        if is_conditional {
            return Err(refused("A conditional reference"));
        }
        if then["resourceType"] != of.name || id.is_some_and(|id| then["id"] != id) {
            return Err(Problem::invalid("The type and the id of the resource have to be those in the address."));
        }
        prepare(&mut then, id.unwrap_or("admit-not-there-yet"), &self.upstream.base, self.asked.request.now);
        Ok(then)
    }
}

fn refused(what: &str) -> Problem {
    Problem::new(501, "not-supported", format!("{what} cannot be judged here, and so is not forwarded."))
}
