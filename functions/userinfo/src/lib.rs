//! `/{tenant}/userinfo`: who the person behind an access token is (OpenID Connect Core §5.3; OIDC-14).

mod access_token;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Path, Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    response::Response,
    routing::any,
};
use rules::{
    dpop::NonceFor,
    oauth::error::{Challenge, ErrorCode, OAuthError},
    scope::ScopeSet,
    tenant::TenantRecord,
    time::Timestamp,
    token::PersonClaims,
};
use serde::Serialize;
use server::{
    Server,
    access_tokens::find_live,
    dpop::{Place, Presented},
    http::{
        cors::{self, ClientOrigins},
        paths,
        responses::{oauth_error, put_nonce, secret_json, unknown_tenant},
    },
};
use std::sync::Arc;

const METHODS: &str = "GET, POST, OPTIONS";

pub fn routes(server: Arc<Server>) -> Router {
    let routes = paths::route(Router::new(), "/userinfo", any(userinfo)).layer(DefaultBodyLimit::disable());
    server::log::requests(&server, "userinfo", routes.with_state(server.clone()))
}

async fn userinfo(State(server): State<Arc<Server>>, Path(tenant): Path<String>, request: Request) -> Response {
    let now = server.now();
    let tenant = match server.tenant(&tenant, now).await {
        Ok(Some(tenant)) => tenant,
        Ok(None) => return unknown_tenant(),
        Err(error) => return oauth_error(error.into()),
    };
    let (parts, body) = request.into_parts();
    if parts.method == Method::OPTIONS {
        return cors::preflight_of(METHODS, &parts.headers, &tenant);
    }
    let answer = async {
        let token = access_token::of(&parts, body, tenant.takes_dpop()).await?;
        let proofs = access_token::proofs(&parts)?;
        let presented = Presented {
            scheme: token.scheme,
            token: &token.text,
            proofs: &proofs,
            method: parts.method.as_str(),
            url: &tenant.issuer.endpoint("userinfo"),
        };
        answer(&server, &tenant, &presented, now).await
    };
    let mut response = answer.await.unwrap_or_else(oauth_error);
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(METHODS));
    }
    put_nonce(&mut response, tenant.dpop_nonces(NonceFor::AuthorizationServer, now));
    cors::allow_origin(&mut response, &parts.headers, &tenant);
    response
}

async fn answer(
    server: &Server,
    tenant: &TenantRecord,
    presented: &Presented<'_>,
    now: Timestamp,
) -> Result<Response, OAuthError> {
    let live = find_live(server, tenant, presented.token, now).await?;
    let live = live.ok_or_else(|| {
        OAuthError::new(ErrorCode::InvalidToken, "the access token is unknown, has expired or was revoked")
            .challenging(Challenge::Bearer)
    })?;
    presented.judge(server, tenant, live.claims.cnf.as_ref(), Place::Here, now).await?;
    let scope = ScopeSet::parse(&live.claims.scope).set;
    let Some(grant) = live.grant.as_ref().filter(|_| scope.has_openid()) else {
        return Err(OAuthError::new(ErrorCode::InsufficientScope, "the access token lacks the scope openid")
            .challenging(Challenge::BearerWithScope("openid")));
    };
    let person = PersonClaims::of(&grant.approval, &scope);
    let mut response = secret_json(StatusCode::OK, &UserInfo { sub: &live.claims.sub, person });
    if let Some(client) = &live.client {
        response.extensions_mut().insert(ClientOrigins(client.origins.clone()));
    }
    Ok(response)
}

/// `sub` is that of the id_token (§5.3.2), and so is what else it says of the person.
#[derive(Serialize)]
struct UserInfo<'a> {
    sub: &'a str,
    #[serde(flatten)]
    person: PersonClaims,
}
