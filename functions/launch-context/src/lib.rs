//! `POST /{tenant}/launchContext`: the EHR hands over what is on its screen and gets a `launch` handle for the app.

mod caller;
mod request;

use axum::{Router, http::StatusCode};
use request::LaunchRequest;
use rules::{launch::Launch, oauth::error::OAuthError, secret::Secret};
use serde_json::json;
use server::{
    Server,
    audit::{AuditRecord, EventKind, Parties, patient_reference},
    http::{
        answer::{Answer, Refusal},
        form_post::{FormPost, endpoint},
        responses::secret_json,
    },
    store::Write,
};
use std::sync::Arc;

pub fn routes(server: Arc<Server>) -> Router {
    endpoint(server, "launchContext", launch_context)
}

async fn launch_context(post: FormPost) -> Result<Answer, Refusal> {
    let ehr = caller::find(&post).await?;
    let LaunchRequest { context, client_id, user } = request::parse(&post)?;
    if let Some(client_id) = &client_id
        && post.server.client(&post.tenant.id, client_id, post.now).await?.is_none()
    {
        return Err(OAuthError::invalid_request("client_id names no app of this server").into());
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
    post.server.store.write_unraced(vec![Write::create(&launch)?]).await?;
    let answer = json!({
        // Firely's name for it, and SMART's.
        "launchContextIdentifier": handle.expose(),
        "launch": handle.expose(),
        "expires_in": seconds,
    });
    Ok(Answer::deciding(secret_json(StatusCode::OK, &answer), record(&post, &launch)))
}

fn record(post: &FormPost, launch: &Launch) -> AuditRecord {
    let base = post.tenant.fhir_servers.first().map_or("", |server| &server.url);
    let patient = launch.context.patient.as_deref().map(|id| patient_reference(base, id));
    AuditRecord::yes(EventKind::LaunchContext)
        .with("launch", launch.handle.as_str())
        .among(&Parties { patient, ..Parties::caller(&launch.ehr) })
}
