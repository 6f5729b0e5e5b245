//! The user said yes: the grant is written, and the app gets its code, or its token where it asked for the implicit grant.

use crate::{answers, audited, unasked, visit::Visit};
use axum::response::Response;
use rules::{
    authorize::{
        answer,
        approval::{NewCode, approve},
        explanation::{self, Facts},
        interaction::Interaction,
        next_step::Finish,
        oidc_params::Prompt,
        redirect_target::ResponseType,
    },
    grant::{Grant, GrantId, grant_index::listed, implicit, token},
    launch::Launch,
    oauth::{error::OAuthError, token_response::TokenResponse},
    secret::Secret,
    token::AccessTokenClaims,
};
use serde_json::Value;
use server::{
    access_tokens,
    audit::{Decision, Kind},
    log::log_explanation,
    store::{Commit, Write, schema},
};

pub async fn finish_with(visit: &Visit, interaction: &Interaction, finish: Finish<'_>) -> Result<Response, OAuthError> {
    let (code, grant) = new_grant(visit, interaction, finish);
    let target = &interaction.request.redirect;
    let (location, grant, write, token) = match target.response {
        ResponseType::Code => (answer::with_code(target, &visit.tenant.issuer, &code), grant, None, None),
        ResponseType::Token => token_at_once(visit, interaction, grant).await?,
    };
    match visit.server.store.commit(writes(visit, interaction, &grant, write).await?).await? {
        Commit::Done => {
            audited::consented(interaction, &grant, token);
            Ok(answers::see_other(&location))
        }
        // The same form twice, or the same launch in another tab: that one has its answer.
        Commit::LostRace if interaction.request.prompts(Prompt::None) => {
            Err(OAuthError::invalid_request("the launch was used meanwhile"))
        }
        Commit::LostRace => Ok(answers::see_other(&visit.url)),
    }
}

fn new_grant(visit: &Visit, interaction: &Interaction, finish: Finish<'_>) -> (Secret, Grant) {
    let grant_id = GrantId::random();
    let (code, secret) = token::new_code(&grant_id);
    let explanation = explain(visit, interaction, &finish);
    let new_code = NewCode { grant: grant_id, secret: &secret, explanation };
    let mut grant = approve(interaction, finish, &visit.client, &visit.tenant.policy, new_code, visit.now);
    let style = &mut grant.approval.context.smart_style_url;
    *style = style.take().or_else(|| visit.tenant.pages.smart_style_url.clone());
    (code, grant)
}

/// Logs why the app gets less than it asked for, and under which id.
fn explain(visit: &Visit, interaction: &Interaction, finish: &Finish<'_>) -> Option<String> {
    let lines = explanation::lines(&Facts {
        asked: &interaction.request.asked_scope,
        client: &visit.client.scope,
        requested: &interaction.request.scope,
        offered: &finish.offered,
        granted: &finish.scope,
    });
    log_explanation(&visit.tenant, &visit.client, &lines)
}

/// The grant, the used launch and the finished interaction are written together or not at all.
async fn writes(
    visit: &Visit,
    interaction: &Interaction,
    grant: &Grant,
    token: Option<Write>,
) -> Result<Vec<Write>, OAuthError> {
    let Visit { server, tenant, client, now, .. } = visit;
    let finished = Interaction { finished: true, ..interaction.clone() };
    let (grant, line) = listed(grant.clone(), client, &tenant.policy, *now);
    let mut writes = vec![Write::create(&grant)?, Write::create(&line)?, Write::update(&visit.interaction, &finished)?];
    writes.extend(unasked::remember(visit, interaction)?);
    writes.extend(token);
    if let Some(pending) = &interaction.launch {
        let launch = server.store.find::<Launch>(schema::launch(&tenant.id, &pending.handle), *now).await?;
        match launch.filter(|launch| launch.refusal(&client.client_id).is_none()) {
            Some(launch) => writes.push(Write::update(&launch, &Launch { used: true, ..launch.value.clone() })?),
            None => return Err(OAuthError::invalid_request("the launch was used meanwhile, or has expired")),
        }
    }
    Ok(writes)
}

/// The implicit grant (RFC 6749 §4.2.2): the access token itself, with the SMART context beside it.
async fn token_at_once(
    visit: &Visit,
    interaction: &Interaction,
    grant: Grant,
) -> Result<(String, Grant, Option<Write>, Option<Decision>), OAuthError> {
    let Visit { server, tenant, client, now, .. } = visit;
    tracing::warn!(
        tenant = tenant.id.as_str(),
        client_id = client.client_id,
        "the implicit grant was used, which RFC 9700 §2.1.2 advises against"
    );
    let seconds = client.access_token_seconds.unwrap_or(tenant.policy.access_token_seconds);
    let grant = implicit::issue_at_once(grant, seconds, *now);
    let claims = AccessTokenClaims::of_grant(tenant, &grant, &grant.approval.scope, seconds, *now);
    let warning = "issued by the implicit grant, which RFC 9700 section 2.1.2 advises against";
    let issued = Decision::yes(Kind::TokenIssued).token(&claims.jti).with("scope", &claims.scope).saying(Some(warning));
    let (access_token, write) = access_tokens::mint(server, tenant, client, claims).await?;
    let response = TokenResponse {
        access_token: &access_token,
        token_type: "Bearer",
        expires_in: seconds,
        scope: &grant.approval.scope,
        id_token: None,
        refresh_token: None,
        context: Some(&grant.approval.context),
        authorization_details: None,
    };
    let members = match response.to_json() {
        Value::Object(members) => members,
        _ => serde_json::Map::new(),
    };
    let location = answer::with_token(&interaction.request.redirect, &tenant.issuer, &members);
    Ok((location, grant, write, Some(issued.with("grant_type", "implicit"))))
}
