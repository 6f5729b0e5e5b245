//! AWS HealthLake asks what a bearer token is worth at a data store (SMART on FHIR identity provider Lambda). There is an answer
//! within a second to whatever is asked, and any doubt makes it a no.

mod answer;
mod scopes;

use answer::{Authorized, Form};
use rules::{
    jws::UnverifiedJws,
    oauth::{
        error::{Challenge, ErrorCode, OAuthError},
        refused::Refused,
    },
    tenant::{HealthLakeRoles, TenantId, TenantRecord, same_server},
    time::Timestamp,
};
use serde::Deserialize;
use serde_json::{Value, json};
use server::{
    Server,
    access_tokens::{LiveToken, find_live},
    log::{Told, job},
    store::StoreError,
};
use std::{convert::Infallible, error::Error, sync::Arc, time::Duration};

/// HealthLake waits for a second, the start of a cold function included (HL-5).
const LONGEST: Duration = Duration::from_millis(850);

pub struct IdentityProvider {
    server: Arc<Server>,
    form: Form,
    /// Tenants that a token does not lead to: those whose issuer is not `{base}/{id}`, and those with reference tokens.
    named: Vec<String>,
}

/// What HealthLake sends (HL-1). What else comes is none of our business.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Question {
    datastore_endpoint: String,
    /// There must be one; what it may be is for the role to say.
    #[serde(rename = "operationName")]
    _operation_name: String,
    bearer_token: String,
}

/// What came of a question, and whose token it is about.
struct Judged {
    tenant: Option<TenantId>,
    outcome: Result<Authorized, OAuthError>,
}

impl IdentityProvider {
    /// Reads the tenants that are named, so that the first question finds them in memory.
    pub async fn from_env() -> Result<IdentityProvider, Box<dyn Error + Send + Sync>> {
        let server = Server::from_env().await?;
        let variable = |name| std::env::var(name).unwrap_or_default();
        let form = match variable("ADMIT_HEALTHLAKE_AUTHORIZED").as_str() {
            "string" => Form::Text,
            _ => Form::Boolean,
        };
        let named = variable("ADMIT_HEALTHLAKE_TENANTS");
        let named: Vec<String> =
            named.split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect();
        for id in &named {
            if let Err(error) = server.tenant(id, server.now()).await {
                tracing::warn!(tenant = id, %error, "the tenant could not be preloaded");
            }
        }
        Ok(IdentityProvider::new(server, form, named))
    }

    pub fn new(server: Arc<Server>, form: Form, named: Vec<String>) -> IdentityProvider {
        IdentityProvider { server, form, named }
    }

    /// Never an error: HealthLake would say no more than that something failed.
    pub async fn answers(&self, event: Value) -> Result<Value, Infallible> {
        let now = self.server.now();
        // As the sample that AWS gives does.
        let Ok(question) = serde_json::from_value::<Question>(event) else { return Ok(json!({})) };
        let judged = job("healthlake", self.judge_in_time(&question, now), told).await;
        Ok(match judged.outcome {
            Ok(authorized) => authorized.to_json(&question.datastore_endpoint, self.form),
            Err(_) => answer::no(&question.datastore_endpoint, self.form, now),
        })
    }

    async fn judge_in_time(&self, question: &Question, now: Timestamp) -> Judged {
        let late = || OAuthError::new(ErrorCode::TemporarilyUnavailable, "the table did not answer in time");
        let judged = tokio::time::timeout(LONGEST, self.judge(question, now)).await;
        judged.unwrap_or_else(|_| Judged { tenant: None, outcome: Err(late()) })
    }

    async fn judge(&self, question: &Question, now: Timestamp) -> Judged {
        match self.tenant_of(question, now).await {
            Ok(Some(tenant)) => {
                Judged { tenant: Some(tenant.id.clone()), outcome: self.judge_for(&tenant, question, now).await }
            }
            Ok(None) => Judged { tenant: None, outcome: Err(bad("no tenant of this server has issued it")) },
            Err(error) => Judged { tenant: None, outcome: Err(error.into()) },
        }
    }

    /// The tenant whose issuer the token names, or the one that guards the data store where a token names none. Nothing is
    /// believed yet.
    async fn tenant_of(&self, question: &Question, now: Timestamp) -> Result<Option<Arc<TenantRecord>>, StoreError> {
        let issuer = issuer(&question.bearer_token);
        let by_path = issuer.as_deref().and_then(|issuer| issuer.rsplit('/').next());
        for id in by_path.into_iter().chain(self.named.iter().map(String::as_str)) {
            let found = self.server.tenant(id, now).await?;
            let fits = |tenant: &TenantRecord| match &issuer {
                Some(issuer) => tenant.issuer.as_str() == issuer,
                None => roles(tenant, &question.datastore_endpoint).is_some(),
            };
            if let Some(tenant) = found.filter(|tenant| fits(tenant)) {
                return Ok(Some(tenant));
            }
        }
        Ok(None)
    }

    /// Signature, life, issuer and kind are judged as at every endpoint; the revocation costs one read.
    async fn judge_for(
        &self,
        tenant: &TenantRecord,
        question: &Question,
        now: Timestamp,
    ) -> Result<Authorized, OAuthError> {
        let endpoint = &question.datastore_endpoint;
        let roles = roles(tenant, endpoint).ok_or_else(|| bad("this data store is not one of the tenant's"))?;
        let live = find_live(&self.server, tenant, &question.bearer_token, now).await?;
        let LiveToken { claims, .. } = live.ok_or_else(|| bad("it is unknown, has expired or was revoked"))?;
        if !same_server(&claims.aud, endpoint) {
            return Err(bad("it is for another FHIR server"));
        }
        // HealthLake hands on the token alone, so nothing here shows who sent it.
        if claims.cnf.is_some() {
            return Err(bad("it is bound to a key, which a data store can't have proven"));
        }
        if claims.iat > now.plus(rules::time::CLOCK_SKEW) {
            return Err(bad("it is not good yet"));
        }
        let scope = scopes::for_healthlake(&claims.scope);
        if scope.is_empty() {
            let text = "it has no scope that HealthLake can go by";
            return Err(OAuthError::new(ErrorCode::InsufficientScope, text));
        }
        let role = if scopes::only_read(&scope) { &roles.read } else { roles.write.as_ref().unwrap_or(&roles.read) };
        Ok(Authorized { role: role.clone(), scope: scope.to_string(), claims })
    }
}

fn roles<'a>(tenant: &'a TenantRecord, endpoint: &str) -> Option<&'a HealthLakeRoles> {
    tenant.fhir_server(endpoint)?.healthlake.as_ref()
}

fn bad(why: &str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidToken, "the access token is not good here")
        .because(why)
        .challenging(Challenge::Bearer)
}

/// What a JWT says of its issuer.
fn issuer(token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Issued {
        iss: String,
    }
    let issued: Issued = UnverifiedJws::parse(token).ok()?.peek().ok()?;
    Some(issued.iss)
}

fn told(judged: &Judged) -> Told {
    Told { tenant: judged.tenant.clone(), refused: judged.outcome.as_ref().err().map(Refused::of) }
}

pub use answer::Form as IsAuthorized;
