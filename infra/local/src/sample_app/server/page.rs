//! The pages of the confidential apps, as their templates draw them.

use super::{
    conversation::Exchange,
    hosted::{Credential, HostedApp},
    session::{ActionResult, Member, Read, Session},
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

/// After it. The parts that take requests follow one by one, in the order of the marks in the template.
#[derive(Template)]
#[template(path = "server-record.html")]
pub struct RecordPage<'a> {
    pub frame: Frame,
    pub app: &'a HostedApp,
    pub tenant_name: &'a str,
    pub answer: &'a [Member],
    pub token: String,
    pub expires_in: i64,
    pub has_refresh_token: bool,
    pub assertion: String,
    pub proof: &'static str,
    pub scopes: Vec<ScopeRow>,
    pub context: Vec<Member>,
    /// Of the reads, if they were made before.
    pub outcome: String,
    pub results: &'a [ActionResult],
}

/// Where in the page a part comes that is not known yet.
pub const THEN: &str = "<!--then-->";

/// What is known last, and goes into the page where it says `THEN`.
#[derive(Template)]
#[template(path = "server-record-part.html")]
pub enum RecordPart<'a> {
    /// Whose record it is, if the token says so.
    Face(Option<&'a Read>, PatientInWords),
    Identity(Identity),
    Read(&'a Read),
    Outcome(String),
    Timeline(&'a [Exchange]),
}

/// The person whose record it is, in words.
#[derive(Default)]
pub struct PatientInWords {
    pub name: String,
    pub facts: String,
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
    exchanges: &'a [Exchange],
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

/// How many of the reads were good; a failure is no refusal.
pub fn outcome(reads: &[Read]) -> String {
    let count = |wanted: fn(&Read) -> bool| reads.iter().filter(|read| wanted(read)).count();
    let failed = match count(Read::has_failed) {
        0 => String::new(),
        failed => format!(", {failed} failed"),
    };
    format!("{} of {} allowed{failed}", count(Read::is_good), reads.len())
}

pub fn problem(tenant: &LocalTenant, app: &HostedApp, title: &str, why: &str, exchanges: Vec<Exchange>) -> Response {
    problem_in(&Session { exchanges, ..Session::default() }, tenant, app, title, why)
}

/// In the middle of a conversation.
pub fn problem_in(session: &Session, tenant: &LocalTenant, app: &HostedApp, title: &str, why: &str) -> Response {
    let (tenant_name, exchanges) = (&tenant.items.tenant.name, &session.exchanges);
    let frame = Frame::at("").simulating(session.simulated.clone());
    html(StatusCode::BAD_REQUEST, &ProblemPage { frame, app, tenant_name, title, why, exchanges })
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
