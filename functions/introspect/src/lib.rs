//! `POST /{tenant}/introspect`: is this token good, and what may it do? (RFC 7662; SMART 2.2, token introspection)

mod caller;

use axum::{Router, http::StatusCode};
use caller::Caller;
use rules::{
    authority,
    grant::{
        Grant, GrantState, still_registered,
        token::{PresentedRefreshToken, parse_refresh_token},
    },
    hti::is_hti,
    jws::TokenKind,
    oauth::{
        error::OAuthError,
        introspection::{active, inactive},
    },
    tenant::{
        IntrospectionPath::{self, Introspect, TokenIntrospection},
        Tenant,
    },
    token::IdTokenClaims,
};
use serde_json::{Value, json};
use server::{
    Server,
    access_tokens::find_live,
    audit::{AuditRecord, EventKind, OfLaunch, Outcome, Parties},
    authority::session_is_over,
    clients::{Registered, judging, named},
    hti::{Verified, if_good},
    http::{
        answer::{Answer, Refusal},
        form_post::{FormPost, endpoint_unless},
        responses::secret_json,
    },
    store::schema,
};
use std::sync::Arc;

pub fn routes(server: Arc<Server>) -> Router {
    let usual = endpoint_unless(server.clone(), "introspect", |tenant| elsewhere(tenant, Introspect), introspect);
    let named = |tenant: &Tenant| elsewhere(tenant, TokenIntrospection);
    usual.merge(endpoint_unless(server, "token/introspection", named, introspect))
}

/// A tenant has introspection at one path (HTI-26).
fn elsewhere(tenant: &Tenant, path: IntrospectionPath) -> Option<&'static str> {
    (tenant.policy.introspection_path != path).then_some("introspection is at another path here")
}

async fn introspect(post: FormPost) -> Result<Answer, Refusal> {
    let form = post.form()?;
    let (caller, parties) = caller::find(&post).await?;
    let found = async {
        let token = form.get("token").ok_or_else(|| OAuthError::invalid_request("token is missing"))?;
        match parse_refresh_token(token) {
            Some(presented) => refresh_token(&post, &caller, presented).await,
            None => access_token(&post, &caller, token).await,
        }
    };
    let Found { answer, about, record } = found.await.map_err(|error| Refusal::from(error).among(&parties))?;
    let usual = || AuditRecord::yes(EventKind::Introspection).with("active", &answer["active"]);
    let record = record.map_or_else(usual, |record| *record);
    Ok(Answer::deciding(secret_json(StatusCode::OK, &answer), record).among(&about).among(&parties))
}

/// What is said of a token, and whom the token is about.
struct Found {
    answer: Value,
    about: Parties,
    /// What the trail holds, if it is another record than usual.
    record: Option<Box<AuditRecord>>,
}

impl Found {
    /// Of a token that is not good, nothing is said to anybody.
    fn nothing() -> Found {
        Found::said(inactive())
    }

    fn said(answer: Value) -> Found {
        Found { answer, about: Parties::default(), record: None }
    }
}

async fn access_token(post: &FormPost, caller: &Caller, token: &str) -> Result<Found, OAuthError> {
    let live = find_live(&post.server, &post.tenant, token, post.now).await?;
    if let Some(live) = live.filter(|live| caller.may_see(&live.claims.client_id, &live.claims.aud)) {
        let app = Parties { app: Some(live.claims.client_id.clone()), ..Parties::default() };
        let about = live.grant.as_ref().map_or(app, Parties::of_grant);
        let answer = active(&post.tenant, &live.claims, live.grant.as_ref().map(|grant| &grant.approval));
        return Ok(Found { about, ..Found::said(answer) });
    }
    if let Some(found) = hti_token(post, caller, token).await? {
        return Ok(found);
    }
    let answer = id_token(post, caller, token).await?;
    Ok(answer.map_or_else(Found::nothing, Found::said))
}

/// An HTI token, for the app whose `Device` it names: apps do not know each other's keys (HTI-17, HTI-19). That it was used for a launch
/// makes no difference, and this is no use of it.
async fn hti_token(post: &FormPost, caller: &Caller, token: &str) -> Result<Option<Found>, OAuthError> {
    let (Some(hti), Caller::Client { client, .. }) = (&post.tenant.hti, caller) else { return Ok(None) };
    if !is_hti(token) {
        return Ok(None);
    }
    let Some(verified) = Box::pin(if_good(post.asking(), token, client.device())).await? else { return Ok(None) };
    let Verified { portal, token } = verified;
    let launch = OfLaunch {
        jti: token.jti,
        correlation: None,
        person: token.person,
        app: client.device().to_owned(),
        observer: hti.device.clone(),
        provider: None,
    };
    let record = AuditRecord::of_launch(launch, Outcome::Success, "introspect: the HTI token is active");
    let mut members = token.payload;
    members.insert("active".into(), json!(true));
    let about = Parties { app: Some(portal.client_id.clone()), ..Parties::default() };
    Ok(Some(Found { answer: Value::Object(members), about, record: Some(Box::new(record)) }))
}

/// An id_token, where the tenant's ecosystem wants that, and for clients alone: a resource server that were told "active"
/// could take it for an access token (OIDC-16, KT-I3).
async fn id_token(post: &FormPost, caller: &Caller, token: &str) -> Result<Option<Value>, OAuthError> {
    let FormPost { server, tenant, now, .. } = post;
    if !tenant.policy.introspect_id_tokens || !matches!(caller, Caller::Client { .. }) {
        return Ok(None);
    }
    let claims = tenant.verify_own::<IdTokenClaims>(token, TokenKind::IdToken).ok();
    let Some(claims) = claims.filter(|it| !it.exp.is_past(*now) && caller.may_see(&it.aud, &it.aud)) else {
        return Ok(None);
    };
    let client = named(server, tenant, &claims.aud, *now).await?;
    if authority::of_id_token(&claims, client.as_deref(), tenant).is_err() {
        return Ok(None);
    }
    Ok(match serde_json::to_value(&claims) {
        Ok(Value::Object(mut members)) => {
            members.insert("active".into(), json!(true));
            Some(Value::Object(members))
        }
        _ => None,
    })
}

/// A refresh token is its client's business and nobody else's (INTR-12).
async fn refresh_token(
    post: &FormPost,
    caller: &Caller,
    presented: PresentedRefreshToken,
) -> Result<Found, OAuthError> {
    let FormPost { server, tenant, now, .. } = post;
    let grant = server.store.find::<Grant>(schema::grant(&tenant.id, &presented.grant), *now).await?;
    let Some(grant) = grant.filter(|grant| caller.is_client(&grant.client_id)) else {
        return Ok(Found::nothing());
    };
    let about = Parties::of_grant(&grant);
    let registered = Registered::find(server, tenant, &grant.client_id, *now).await?;
    let client = judging(registered, Some(&grant), tenant);
    let scope = client.and_then(|client| {
        authority::of_refresh_token(&grant, &client, tenant, *now).ok()?;
        still_registered(&grant.approval.scope, &client, tenant, grant.approval.audience()).ok()
    });
    let Some(scope) = scope else { return Ok(Found { about, ..Found::nothing() }) };
    let GrantState::Redeemed { refresh: Some(family), .. } = &grant.state else {
        return Ok(Found { about, ..Found::nothing() });
    };
    let current =
        family.family.matches(presented.family.expose()) && family.current.matches(presented.rotation.expose());
    if !current || family.idle_until.is_past(*now) || session_is_over(server, &grant, *now).await? {
        return Ok(Found { about, ..Found::nothing() });
    }
    let answer = json!({
        "active": true,
        "token_type": "refresh_token",
        "scope": scope.to_string(),
        "client_id": grant.client_id,
        "iss": tenant.issuer.as_str(),
        "sub": grant.approval.sub,
        "exp": family.idle_until,
    });
    Ok(Found { about, ..Found::said(answer) })
}
