//! The app's request arrives: judge it, and send the browser to the first page of an interaction of its own.

use crate::{
    answers::{self, PageError, Shell},
    browser::Browser,
};
use axum::response::Response;
use shared::{
    authorize::{
        interaction::{Interaction, PendingLaunch},
        redirect_target::RedirectTarget,
        request::{self, AuthorizationRequest},
    },
    client::Client,
    keys::TenantRecord,
    launch::Launch,
    oauth::{error::OAuthError, params::Params},
    secret::Secret,
    server::Server,
    store::{Write, schema},
    time::Timestamp,
};

/// What the app and the EHR sent is kept until the answer, with what the user chose, and an item of the table ends at 400 kB.
const MOST_BYTES: usize = 240 * 1024;

pub async fn begin(server: &Server, tenant: &str, encoded: &[u8]) -> Result<Response, PageError> {
    let now = server.now();
    let tenant = server.tenant(tenant, now).await?.ok_or_else(PageError::unknown_tenant)?;
    let shell = Shell::of(&tenant);
    let params = Params::parse(encoded).map_err(|_| shell.bad_request("the parameters can't be read"))?;
    let client = match params.get("client_id") {
        Some(id) => server.client(&tenant.id, id, now).await.map_err(|error| shell.outage(&error))?,
        None => None,
    };
    let target =
        RedirectTarget::find(&params, client.as_deref(), &tenant).map_err(|error| shell.not_redirectable(&error))?;
    let client = client.ok_or_else(|| shell.bad_request("the client is unknown"))?;
    // From here on the app hears of every failure itself (AUTHZ-5).
    match start(server, (&tenant, &client), &params, target.clone(), now).await {
        Ok(response) => Ok(response),
        Err(error) => Ok(answers::redirect_with_error(&tenant, &target, &error)),
    }
}

async fn start(
    server: &Server,
    (tenant, client): (&TenantRecord, &Client),
    params: &Params,
    target: RedirectTarget,
    now: Timestamp,
) -> Result<Response, OAuthError> {
    let request = request::parse(params, target, client, tenant)?;
    let launch = pending_launch(server, tenant, &request, now).await?;
    let (id, browser) = (Secret::random(), Browser::new());
    let interaction = Interaction {
        tenant: tenant.id.clone(),
        id: id.hash(),
        browser: browser.hash(),
        before_sign_in: None,
        request,
        launch,
        failed_sign_ins: 0,
        at_provider: None,
        user: None,
        session: None,
        candidate: None,
        another: false,
        patient: None,
        consent: None,
        finished: false,
        expires_at: now.plus(tenant.policy.interaction_seconds),
    };
    let write = Write::create(&interaction)?;
    if write.bytes() > MOST_BYTES {
        return Err(OAuthError::invalid_request("the request is too large"));
    }
    server.store.commit(vec![write]).await?;
    let location = tenant.issuer.endpoint(&format!("authorize/{}", id.expose()));
    let mut response = answers::see_other(&location);
    browser.put(&mut response, tenant, id.expose());
    Ok(response)
}

/// The launch is looked at now and used up when the code is issued (LCTX-4, LCTX-5).
async fn pending_launch(
    server: &Server,
    tenant: &TenantRecord,
    request: &AuthorizationRequest,
    now: Timestamp,
) -> Result<Option<PendingLaunch>, OAuthError> {
    let Some(handle) = &request.launch else { return Ok(None) };
    let bad = |why: &str| OAuthError::invalid_request("the launch parameter is unknown, used or expired").because(why);
    let launch = server.store.find::<Launch>(schema::launch(&tenant.id, handle), now).await?;
    let launch = launch.ok_or_else(|| bad("no such launch"))?.value;
    if let Some(why) = launch.refusal_to_begin(&request.client_id, now) {
        return Err(bad(&format!("the launch {why}")));
    }
    Ok(Some(PendingLaunch { handle: launch.handle, context: launch.context, user: launch.user }))
}
