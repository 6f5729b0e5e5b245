//! The server: its resources, its address, and the one way in.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::answer::Answer;
use crate::caller::Caller;
use crate::capability::{self, OAuthUris};
use crate::data::{self, DataError};
use crate::guard::{Guard, decisive_user};
use crate::parsed_request::ParsedRequest;
use crate::problem::Problem;
use crate::request::{Request, Response};
use crate::store::Store;
use crate::workspace::Workspace;
use crate::{batch, definitions, negotiate, routes};

pub struct Server {
    base: String,
    oauth: OAuthUris,
    store: Mutex<Store>,
}

impl Server {
    /// With the sample data. `base` is the FHIR base URL as clients write it; every link is built from it.
    pub fn sample(base: &str, oauth: OAuthUris) -> Result<Server, DataError> {
        Server::with_data(base, oauth, data::FILES.iter().map(|(name, text)| (*name, *text)))
    }

    /// With data of one's own: names of files and their texts, each a JSON array of resources or a Bundle.
    pub fn with_data<'a>(
        base: &str,
        oauth: OAuthUris,
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Server, DataError> {
        let base = base.trim_end_matches('/').to_owned();
        let store = Mutex::new(data::load(files, &base)?);
        Ok(Server { base, oauth, store })
    }

    pub fn base(&self) -> &str {
        &self.base
    }

    /// Answers a request of this caller. Never fails: what is wrong is an OperationOutcome in the response.
    pub fn handle(&self, caller: &Caller, request: &Request) -> Response {
        self.answer(caller, request).unwrap_or_else(Answer::from).into_response_to(request)
    }

    /// `GET /metadata`, which needs no token and no caller.
    pub fn metadata(&self, request: &Request) -> Response {
        let answer = ParsedRequest::of(request).and_then(|asked| {
            negotiate::takes_json(request, asked.format())?;
            Ok(Answer::ok(self.capability_statement()))
        });
        answer.unwrap_or_else(Answer::from).into_response_to(request)
    }

    pub fn capability_statement(&self) -> Value {
        capability::statement(&self.base, &self.oauth)
    }

    /// A resource as it is now, for the operator of the server: no caller, no judgement.
    pub fn resource(&self, resource_type: &str, id: &str) -> Option<Value> {
        self.store().current(resource_type, id).map(|resource| (*resource).clone())
    }

    /// All resources of a type as they are now, for the operator of the server: no caller, no judgement.
    pub fn resources(&self, resource_type: &str) -> Vec<Value> {
        let known = definitions::resource_type(resource_type).map(|known| known.name);
        self.store().all(known.unwrap_or_default()).map(|resource| (**resource).clone()).collect()
    }

    fn answer(&self, caller: &Caller, request: &Request) -> Result<Answer, Problem> {
        let asked = ParsedRequest::of(request)?;
        if asked.segments() == ["metadata"] {
            negotiate::takes_json(request, asked.format())?;
            return Ok(Answer::ok(self.capability_statement()));
        }
        let mut store = self.store();
        let own = decisive_user(caller).and_then(|(resource_type, id)| store.current(resource_type, id));
        let guard = &Guard::new(caller, own.as_deref());
        let workspace = &mut Workspace { store: &mut store, base: &self.base, guard };
        match (request.method, asked.segments().as_slice()) {
            ("POST", []) => batch::answer(workspace, &asked),
            _ => routes::answer(workspace, &asked),
        }
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
