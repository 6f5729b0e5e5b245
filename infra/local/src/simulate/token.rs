//! At `/{tenant}/token`: the refusals of a spoiled flow, and what becomes of the tokens of one that goes on.

use super::{
    Problem,
    message::{self, changed, client_id},
    rotate, scope,
    stage::{Stage, finish},
};
use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderMap, header},
    middleware::Next,
    response::Response,
};
use rules::{
    oauth::{
        error::{Challenge, OAuthError},
        params::Params,
    },
    tenant::GrantType,
};
use serde_json::{Value, json};

pub async fn answer(stage: &Stage, request: Request, next: Next) -> Response {
    let (parts, body) = match message::read(request).await {
        Ok(read) => read,
        Err(too_large) => return next.run(too_large).await,
    };
    let form = Params::parse(&body).unwrap_or_default();
    let Some((grant_type, problem)) = problem(stage, &parts.headers, &form) else {
        return next.run(Request::from_parts(parts, Body::from(body))).await;
    };
    let in_header = parts.headers.contains_key(header::AUTHORIZATION);
    let tried = in_header || form.has("client_secret") || form.has("client_assertion");
    if let Some(error) = refusal(problem, grant_type, tried) {
        return finish(problem, stage.refuse(error, &parts.headers)).await;
    }
    let body = match grant_type {
        GrantType::ClientCredentials => prepare(stage, problem, body).await,
        _ => body,
    };
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    finish(problem, follow(stage, problem, grant_type, response).await).await
}

/// By the code, the refresh token, or the client that was chosen in the launcher.
fn problem(stage: &Stage, headers: &HeaderMap, form: &Params) -> Option<(GrantType, Problem)> {
    let followed = |name: &str| Some(stage.memory.find(form.get(name)?, stage.now)?.problem);
    match form.get("grant_type")? {
        "authorization_code" => Some((GrantType::AuthorizationCode, followed("code")?)),
        "refresh_token" => Some((GrantType::RefreshToken, followed("refresh_token")?)),
        "client_credentials" => {
            Some((GrantType::ClientCredentials, stage.memory.disarm(&client_id(headers, form)?, stage.now)?))
        }
        _ => None,
    }
}

/// RFC 6749 §5.2. A client that showed credentials is told which scheme the Authorization header takes, and that makes it a 401.
fn refusal(problem: Problem, grant_type: GrantType, tried: bool) -> Option<OAuthError> {
    let client = |why: &str| {
        let error = OAuthError::invalid_client(why);
        Some(if tried { error.challenging(Challenge::Basic) } else { error })
    };
    match (problem, grant_type) {
        (Problem::AuthInvalidClientSecret, _) => client("the client secret is wrong (simulated)"),
        (Problem::TokenInvalidToken, GrantType::ClientCredentials) => {
            client("the client assertion is not good (simulated)")
        }
        (Problem::TokenInvalidToken, _) => {
            Some(OAuthError::invalid_grant("the code is unknown, was used or has expired (simulated)"))
        }
        (Problem::TokenExpiredRefreshToken, GrantType::RefreshToken) => {
            Some(OAuthError::invalid_grant("the refresh token has expired (simulated)"))
        }
        (Problem::TokenExpiredRegistrationToken, _) => {
            client("the registration of this client has expired (simulated)")
        }
        (Problem::TokenInvalidScope, _) => Some(OAuthError::invalid_scope("the scope can't be granted (simulated)")),
        (Problem::TokenInvalidJti, _) => client("the jti of the assertion was used before (simulated)"),
        _ => None,
    }
}

/// What happens to a launched app on its way through the authorization endpoint happens to a backend service here.
async fn prepare(stage: &Stage, problem: Problem, body: Bytes) -> Bytes {
    match problem {
        Problem::NarrowerScopes => {
            let narrow = |(name, value): (String, String)| match name.as_str() {
                "scope" => (name, scope::narrower(&value)),
                _ => (name, value),
            };
            Bytes::from(changed(&body, |pairs| pairs.into_iter().map(narrow).collect()))
        }
        Problem::RotatedKey => {
            rotate::rotate(stage).await;
            body
        }
        _ => body,
    }
}

/// How long an access token is good in `short_expiry`, in seconds.
const SHORT: i64 = 5;
/// A refresh token is followed for a day, or as long as this process runs.
const REFRESH_SECONDS: i64 = 24 * 60 * 60;

async fn follow(stage: &Stage, problem: Problem, grant_type: GrantType, response: Response) -> Response {
    // An app that refreshed has done what it was to do.
    if problem == Problem::RequestExpiredToken && grant_type == GrantType::RefreshToken {
        return response;
    }
    let (mut tokens, with) = match message::json(response).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    let now = stage.now;
    let seconds = tokens["expires_in"].as_i64().unwrap_or_default();
    let ends = match problem {
        Problem::ShortExpiry => Some(now.plus(SHORT.min(seconds))),
        Problem::RequestInvalidToken | Problem::RequestExpiredToken => Some(now),
        _ => None,
    };
    if let Some(token) = tokens["access_token"].as_str() {
        stage.memory.follow_until(token, problem, ends, seconds, now);
    }
    if let Some(token) = tokens["refresh_token"].as_str() {
        stage.memory.follow(token, problem, REFRESH_SECONDS, now);
    }
    if problem == Problem::ShortExpiry {
        shorten(&mut tokens);
    }
    with(tokens)
}

fn shorten(tokens: &mut Value) {
    let seconds = tokens["expires_in"].as_i64().unwrap_or(SHORT);
    tokens["expires_in"] = json!(SHORT.min(seconds));
}
