//! A Lambda authorizer for any FHIR API behind API Gateway: lets a request through if its token's scopes allow what method and
//! path say, and hands patient, user and scopes to the FHIR server, which bounds by them what no path tells.

mod answer;
mod asked;

use answer::Granted;
use asked::{Asked, Gateway};
use rules::{
    enforcement::{Bearer, FhirRequest, Seen, levels, need},
    oauth::{
        error::{Challenge, ErrorCode, OAuthError},
        refused::Refused,
    },
    scope::ScopeSet,
    tenant::{TenantId, same_server},
};
use serde_json::Value;
use server::{
    Server,
    access_tokens::find_live,
    dpop::{Place, Presented},
    log::{Told, job},
};
use std::{error::Error, fmt, sync::Arc};
use url::Url;

pub struct Authorizer {
    server: Arc<Server>,
    guarded: Vec<Guarded>,
    simple: bool,
}

/// A FHIR API behind the gateway, and whose tokens open it.
struct Guarded {
    tenant: TenantId,
    base: Url,
}

/// Why there is no policy. API Gateway knows it by its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPolicy {
    /// API Gateway makes a 401 of exactly this, where a policy could only make a 403 (REST APIs).
    Unauthorized,
    /// Nobody knows whether the token is good. API Gateway makes a 500 of this and keeps nothing; a no would tell an app to throw
    /// its token away.
    Outage,
}

impl fmt::Display for NoPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NoPolicy::Unauthorized => "Unauthorized",
            NoPolicy::Outage => "the token can't be judged at the moment",
        })
    }
}

impl Error for NoPolicy {}

struct Judged {
    tenant: Option<TenantId>,
    outcome: Result<Granted, OAuthError>,
}

impl Authorizer {
    pub async fn from_env() -> Result<Authorizer, Box<dyn Error + Send + Sync>> {
        let variable = |name| std::env::var(name).unwrap_or_default();
        let simple = variable("ADMIT_AUTHORIZER_ANSWERS") != "iam";
        Authorizer::new(Server::from_env().await?, &variable("ADMIT_AUTHORIZER_FOR"), simple)
    }

    /// `guarded` is `TENANT=FHIR_BASE_URL`, several with commas between them. `simple` answers an HTTP API with the simple
    /// response of payload format 2.0.
    pub fn new(server: Arc<Server>, guarded: &str, simple: bool) -> Result<Authorizer, Box<dyn Error + Send + Sync>> {
        let wrong = || format!("ADMIT_AUTHORIZER_FOR must be TENANT=FHIR_BASE_URL, not {guarded}");
        let parse = |pair: &str| {
            let (tenant, base) = pair.trim().split_once('=')?;
            Some(Guarded { tenant: TenantId::parse(tenant)?, base: Url::parse(base).ok()? })
        };
        let mut guarded = guarded.split(',').map(parse).collect::<Option<Vec<_>>>().ok_or_else(wrong)?;
        guarded.sort_by_key(|guarded| std::cmp::Reverse(guarded.base.path().len()));
        Ok(Authorizer { server, guarded, simple })
    }

    pub async fn answers(&self, event: Value) -> Result<Value, NoPolicy> {
        let Some(asked) = Asked::read(&event) else { return Err(NoPolicy::Unauthorized) };
        let judged = job("authorizer", self.judge(&asked), |(judged, refused)| Told {
            tenant: judged.tenant.clone(),
            refused: refused.clone(),
        });
        let (judged, refused) = judged.await;
        match judged.outcome {
            Ok(granted) => Ok(granted.answer(&asked, self.simple)),
            Err(OAuthError { code: ErrorCode::TemporarilyUnavailable | ErrorCode::ServerError, .. }) => {
                Err(NoPolicy::Outage)
            }
            Err(error) if error.status() == 401 && asked.gateway == Gateway::Rest => Err(NoPolicy::Unauthorized),
            Err(_) => Ok(answer::denied(&asked, self.simple, refused.map(|refused| refused.id))),
        }
    }

    async fn judge(&self, asked: &Asked) -> (Judged, Option<Refused>) {
        let judged = match self.guarded(&asked.path) {
            Some((guarded, path)) => {
                let outcome = self.judge_for(guarded, path, asked).await;
                Judged { tenant: Some(guarded.tenant.clone()), outcome }
            }
            None => Judged { tenant: None, outcome: Err(forbidden("no FHIR API is at this path")) },
        };
        let refused = judged.outcome.as_ref().err().map(Refused::of);
        (judged, refused)
    }

    /// The API with the longest base that this path lies under, and what follows its base.
    fn guarded<'a>(&self, path: &'a str) -> Option<(&Guarded, &'a str)> {
        self.guarded.iter().find_map(|guarded| {
            let rest = path.strip_prefix(guarded.base.path().trim_end_matches('/'))?;
            (rest.is_empty() || rest.starts_with('/')).then_some((guarded, rest))
        })
    }

    async fn judge_for(&self, guarded: &Guarded, path: &str, asked: &Asked) -> Result<Granted, OAuthError> {
        let (scheme, token) = asked.token.as_ref().ok_or_else(|| bad("no access token came"))?;
        let (server, now) = (&self.server, self.server.now());
        let tenant = server.tenant(guarded.tenant.as_str(), now).await?;
        let tenant = tenant.ok_or_else(|| forbidden("the tenant of this API is unknown"))?;
        let live = find_live(server, &tenant, token, now).await?;
        let live = live.ok_or_else(|| bad("it is unknown, has expired or was revoked"))?;
        if !same_server(&live.claims.aud, guarded.base.as_str()) {
            return Err(bad("it is for another FHIR server"));
        }
        let proofs: Vec<&str> = asked.proofs.iter().map(String::as_str).collect();
        let url = format!("{}{path}", guarded.base.as_str().trim_end_matches('/'));
        let presented = Presented { scheme: *scheme, token, proofs: &proofs, method: &asked.method, url: &url };
        let cnf = live.claims.cnf.as_ref();
        presented.judge(server, &tenant, cnf, Place::FhirServerWithoutNonces, now).await?;
        if asked.overrides_method {
            return Err(forbidden("a header names another method than the request's own"));
        }
        let request = FhirRequest {
            method: &asked.method,
            path,
            query: asked.query.as_deref().unwrap_or_default(),
            if_none_exist: asked.if_none_exist.as_deref(),
            seen: if asked.query.is_some() { Seen::NoForms } else { Seen::NoQuery },
        };
        let need = need(&request).ok_or_else(|| forbidden("this is no request of FHIR's RESTful API"))?;
        let scope = ScopeSet::parse(&live.claims.scope).set;
        let patient = live.claims.patient.as_deref();
        let bearer = Bearer { scope: &scope, patient, is_user: live.grant.is_some() };
        let levels = levels(&bearer, &need, &request);
        if levels.is_empty() {
            return Err(forbidden("the token's scopes don't allow it"));
        }
        Ok(Granted { tenant: tenant.id.clone(), claims: live.claims, levels })
    }
}

fn bad(why: &str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidToken, "the access token is not good here")
        .because(why)
        .challenging(Challenge::Bearer)
}

fn forbidden(why: &str) -> OAuthError {
    OAuthError::new(ErrorCode::InsufficientScope, why)
}
