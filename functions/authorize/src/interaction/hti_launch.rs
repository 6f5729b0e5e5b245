//! A portal's launch: is its token good, and where does the person that it names sign in? (HTI-3 to HTI-9)

use super::visit::{Begun, Visit};
use rules::{
    authorize::request::AuthorizationRequest,
    hti::{
        self, HtiLaunch, app,
        sign_in::{ChosenSignIn, choose},
    },
    oauth::{
        error::{ErrorCode, OAuthError},
        params::Params,
    },
    secret::SecretHash,
    tenant::Tenant,
    time::Timestamp,
};
use server::{
    audit::{AuditRecord, OfLaunch, Outcome},
    hti::{BadHti, Verified},
    http::answer::Refusal,
    keys::of_signer::Asking,
    store::{StoreError, Write, schema, schema::UsedHti},
};

/// What the audit trail holds of a way that a portal began.
pub fn traced(launch: &HtiLaunch, tenant: &Tenant, interaction: Option<&SecretHash>) -> OfLaunch {
    let observer = tenant.hti.as_ref().map(|hti| hti.device.as_str()).unwrap_or_default();
    let launch = OfLaunch::new(launch, observer);
    match interaction {
        Some(id) => launch.correlated(id.as_str()),
        None => launch,
    }
}

/// A way may have begun before the tenant shortened how long it may last.
const A_DAY: i64 = 86_400;

fn bad(why: impl Into<String>) -> OAuthError {
    OAuthError::invalid_request("the HTI token in launch is not good, or was used before").because(why)
}

/// The launch of a request whose `launch` is an HTI token, and what of it belongs into the trail.
pub async fn begun(
    begun: Begun<'_>,
    request: &AuthorizationRequest,
    params: &Params,
) -> Result<Option<(HtiLaunch, Option<AuditRecord>)>, Refusal> {
    let Begun { server, tenant, client, now } = begun;
    let token = params.get("launch").filter(|launch| tenant.hti.is_some() && hti::is_hti(launch));
    let Some(token) = token else {
        app::needs_hti(client)?;
        return Ok(None);
    };
    app::check_request(params, request, client)?;
    let asking = Asking { server, tenant, now };
    let verified = Box::pin(server::hti::verified(asking, token, client.device())).await;
    let Verified { portal, token } = verified.map_err(|error| match error {
        BadHti::Token(error) => bad(error.to_string()),
        BadHti::Store(error) => error.into(),
    })?;
    let hint = token.idp_hint.as_deref();
    let chosen = choose(tenant, client, token.person.resource, hint);
    let ChosenSignIn { way, unlisted_hint } = chosen.ok_or_else(|| {
        let text = "no identity provider is listed for this kind of person";
        OAuthError::new(ErrorCode::AccessDenied, text)
    })?;
    let launch = HtiLaunch {
        portal: portal.client_id.clone(),
        jti: token.jti,
        device: client.device().to_owned(),
        person: token.person,
        context: token.context,
        way: way.clone(),
        forget_at: token.expires_at.plus(tenant.policy.interaction_seconds.max(A_DAY)),
    };
    let traced = || traced(&launch, tenant, None);
    if is_used(begun, &launch).await? {
        return Err(used_before(traced()));
    }
    let unlisted = unlisted_hint.then(|| {
        let said = "authorize: idp_hint names no provider that is listed for this app; the first one is used";
        AuditRecord::of_launch(traced(), Outcome::MinorFailure, said)
    });
    Ok(Some((launch, unlisted)))
}

/// A second use of a token is a replay, whoever comes with it (HTI-7).
pub fn used_before(traced: OfLaunch) -> Refusal {
    let record = AuditRecord::of_launch(traced, Outcome::SeriousFailure, "authorize: the HTI token was used before");
    let counted = AuditRecord::replay("an HTI token was used before");
    Refusal::of(bad("its jti was used before"), counted).after(record)
}

/// Whether the token has led to a code.
pub async fn is_used(Begun { server, tenant, now, .. }: Begun<'_>, launch: &HtiLaunch) -> Result<bool, StoreError> {
    let key = schema::used_hti(&tenant.id, &launch.portal, &launch.jti_hash());
    Ok(server.store.find_together(std::slice::from_ref(&key), now).await?.get::<UsedHti>(&key)?.is_some())
}

/// The note that the token was used, in the transaction of the code: of two browsers that came with it, one gets a code (HTI-7). What
/// the launch relied on must still be so.
pub async fn spend(visit: &Visit, launch: &HtiLaunch) -> Result<Write, OAuthError> {
    let Visit { server, tenant, client, now, .. } = visit;
    let portal = server::hti::portal(Asking { server, tenant, now: *now }, &launch.portal).await?;
    if portal.is_none() || tenant.hti.is_none() || client.device() != launch.device {
        return Err(bad("the portal may not launch this app any more"));
    }
    let expires_at = launch.forget_at.max(Timestamp(now.0 + 1));
    let used = UsedHti { tenant: tenant.id.clone(), portal: launch.portal.clone(), jti: launch.jti_hash(), expires_at };
    Ok(Write::create(&used)?)
}
