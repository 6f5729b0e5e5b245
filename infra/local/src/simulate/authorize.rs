//! At `/{tenant}/authorize`: the function itself refuses what was spoiled on its way in, so that each error page and redirect is
//! a real one.

use super::{
    Problem, cookie,
    message::{Pairs, changed, location, with_changed},
    rotate,
    stage::{Stage, finish, mark},
};
use axum::{extract::Request, http::Method, middleware::Next, response::Response};
use rules::{
    authorize::pushed::{PushedRequest, Reference},
    oauth::params::Params,
    secret::Secret,
};
use server::store::{StoreError, Write, schema};
use url::{Url, form_urlencoded::Serializer};

/// The app's request. It uses up the problem that was chosen, even if the request fails.
pub async fn begin(stage: &Stage, request: Request, next: Next) -> Response {
    let asks = matches!(*request.method(), Method::GET | Method::POST);
    let Some(problem) = cookie::chosen(request.headers()).filter(|_| asks) else { return next.run(request).await };
    tracing::info!(tenant = stage.tenant.id.as_str(), problem = problem.as_str(), "a problem is simulated");
    let mut sent = Pairs::new();
    let request = with_changed(request, |pairs| {
        sent.clone_from(&pairs);
        spoil(problem, pairs)
    })
    .await;
    if let Err(error) = spoil_push(stage, problem, &sent).await {
        tracing::warn!(tenant = stage.tenant.id.as_str(), %error, "a pushed request could not be changed for the simulation");
    }
    let mut response = next.run(request).await;
    let interactions = stage.tenant.issuer.endpoint("authorize/");
    if let Some(id) = location(&response).and_then(|location| location.strip_prefix(&interactions)) {
        stage.memory.follow(id, problem, stage.tenant.policy.interaction_seconds, stage.now);
    }
    cookie::put(&mut response, stage.tenant.id.as_str(), None);
    finish(problem, response).await
}

/// A page on the way, or the redirect that brings the code.
pub async fn proceed(stage: &Stage, id: &str, request: Request, next: Next) -> Response {
    let Some(followed) = stage.memory.find(id, stage.now) else { return next.run(request).await };
    let response = next.run(request).await;
    let Some(code) = code(stage, &response) else { return mark(followed.problem, response).await };
    stage.memory.follow(&code, followed.problem, stage.tenant.policy.code_seconds, stage.now);
    if followed.problem == Problem::RotatedKey {
        rotate::rotate(stage).await;
    }
    // The pages are for a person and stay fast; this answer is for the app.
    finish(followed.problem, response).await
}

fn code(stage: &Stage, response: &Response) -> Option<String> {
    let location = location(response).filter(|location| !location.starts_with(&stage.tenant.issuer.endpoint("")))?;
    let url = Url::parse(location).ok()?;
    // A redirect URI may have a `code` of its own; the answer's comes after it.
    url.query_pairs().filter(|(name, _)| name == "code").last().map(|(_, code)| code.into_owned())
}

/// An app that sends its request ahead has the same bad day: what it has pushed is spoiled where it lies, before the browser brings the
/// reference to it (RFC 9126).
async fn spoil_push(stage: &Stage, problem: Problem, sent: &Pairs) -> Result<(), StoreError> {
    let encoded = Serializer::new(String::new()).extend_pairs(sent).finish();
    let params = Params::parse(encoded.as_bytes()).unwrap_or_default();
    let Ok(Some(reference)) = Reference::of(&params, &stage.tenant.policy) else { return Ok(()) };
    let key = schema::pushed(&stage.tenant.id, &reference.id);
    let found = stage.server.store.find::<PushedRequest>(key, stage.now).await?;
    let Some(push) = found.map(|found| found.value).filter(PushedRequest::is_new) else { return Ok(()) };
    let parameters = changed(push.parameters.as_bytes(), |pairs| spoil(problem, pairs));
    stage.server.store.write_unraced(vec![Write::overwrite(&PushedRequest { parameters, ..push })?]).await
}

fn spoil(problem: Problem, mut pairs: Pairs) -> Pairs {
    let mut set = |name: &str, value: &str| {
        pairs.iter_mut().filter(|(pair_name, _)| pair_name == name).for_each(|(_, old)| *old = value.to_owned());
    };
    match problem {
        // Nobody can have registered it.
        Problem::AuthInvalidClientId => set("client_id", Secret::random().expose()),
        Problem::AuthInvalidRedirectUri => set("redirect_uri", "https://app.invalid/simulated"),
        // Which is nothing without anything to access; a launch would be something.
        Problem::AuthInvalidScope => {
            set("scope", "offline_access");
            pairs.retain(|(name, _)| name != "launch");
        }
        Problem::NarrowerScopes => change_scope(&mut pairs, super::scope::narrower),
        Problem::NoRefreshToken => change_scope(&mut pairs, super::scope::without_refresh),
        _ => {}
    }
    pairs
}

fn change_scope(pairs: &mut Pairs, change: fn(&str) -> String) {
    pairs.iter_mut().filter(|(name, _)| name == "scope").for_each(|(_, scope)| *scope = change(scope));
}
