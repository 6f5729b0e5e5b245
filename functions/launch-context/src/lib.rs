//! `POST /{tenant}/launchContext`: the EHR hands over what is on its screen and gets a `launch` handle for the app.

mod caller;
mod request;
mod vouch;

use axum::{Router, http::StatusCode};
use caller::Speaks;
use request::LaunchRequest;
use rules::{
    launch::Launch,
    oauth::error::OAuthError,
    secret::Secret,
    tenant::{Tenant, same_server},
    vouch::LAUNCH_SECONDS,
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
    store::{Commit, Write},
};
use std::sync::Arc;

pub fn routes(server: Arc<Server>) -> Router {
    endpoint(server, "launchContext", launch_context)
}

async fn launch_context(post: FormPost) -> Result<Answer, Refusal> {
    let caller = caller::find(&post).await?;
    let LaunchRequest { context, fhir_server, client_id, user, user_assertion } = request::parse(&post)?;
    let fhir_server = fhir_server_of(&post.tenant, &caller.speaks, fhir_server.as_deref())?;
    if let Some(client_id) = &client_id
        && named(&post.server, &post.tenant, client_id, post.now).await?.is_none()
    {
        return Err(OAuthError::invalid_request("client_id names no app of this server").into());
    }
    let asked = user_assertion.as_deref().map(|user_assertion| vouch::Asked {
        user_assertion,
        client_id: client_id.as_deref(),
        user: user.as_deref(),
    });
    let word = match &asked {
        Some(asked) => Some(vouch::judge(&post, &caller, asked).await?),
        None => None,
    };
    let handle = Secret::random();
    let policy = &post.tenant.policy;
    let most = if word.is_some() { LAUNCH_SECONDS } else { policy.launch_seconds };
    let seconds = policy.launch_seconds.min(most);
    let vouched = word.as_ref().map(|word| word.vouched.clone());
    let launch = Launch {
        tenant: post.tenant.id.clone(),
        handle: handle.hash(),
        ehr: caller.name.clone(),
        fhir_server: Some(fhir_server),
        context,
        client_id: client_id.clone(),
        // Whoever goes on with it is the person for whom the EHR vouched, also when they sign in here.
        user: vouched.as_ref().map(|vouched| vouched.username.clone()).or_else(|| user.clone()),
        begin_until: post.now.plus(seconds),
        expires_at: post.now.plus(seconds + policy.interaction_seconds),
        used: false,
        answered: None,
        vouched,
    };
    let create = Write::create(&launch)?;
    match word.as_ref().zip(asked.as_ref()) {
        None => post.server.store.write_unraced(vec![create]).await?,
        // Together: an assertion that was used up has made a launch, and no launch is made of one that was used before.
        Some((word, asked)) => {
            let writes = vec![Write::create_or_outlive(&word.used, post.now)?, create];
            if post.server.store.commit(writes).await? == Commit::LostRace {
                return Err(vouch::replayed(&caller, asked));
            }
        }
    }
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
        .with("not_bound_to", not_bound_to(launch))
        .among(&Parties { patient, ..Parties::caller(&launch.ehr) })
}

/// What the EHR left open. At a workstation that many share, such a launch is whoever's is signed in there; details that are empty are in
/// no event.
fn not_bound_to(launch: &Launch) -> String {
    let open = [("user", launch.user.is_none()), ("app", launch.client_id.is_none())];
    open.into_iter().filter_map(|(what, is_open)| is_open.then_some(what)).collect::<Vec<_>>().join(" ")
}
