//! Signs what was decided, and puts it into the answer.

use crate::asking::Asking;
use axum::{
    http::{HeaderValue, StatusCode},
    response::Response,
};
use rules::{
    authorize::explanation::{self, Facts},
    client::Client,
    extensions::judge,
    grant::{
        Grant, Issuance,
        client_credentials::{self, ClientCredentialsRequest, ServiceAccess},
    },
    hti::NOOP,
    jws::TokenKind,
    length::has_room,
    oauth::{authorization_details::authorization_details, error::OAuthError, token_response::TokenResponse},
    scope::ScopeSet,
    secret::Secret,
    tenant::Tenant,
    token::{AccessTokenClaims, IdTokenClaims, IdTokenFacts},
};
use server::{
    access_tokens,
    audit::{AuditRecord, EventKind},
    dpop,
    http::{
        answer::{Answer, Refusal},
        cors::ClientOrigins,
        form_post::FormPost,
        responses::secret_json,
    },
    log::log_explanation,
    store::{Commit, Write},
};

/// An answer, what must be written before it may be sent, and what has been decided once it is.
pub struct Issued {
    pub response: Response,
    pub write: Option<Write>,
    pub record: AuditRecord,
}

pub async fn issue_to_grant(asking: Asking<'_>, grant: &Grant, issuance: Issuance) -> Result<Issued, OAuthError> {
    let Asking { post: FormPost { server, tenant, now, .. }, client, .. } = asking;
    let Issuance { scope, refresh_token, nonce, access_token_seconds, confirmation, extensions } = issuance;
    if grant.gets_no_access_token(client) {
        return issue_noop(asking, grant, &scope, nonce, access_token_seconds).await;
    }
    has_room(extensions.as_ref(), &scope, client, tenant, grant.approval.audience())?;
    let claims = AccessTokenClaims::of_grant(tenant, grant, &scope, access_token_seconds, *now);
    let claims = claims.bound_to(confirmation).carrying(extensions);
    let (record, token_type) = (issued(&claims, tenant), claims.token_type());
    let (access_token, write) = access_tokens::mint(server, tenant, client, claims).await?;
    let id_token = id_token(asking, grant, &scope, nonce, &access_token).await?;
    let answer = TokenResponse {
        access_token: &access_token,
        token_type,
        expires_in: access_token_seconds,
        scope: &scope,
        id_token: id_token.as_ref(),
        refresh_token: refresh_token.as_ref(),
        context: grant.approval.context_members(),
        authorization_details: authorization_details(tenant, grant.approval.audience()),
    };
    let explanation = explained(asking, grant.approval.explanation.as_deref());
    Ok(Issued { response: respond(&answer, client, explanation.as_deref()), write, record })
}

/// Who signed in and why the portal launched the app; in the place of an access token, a word that opens nothing (HTI-13).
async fn issue_noop(
    asking: Asking<'_>,
    grant: &Grant,
    scope: &ScopeSet,
    nonce: Option<String>,
    expires_in: i64,
) -> Result<Issued, OAuthError> {
    let access_token = Secret::new(NOOP.to_owned());
    let id_token = id_token(asking, grant, scope, nonce, &access_token).await?;
    let answer = TokenResponse {
        access_token: &access_token,
        token_type: "bearer",
        expires_in,
        scope,
        id_token: id_token.as_ref(),
        refresh_token: None,
        context: grant.approval.context_members(),
        authorization_details: None,
    };
    let record = AuditRecord::yes(EventKind::TokenIssued).scope(scope).saying(Some("an id_token and no access token"));
    Ok(Issued { response: respond(&answer, asking.client, None), write: None, record })
}

async fn id_token(
    Asking { post: FormPost { server, tenant, now, .. }, client, .. }: Asking<'_>,
    grant: &Grant,
    scope: &ScopeSet,
    nonce: Option<String>,
    access_token: &Secret,
) -> Result<Option<Secret>, OAuthError> {
    if !scope.has_openid() {
        return Ok(None);
    }
    let facts = IdTokenFacts { scope, nonce, access_token: access_token.expose(), now: *now };
    let claims = IdTokenClaims::new(tenant, grant, facts);
    let alg = client.id_token_signed_response_alg;
    Ok(Some(server.signer.sign_by(alg, tenant, TokenKind::IdToken, &claims).await?))
}

/// Where the log says what is less than was asked: the explanation of the scope, or one of what the assertion brought in vain, which
/// then names the other.
fn explained(asking: Asking<'_>, of_scope: Option<&str>) -> Option<String> {
    let mut lines = judge::lines(asking.carried);
    if lines.is_empty() {
        return of_scope.map(str::to_owned);
    }
    lines.extend(of_scope.map(|id| format!("of the scope, see {id}")));
    log_explanation(&asking.post.tenant, asking.client, &lines)
}

/// What the audit trail holds of a token. Of a bound one, whose key it is; and on whose behalf it was asked for.
fn issued(claims: &AccessTokenClaims, tenant: &Tenant) -> AuditRecord {
    let record = AuditRecord::yes(EventKind::TokenIssued).token(&claims.jti).scope(&claims.scope);
    let record = record.on_behalf(claims.extensions.as_ref(), tenant.b2b.subject_in_audit);
    match &claims.cnf {
        Some(cnf) => record.with("jkt", cnf.jkt.as_str()),
        None => record,
    }
}

/// A backend service's token.
pub async fn issue_to_client(asking: Asking<'_>, request: &ClientCredentialsRequest) -> Result<Answer, Refusal> {
    let Asking { post: FormPost { server, tenant, now, .. }, client, .. } = asking;
    let seconds = client.access_token_seconds.unwrap_or(tenant.policy.backend_token_seconds);
    let ServiceAccess { aud, scope, confirmation } = client_credentials::grant(client, tenant, request, asking.key())?;
    let aud = aud.as_str();
    has_room(asking.extensions(), &scope, client, tenant, aud)?;
    let asked = request.scope.as_deref().unwrap_or_default();
    let claims = AccessTokenClaims::of_client(tenant, &client.client_id, aud, &scope, seconds, *now);
    let claims = claims.bound_to(confirmation).carrying(asking.extensions().cloned());
    // SMART backend services fix the lower case; clients compare without case.
    let token_type = if claims.cnf.is_some() { "DPoP" } else { "bearer" };
    let record = issued(&claims, tenant);
    let (access_token, write) = access_tokens::mint(server, tenant, client, claims).await?;
    match asking.note()? {
        None => server.store.write_unraced(write.into_iter().collect()).await?,
        Some(used) => match server.store.commit([Some(used), write].into_iter().flatten().collect()).await? {
            Commit::Done => {}
            Commit::LostRace => return Err(dpop::replayed()),
        },
    }
    let warning = client_credentials::warning(client);
    if let Some(warning) = warning {
        tracing::warn!(tenant = tenant.id.as_str(), client_id = client.client_id, "{warning}");
    }
    let record = record.with("grant_type", "client_credentials").saying(warning);
    let answer = TokenResponse {
        access_token: &access_token,
        token_type,
        expires_in: seconds,
        scope: &scope,
        id_token: None,
        refresh_token: None,
        context: Default::default(),
        authorization_details: authorization_details(tenant, aud),
    };
    let facts = Facts { asked, client: &client.scope, requested: &scope, offered: &scope, granted: &scope };
    // A role decides whatever was asked; there is nothing to explain.
    let mut lines = if client.role.is_some() { Vec::new() } else { explanation::lines(&facts) };
    lines.extend(judge::lines(asking.carried));
    let explanation = log_explanation(tenant, client, &lines);
    Ok(Answer::deciding(respond(&answer, client, explanation.as_deref()), record))
}

/// Header that names the log's explanation of a scope narrower than asked.
const EXPLANATION_HEADER: &str = "admit-explanation";

fn respond(answer: &TokenResponse<'_>, client: &Client, explanation: Option<&str>) -> Response {
    let mut response = secret_json(StatusCode::OK, &answer.to_json());
    if let Some(id) = explanation.and_then(|id| HeaderValue::from_str(id).ok()) {
        response.headers_mut().insert(EXPLANATION_HEADER, id);
    }
    response.extensions_mut().insert(ClientOrigins(client.origins.clone()));
    response
}
