//! A backend service: no user, no browser, only a key (SMART App Launch 2.2, backend services).

use super::{
    apps::Apps,
    conversation::{Conversation, FHIR_SERVER},
    hosted::{Credential, HostedApp},
    launch::{decoded, prove, sent_assertion},
    page::{self, BackendPage, BackendRun},
    record::read,
    session::pretty,
};
use crate::{
    site::{Frame, html},
    tenant::LocalTenant,
};
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use rules::scope::{ResourceType, ScopeSet};
use serde_json::json;
use std::sync::Arc;

pub async fn explain(State(apps): State<Arc<Apps>>, Path((tenant, client_id)): Path<(String, String)>) -> Response {
    let Some((tenant, app)) = apps.find(&tenant, &client_id) else { return page::no_such_app() };
    html(StatusCode::OK, &page(tenant, app))
}

/// A token, and what can be read with it.
pub async fn run(State(apps): State<Arc<Apps>>, Path((tenant, client_id)): Path<(String, String)>) -> Response {
    let Some((tenant, app)) = apps.find(&tenant, &client_id) else { return page::no_such_app() };
    let mut page = page(tenant, app);
    let mut talk = Conversation::new(&apps, Vec::new());
    match work(&apps, tenant, app, &mut talk).await {
        Ok(run) => page.run = Some(run),
        Err(why) => page.problem = Some(why),
    }
    page.exchanges = talk.exchanges;
    page.frame = page.frame.simulating(talk.simulated);
    html(StatusCode::OK, &page)
}

fn page<'a>(tenant: &'a LocalTenant, app: &'a HostedApp) -> BackendPage<'a> {
    let key = match &app.credential {
        Credential::Key(key) => format!("{} ({})", key.kid, key.alg),
        Credential::Secret(_) => "none: it has a secret".to_owned(),
    };
    let tenant_name = &tenant.items.tenant.name;
    BackendPage { frame: Frame::at(""), app, tenant_name, key, run: None, problem: None, exchanges: Vec::new() }
}

async fn work(
    apps: &Apps,
    tenant: &LocalTenant,
    app: &HostedApp,
    talk: &mut Conversation<'_>,
) -> Result<BackendRun, String> {
    let base = &tenant.items.tenant.fhir_servers.first().ok_or("this tenant has no FHIR server")?.url;
    let url = format!("{}/.well-known/smart-configuration", base.trim_end_matches('/'));
    let discovery = talk.get(FHIR_SERVER, "Who issues tokens for you?", &url, None).await?;
    let form = [("grant_type", "client_credentials"), ("scope", app.scope.as_str())];
    let answer = prove(apps, app, &discovery.body, "token_endpoint", "A token for my key", &form, talk).await?;
    if !answer.is_good() {
        return Err(format!("The token endpoint said {}", answer.in_words()));
    }
    let token = answer.body["access_token"].as_str().unwrap_or_default().to_owned();
    let mut reads = Vec::new();
    for kind in resource_types(&app.scope) {
        reads.push(read(base, &format!("{kind}?_count=5"), kind, &token, talk).await);
    }
    let assertion = sent_assertion(&talk.exchanges).map(decoded);
    Ok(BackendRun {
        assertion: pretty(&json!(assertion)),
        claims: pretty(&json!(decoded(&token))),
        expires_in: answer.body["expires_in"].as_i64().unwrap_or_default(),
        token: pretty(&answer.body),
        reads,
    })
}

/// What it may read, and where that is little, one thing that it may not.
fn resource_types(scope: &str) -> Vec<&'static str> {
    let scope = ScopeSet::parse(scope).set;
    let offered = ["Patient", "Encounter", "Condition", "Observation"];
    let is_named = |kind: &&str| {
        let is_it = |resource: &ResourceType| matches!(resource, ResourceType::Named(name) if name == kind);
        scope.resources().any(|allowed| is_it(&allowed.resource))
    };
    let mut types: Vec<&str> = offered.into_iter().filter(is_named).collect();
    if types.is_empty() {
        types.extend(offered);
    }
    if !types.contains(&"Observation") {
        types.push("Observation");
    }
    types
}
