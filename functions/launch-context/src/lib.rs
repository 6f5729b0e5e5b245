//! `POST /{tenant}/launchContext`: the EHR hands over what is on its screen and gets a `launch` handle for the app.

mod caller;
mod request;

use axum::{Router, http::StatusCode, response::Response};
use request::LaunchRequest;
use rules::{launch::Launch, oauth::error::OAuthError, secret::Secret};
use serde_json::json;
use server::{
    Server,
    audit::{Decision, Kind},
    http::{
        form_post::{FormPost, endpoint},
        responses::secret_json,
    },
    request_notes,
    store::Write,
};
use std::sync::Arc;

pub fn routes(server: Arc<Server>) -> Router {
    endpoint(server, "launchContext", launch_context)
}

async fn launch_context(post: FormPost) -> Result<Response, OAuthError> {
    let ehr = caller::find(&post).await?;
    let LaunchRequest { context, client_id, user } = request::parse(&post)?;
    if let Some(client_id) = &client_id
        && post.server.client(&post.tenant.id, client_id, post.now).await?.is_none()
    {
        return Err(OAuthError::invalid_request("client_id names no app of this server"));
    }
    let handle = Secret::random();
    let seconds = post.tenant.policy.launch_seconds;
    let launch = Launch {
        tenant: post.tenant.id.clone(),
        handle: handle.hash(),
        ehr,
        context,
        client_id,
        user,
        begin_until: post.now.plus(seconds),
        expires_at: post.now.plus(seconds + post.tenant.policy.interaction_seconds),
        used: false,
    };
    post.server.store.commit(vec![Write::create(&launch)?]).await?;
    request_notes::knows_caller(&launch.ehr);
    let base = post.tenant.fhir_servers.first().map_or("", |server| &server.url);
    request_notes::knows_patient(launch.context.patient.as_deref(), base);
    request_notes::decided(Decision::yes(Kind::LaunchContext).with("launch", launch.handle.as_str()));
    let answer = json!({
        // Firely's name for it, and SMART's.
        "launchContextIdentifier": handle.expose(),
        "launch": handle.expose(),
        "expires_in": seconds,
    });
    Ok(secret_json(StatusCode::OK, &answer))
}
