//! `POST /{tenant}/launchContext`: the EHR hands over what is on its screen and gets a `launch` handle for the app.

mod caller;
mod request;

use axum::{Router, http::StatusCode};
use caller::{Caller, Speaks};
use request::LaunchRequest;
use rules::{
    launch::Launch,
    oauth::error::OAuthError,
    secret::Secret,
    tenant::{Tenant, same_server},
};
use serde_json::json;
use server::{
    Server,
    audit::{AuditRecord, EventKind, Parties, patient_reference},
    clients::named,
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
    let Caller { name: ehr, speaks } = caller::find(&post).await?;
    let LaunchRequest { context, fhir_server, client_id, user } = request::parse(&post)?;
    let fhir_server = fhir_server_of(&post.tenant, &speaks, fhir_server.as_deref())?;
    if let Some(client_id) = &client_id
        && named(&post.server, &post.tenant, client_id, post.now).await?.is_none()
    {
        return Err(OAuthError::invalid_request("client_id names no app of this server").into());
    }
    let handle = Secret::random();
    let seconds = post.tenant.policy.launch_seconds;
    let launch = Launch {
        tenant: post.tenant.id.clone(),
        handle: handle.hash(),
        ehr,
        fhir_server: Some(fhir_server),
        context,
        client_id,
        user,
        begin_until: post.now.plus(seconds),
        expires_at: post.now.plus(seconds + post.tenant.policy.interaction_seconds),
        used: false,
        answered: None,
    };
    post.server.store.write_unraced(vec![Write::create(&launch)?]).await?;
    let answer = json!({
        // Firely's name for it, and SMART's.
        "launchContextIdentifier": handle.expose(),
        "launch": handle.expose(),
        "expires_in": seconds,
    });
    Ok(Answer::deciding(secret_json(StatusCode::OK, &answer), record(&launch)))
}

/// Whose records the context names. A FHIR server speaks for itself alone; anybody else says which, where there are several.
fn fhir_server_of(tenant: &Tenant, speaks: &Speaks, named: Option<&str>) -> Result<String, OAuthError> {
    let servers: Vec<&str> = match speaks {
        Speaks::Itself(own) => vec![own],
        Speaks::Anywhere => tenant.fhir_servers.iter().map(|server| server.url.as_str()).collect(),
        Speaks::Registered(client) => client.fhir_servers(tenant).map(|server| server.url.as_str()).collect(),
    };
    let found = match (named, servers.as_slice()) {
        (None, [only]) => Ok(*only),
        (None, _) => Err("iss is missing: the base URL of the FHIR server, since there are several"),
        (Some(named), servers) => {
            let found = servers.iter().find(|server| same_server(server, named));
            found.copied().ok_or(match speaks {
                Speaks::Itself(_) => "iss is another FHIR server than the caller",
                Speaks::Anywhere => "iss is none of this tenant's FHIR servers",
                Speaks::Registered(_) => "iss is none of the FHIR servers that the caller may have tokens for",
            })
        }
    };
    found.map(str::to_owned).map_err(OAuthError::invalid_request)
}

fn record(launch: &Launch) -> AuditRecord {
    let base = launch.fhir_server.as_deref().unwrap_or_default();
    let patient = launch.context.patient.as_deref().map(|id| patient_reference(base, id));
    AuditRecord::yes(EventKind::LaunchContext)
        .with("launch", launch.handle.as_str())
        .among(&Parties { patient, ..Parties::caller(&launch.ehr) })
}
