//! From the user's yes to a grant: what the code will be bound to.

use super::{
    interaction::Interaction,
    next_step::{Finish, Offer},
};
use crate::{
    client::{Client, FhirContextForm, document::changes::DocumentThen},
    credentials::methods,
    grant::{Approval, Grant, GrantId, GrantState, Refreshable},
    launch::LaunchContext,
    secret::Secret,
    tenant::Policy,
    time::Timestamp,
};
use serde_json::Value;

/// What does not follow from the interaction.
pub struct NewCode<'a> {
    pub grant: GrantId,
    pub secret: &'a Secret,
    /// The end of the session behind it, for `online_access`: not of a sign-in, which may be a provider's and long ago.
    pub session_ends_at: Timestamp,
    /// Under which the log explains why less was granted than asked, if it was.
    pub explanation: Option<String>,
}

/// The grant that the code stands for (AUTHZ-13).
pub fn approve(
    interaction: &Interaction,
    finish: Finish<'_>,
    client: &Client,
    policy: &Policy,
    code: NewCode<'_>,
    now: Timestamp,
) -> Grant {
    let request = &interaction.request;
    let Finish { offer: Offer { user, context, .. }, session, scope, lasts_until, .. } = finish;
    let refresh = if scope.offline_access() {
        Refreshable::Offline
    } else if scope.online_access() {
        Refreshable::Online { until: code.session_ends_at, session: Some(session.clone()) }
    } else {
        Refreshable::Never
    };
    Grant {
        tenant: interaction.tenant.clone(),
        id: code.grant,
        client_id: client.client_id.clone(),
        approval: Approval {
            sub: user.sub.clone(),
            account: Some(user.account()),
            name: user.name_for(&scope),
            fhir_user: user.fhir_user_url(&request.aud),
            auth_time: user.auth_time,
            approved_at: now,
            amr: user.amr.clone(),
            acr: methods::acr(user, &request.acr_values),
            vouched_by: user.vouched_by.clone(),
            scope,
            context: in_the_form_of(client.fhir_context, context),
            hti: interaction.hti.as_ref().map(|launch| launch.context.clone()),
            aud: request.aud.clone(),
            resource: request.resource.clone(),
            redirect_uri: request.redirect.redirect_uri.clone(),
            code_challenge: request.code_challenge.clone(),
            dpop_jkt: request.dpop_jkt.clone(),
            nonce: request.nonce.clone(),
            refresh,
            lasts_until,
            explanation: code.explanation,
            document: DocumentThen::of(client),
        },
        listed_until: now,
        state: GrantState::CodeIssued { code: code.secret.hash(), expires_at: now.plus(policy.code_seconds) },
    }
}

/// SMART 2.0 apps expect `fhirContext` as an array of strings (LC-9); what has no reference can't be said that way.
fn in_the_form_of(form: FhirContextForm, mut context: LaunchContext) -> LaunchContext {
    if form == FhirContextForm::Strings {
        context.fhir_context = context
            .fhir_context
            .iter()
            .filter_map(|item| item.get("reference").and_then(Value::as_str))
            .map(|reference| Value::String(reference.to_owned()))
            .collect();
    }
    context
}
