//! The pages of the confidential apps, as their templates draw them.

use super::{
    conversation::Exchange,
    hosted::{Credential, HostedApp},
    session::{ActionResult, Member, Read},
};
use crate::{
    site::{Frame, html, plain},
    tenant::LocalTenant,
};
use askama::Template;
use axum::{http::StatusCode, response::Response};

/// Before the sign-in.
#[derive(Template)]
#[template(path = "server-ask.html")]
pub struct AskPage<'a> {
    pub frame: Frame,
    pub app: &'a HostedApp,
    pub tenant_name: &'a str,
    pub proof: &'static str,
    pub parameters: Vec<Parameter>,
    pub location: String,
    /// In a frame of the EHR's page, where sign-in pages can't be shown.
    pub is_framed: bool,
    pub exchanges: Vec<Exchange>,
}

pub struct Parameter {
    pub name: &'static str,
    pub value: String,
    pub why: &'static str,
}

impl Parameter {
    pub fn new(name: &'static str, value: &str, why: &'static str) -> Parameter {
        Parameter { name, value: value.to_owned(), why }
    }
}

/// After it.
#[derive(Template)]
#[template(path = "server-record.html")]
pub struct RecordPage<'a> {
    pub frame: Frame,
    pub app: &'a HostedApp,
    pub tenant_name: &'a str,
    pub patient_name: String,
    pub patient_facts: String,
    pub answer: &'a [Member],
    pub token: String,
    pub expires_in: i64,
    pub has_refresh_token: bool,
    pub assertion: String,
    pub proof: &'static str,
    pub identity: Option<Identity>,
    pub scopes: Vec<ScopeRow>,
    pub context: Vec<Member>,
    pub reads: &'a [Read],
    pub results: &'a [ActionResult],
    pub exchanges: &'a [Exchange],
}

/// An id_token, judged.
pub struct Identity {
    pub who: String,
    pub checks: Vec<Check>,
    pub claims: String,
}

pub struct Check {
    pub text: &'static str,
    pub passed: bool,
}

pub struct ScopeRow {
    pub scope: String,
    pub outcome: &'static str,
    pub left: String,
}

/// A program without a user, before and after its run.
#[derive(Template)]
#[template(path = "server-backend.html")]
pub struct BackendPage<'a> {
    pub frame: Frame,
    pub app: &'a HostedApp,
    pub tenant_name: &'a str,
    pub key: String,
    pub run: Option<BackendRun>,
    pub problem: Option<String>,
    pub exchanges: Vec<Exchange>,
}

pub struct BackendRun {
    pub assertion: String,
    pub token: String,
    pub claims: String,
    pub expires_in: i64,
    pub reads: Vec<Read>,
}

#[derive(Template)]
#[template(path = "server-problem.html")]
struct ProblemPage<'a> {
    frame: Frame,
    app: &'a HostedApp,
    tenant_name: &'a str,
    title: &'a str,
    why: &'a str,
    exchanges: Vec<Exchange>,
}

#[derive(Template)]
#[template(path = "server-signed-out.html")]
struct SignedOutPage<'a> {
    frame: Frame,
    app: &'a HostedApp,
    tenant_name: &'a str,
}

impl RecordPage<'_> {
    fn count(&self, outcome: &str) -> usize {
        self.scopes.iter().filter(|row| row.outcome == outcome).count()
    }
}

pub fn count_good(reads: &[Read]) -> usize {
    reads.iter().filter(|read| read.status < 300).count()
}

pub fn problem(tenant: &LocalTenant, app: &HostedApp, title: &str, why: &str, exchanges: Vec<Exchange>) -> Response {
    let tenant_name = &tenant.items.tenant.name;
    html(StatusCode::BAD_REQUEST, &ProblemPage { frame: Frame::at(""), app, tenant_name, title, why, exchanges })
}

pub fn signed_out(tenant: &LocalTenant, app: &HostedApp) -> Response {
    html(StatusCode::OK, &SignedOutPage { frame: Frame::at(""), app, tenant_name: &tenant.items.tenant.name })
}

pub fn no_such_app() -> Response {
    plain(StatusCode::NOT_FOUND, "The local server plays no such app in this tenant.")
}

pub fn proof(app: &HostedApp) -> &'static str {
    match &app.credential {
        Credential::Secret(_) => "a secret in the Authorization header (client_secret_basic)",
        Credential::Key(key) => match key.alg.as_str() {
            "ES384" => "a statement signed with its private key (private_key_jwt, ES384)",
            "RS384" => "a statement signed with its private key (private_key_jwt, RS384)",
            _ => "a statement signed with its private key (private_key_jwt)",
        },
    }
}
