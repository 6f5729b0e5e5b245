//! May this refresh token be used, now, by this client, for this scope? (RFC 6749 §6; RFC 9700 §4.14)

use super::{
    Approval, Decision, FreshSecrets, Grant, GrantState, Issuance, RefreshFamily, Refreshable, RevocationReason,
    Superseded, broken, check_resource, still_registered,
    token::{PresentedRefreshToken, refresh_token},
};
use crate::{
    authority,
    client::Client,
    dpop::{Confirmation, Thumbprint, binding, refresh_key},
    extensions::carried::Extensions,
    length::{self, bounded},
    oauth::error::OAuthError,
    scope::ScopeSet,
    secret::{Secret, same},
    tenant::Tenant,
    time::Timestamp,
};

/// The form of the request (RFC 6749 §6).
#[derive(Debug)]
pub struct RefreshTokenRequest {
    pub refresh_token: Secret,
    pub scope: Option<String>,
    pub resource: Option<String>,
}

/// What the endpoint found and made before it asks.
pub struct Refreshing<'a> {
    pub request: &'a RefreshTokenRequest,
    pub presented: &'a PresentedRefreshToken,
    pub client: &'a Client,
    pub tenant: &'a Tenant,
    pub fresh: &'a FreshSecrets,
    /// The key of the request's DPoP proof.
    pub proof: Option<&'a Thumbprint>,
    /// What its assertion brought.
    pub extensions: Option<&'a Extensions>,
    pub now: Timestamp,
}

/// The first refresh token of a grant, if it may have one: what is kept, and what the app gets.
pub fn new_family(
    grant: &Grant,
    client: &Client,
    tenant: &Tenant,
    fresh: &FreshSecrets,
    now: Timestamp,
) -> Option<(RefreshFamily, Secret)> {
    let policy = &tenant.policy;
    let ends_at = match grant.approval.refresh {
        Refreshable::Never => return None,
        Refreshable::Offline => {
            let by_policy = policy.refresh_absolute_seconds.map(|seconds| now.plus(seconds));
            [by_policy, grant.approval.lasts_until].into_iter().flatten().min()
        }
        Refreshable::Online { until, .. } => Some(until),
    };
    if authority::of_return(&grant.approval, client, policy).is_err() {
        return None;
    }
    let idle_until = now.plus(client.refresh_idle_seconds.unwrap_or(policy.refresh_idle_seconds));
    let family = RefreshFamily {
        family: fresh.family.hash(),
        current: fresh.rotation.hash(),
        previous: None,
        idle_until: ends_at.map_or(idle_until, |end| idle_until.min(end)),
        ends_at,
        rotates: client.profile_at(tenant).rotates_refresh_tokens(),
        dpop_key: None,
    };
    Some((family, refresh_token(&grant.id, &fresh.family, &fresh.rotation)))
}

impl RefreshFamily {
    /// With the key of the newest access token.
    #[must_use]
    pub fn bound_to(self, confirmation: Option<&Confirmation>) -> RefreshFamily {
        RefreshFamily { dpop_key: confirmation.map(|confirmation| confirmation.jkt.clone()), ..self }
    }
}

pub fn unknown_refresh_token() -> OAuthError {
    OAuthError::invalid_grant("the refresh token is unknown, has expired or was revoked")
}

/// Rotation with reuse detection. A repeat of the last refresh within the grace time gets the same successor: one
/// chain, whatever instance answers. So does a request that finds its own rotation: its write was done, its answer was lost, and
/// somebody has written since, so that the table could not say whose it was.
pub fn refresh(grant: &Grant, refreshing: &Refreshing<'_>) -> Decision {
    let Refreshing { presented, client, tenant, fresh, now, .. } = refreshing;
    let policy = &tenant.policy;
    let GrantState::Redeemed { refresh: Some(family), live_until, .. } = &grant.state else {
        return Decision::Refuse(unknown_refresh_token().because("the grant has no refresh token, or was revoked"));
    };
    if !family.family.matches(presented.family.expose()) {
        return Decision::Refuse(unknown_refresh_token().because("no such refresh token"));
    }
    if grant.client_id != client.client_id {
        return Decision::Refuse(unknown_refresh_token().because("the refresh token belongs to another client"));
    }
    // Before anything is said of the token's state: a caller without the key changes nothing.
    if let Err(error) = refresh_key(client, family.dpop_key.as_ref(), refreshing.proof) {
        return Decision::Refuse(error);
    }
    let rotation = presented.rotation.expose();
    let is_current = family.current.matches(rotation);
    // A request that began before the last refresh and is decided after it has no time of its own: without a grace time it is a reuse.
    let repeated = family.previous.as_ref().filter(|previous| {
        let is_own = same(&previous.salt, &fresh.salt);
        previous.rotation.matches(rotation) && (is_own || now.since(previous.at).max(0) < policy.refresh_grace_seconds)
    });
    if !family.rotates && !is_current {
        return Decision::Refuse(unknown_refresh_token().because("no such refresh token"));
    }
    if !is_current && repeated.is_none() {
        return Decision::Revoke(
            OAuthError::invalid_grant("the refresh token was used before; the grant is revoked"),
            GrantState::Revoked { at: *now, why: RevocationReason::RefreshTokenReused, live_until: *live_until },
        );
    }
    if family.idle_until.is_past(*now) || family.ends_at.is_some_and(|end| end.is_past(*now)) {
        return Decision::Refuse(unknown_refresh_token().because("the refresh token has expired"));
    }
    if let Some(why) = broken(grant, client) {
        let state = GrantState::Revoked { at: *now, why: RevocationReason::DocumentChanged, live_until: *live_until };
        return Decision::End(unknown_refresh_token().because(why), state, why);
    }
    if let Err(why) = authority::of_refresh_token(grant, client, tenant, *now) {
        return Decision::Refuse(unknown_refresh_token().because(why));
    }
    let checked = check_resource(grant, refreshing.request.resource.as_deref());
    let narrowed = checked.and_then(|()| narrowed(&grant.approval, refreshing));
    let bound =
        narrowed.and_then(|scope| Ok((scope, binding(client, tenant, grant.approval.audience(), refreshing.proof)?)));
    let access = match bound {
        Ok((scope, confirmation)) => Access { scope, confirmation },
        Err(error) => return Decision::Refuse(error),
    };
    match repeated {
        Some(previous) => {
            let rotation = presented.rotation.successor(&previous.salt);
            Decision::Issue(issuance(grant, refreshing, access, &rotation), None)
        }
        None => renew(grant, family, refreshing, access),
    }
}

/// What the new access token can do, and whose it is.
struct Access {
    scope: ScopeSet,
    confirmation: Option<Confirmation>,
}

/// Less than was approved, never more; the grant itself keeps its scope (RFR-3, RFR-6). What the operator has taken from the
/// app since is gone.
fn narrowed(approval: &Approval, refreshing: &Refreshing<'_>) -> Result<ScopeSet, OAuthError> {
    let (approved, aud) = (&approval.scope, approval.audience());
    let asked = match &refreshing.request.scope {
        None => approved.clone(),
        Some(text) => {
            let asked = length::read(text)?;
            if !asked.unusable.is_empty() || asked.set.is_empty() || !approved.covers(&asked.set) {
                return Err(OAuthError::invalid_scope("scope asks for more than the user approved")
                    .because(format!("what was approved: {approved}")));
            }
            asked.set
        }
    };
    let &Refreshing { client, tenant, .. } = refreshing;
    bounded(still_registered(&asked, client, tenant, aud)?, client, tenant, aud)
}

/// The next refresh token, or the same one: where it goes on, its key is what a thief lacks.
fn renew(grant: &Grant, family: &RefreshFamily, refreshing: &Refreshing<'_>, access: Access) -> Decision {
    let Refreshing { presented, client, tenant, fresh, now, .. } = refreshing;
    let policy = &tenant.policy;
    let GrantState::Redeemed { code, revoked_tokens, live_until, extensions, .. } = &grant.state else {
        return Decision::Refuse(unknown_refresh_token());
    };
    let (rotation, previous) = match family.rotates {
        true => {
            let salt = fresh.salt.clone();
            let superseded = Superseded { rotation: presented.rotation.hash(), salt: salt.clone(), at: *now };
            (presented.rotation.successor(&salt), Some(superseded))
        }
        false => (presented.rotation.clone(), None),
    };
    let issuance = issuance(grant, refreshing, access, &rotation);
    let idle_until = now.plus(client.refresh_idle_seconds.unwrap_or(policy.refresh_idle_seconds));
    let idle_until = family.ends_at.map_or(idle_until, |end| idle_until.min(end));
    // A repeat within the grace time mints a token that lives a little longer than this one.
    let tokens_end = now.plus(issuance.access_token_seconds + policy.refresh_grace_seconds);
    let next = GrantState::Redeemed {
        code: code.clone(),
        refresh: Some(RefreshFamily {
            family: family.family.clone(),
            current: rotation.hash(),
            previous,
            idle_until,
            ends_at: family.ends_at,
            rotates: family.rotates,
            // Once bound, always bound, also while the FHIR server takes no bound tokens.
            dpop_key: issuance.confirmation.as_ref().map(|own| own.jkt.clone()).or(family.dpop_key.clone()),
        }),
        revoked_tokens: revoked_tokens.iter().filter(|token| !token.expires_at.is_past(*now)).cloned().collect(),
        last_used: *now,
        live_until: (*live_until).max(idle_until).max(tokens_end),
        extensions: extensions.clone(),
    };
    Decision::Issue(issuance, Some(next))
}

fn issuance(grant: &Grant, refreshing: &Refreshing<'_>, access: Access, rotation: &Secret) -> Issuance {
    let Refreshing { presented, client, tenant, now, .. } = refreshing;
    let seconds = client.access_token_seconds.unwrap_or(tenant.policy.access_token_seconds);
    Issuance {
        scope: access.scope,
        confirmation: access.confirmation,
        // This request's, and for this token alone: the next one without any goes by the grant's again.
        extensions: refreshing.extensions.or(grant.extensions()).cloned(),
        refresh_token: Some(refresh_token(&grant.id, &presented.family, rotation)),
        nonce: None,
        access_token_seconds: grant.approval.seconds_left(seconds, *now),
    }
}
