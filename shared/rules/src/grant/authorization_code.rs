//! May this code be exchanged, now, by this client? (RFC 6749 §4.1.3; RFC 7636 §4.6; RFC 9700 §4.5)

use super::{
    Decision, FreshSecrets, Grant, GrantState, Issuance, RevocationReason, broken, check_resource,
    refresh_token::new_family, still_registered, token::PresentedCode,
};
use crate::{
    authority,
    client::Client,
    dpop::{Thumbprint, binding},
    extensions::carried::Extensions,
    hti::NOOP_SECONDS,
    length::bounded,
    oauth::error::OAuthError,
    secret::{Secret, same},
    tenant::Tenant,
    time::Timestamp,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// The form of the request (RFC 6749 §4.1.3).
#[derive(Debug)]
pub struct AuthorizationCodeRequest {
    pub code: Secret,
    pub redirect_uri: Option<String>,
    pub code_verifier: Option<Secret>,
    pub resource: Option<String>,
}

/// What the endpoint found and made before it asks.
pub struct Redemption<'a> {
    pub request: &'a AuthorizationCodeRequest,
    pub presented: &'a PresentedCode,
    pub client: &'a Client,
    pub tenant: &'a Tenant,
    pub fresh: &'a FreshSecrets,
    /// The key of the request's DPoP proof.
    pub proof: Option<&'a Thumbprint>,
    /// What its assertion brought.
    pub extensions: Option<&'a Extensions>,
    pub now: Timestamp,
}

pub fn unknown_code() -> OAuthError {
    OAuthError::invalid_grant("the authorization code is unknown or has expired")
}

/// The order is a defence: a caller who lacks the code, the client's identity, the redirect_uri or the verifier learns nothing
/// of the code's state and changes nothing, so a thief of a code can't revoke the user's grant (TOK-6).
pub fn redeem(grant: &Grant, redemption: &Redemption<'_>) -> Decision {
    let Redemption { request, presented, client, now, .. } = redemption;
    let (GrantState::CodeIssued { code, .. } | GrantState::Redeemed { code: Some(code), .. }) = &grant.state else {
        return Decision::Refuse(unknown_code().because("the grant was revoked"));
    };
    if !code.matches(presented.secret.expose()) {
        return Decision::Refuse(unknown_code().because("no such code"));
    }
    if grant.client_id != client.client_id {
        return Decision::Refuse(unknown_code().because("the code was issued to another client"));
    }
    let checked = check_redirect_uri(grant, request)
        .and_then(|()| check_verifier(grant, request))
        .and_then(|()| check_key(grant, redemption.proof))
        .and_then(|()| check_resource(grant, request.resource.as_deref()));
    if let Err(error) = checked {
        return Decision::Refuse(error);
    }
    match &grant.state {
        GrantState::Redeemed { live_until, .. } => Decision::Revoke(
            OAuthError::invalid_grant("the authorization code was used before; its tokens are revoked"),
            GrantState::Revoked { at: *now, why: RevocationReason::CodeReplayed, live_until: *live_until },
        ),
        GrantState::CodeIssued { expires_at, .. } if expires_at.is_past(*now) => {
            Decision::Refuse(unknown_code().because("the code has expired"))
        }
        _ => {
            if let Some(why) = broken(grant, client) {
                let reason = RevocationReason::DocumentChanged;
                let state = GrantState::Revoked { at: *now, why: reason, live_until: grant.forget_at() };
                return Decision::End(unknown_code().because(why), state, why);
            }
            let still = authority::of_tenant(grant, redemption.tenant)
                .and_then(|()| authority::of_audience(grant, client, redemption.tenant))
                .and_then(|()| authority::of_redirect(grant, client));
            match still {
                Ok(()) => first_use(grant, redemption),
                Err(why) => Decision::Refuse(unknown_code().because(why)),
            }
        }
    }
}

/// The redirect_uri of the request must come again, identical (RFC 6749 §4.1.3).
fn check_redirect_uri(grant: &Grant, request: &AuthorizationCodeRequest) -> Result<(), OAuthError> {
    match &request.redirect_uri {
        Some(uri) if *uri == grant.approval.redirect_uri => Ok(()),
        Some(_) => Err(OAuthError::invalid_grant("redirect_uri differs from the one of the authorization request")),
        None => Err(OAuthError::invalid_grant("redirect_uri is missing")),
    }
}

fn check_verifier(grant: &Grant, request: &AuthorizationCodeRequest) -> Result<(), OAuthError> {
    match (&grant.approval.code_challenge, &request.code_verifier) {
        (None, None) => Ok(()),
        // RFC 9700 §4.8.2: somebody stripped the challenge from the request, or pasted a foreign code.
        (None, Some(_)) => Err(OAuthError::invalid_grant("a code_verifier came for a code without code_challenge")),
        (Some(_), None) => Err(OAuthError::invalid_grant("code_verifier is missing")),
        (Some(challenge), Some(verifier)) => {
            let verifier = verifier.expose();
            if !is_verifier(verifier) {
                return Err(OAuthError::invalid_grant(
                    "code_verifier must be 43 to 128 characters of A-Z a-z 0-9 - . _ ~",
                ));
            }
            let computed = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
            if same(&computed, challenge) {
                Ok(())
            } else {
                Err(OAuthError::invalid_grant("code_verifier does not match code_challenge"))
            }
        }
    }
}

/// A code that was asked for with a key is for its holder alone (RFC 9449 §10).
fn check_key(grant: &Grant, proof: Option<&Thumbprint>) -> Result<(), OAuthError> {
    match (&grant.approval.dpop_jkt, proof) {
        (Some(asked), Some(proof)) if asked != proof => {
            Err(OAuthError::invalid_grant("the DPoP proof is by another key than the authorization request named"))
        }
        (Some(_), None) => Err(OAuthError::invalid_grant("a DPoP proof is missing: the code is bound to a key")),
        _ => Ok(()),
    }
}

/// RFC 7636 §4.1.
fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'))
}

fn first_use(grant: &Grant, redemption: &Redemption<'_>) -> Decision {
    let Redemption { presented, client, tenant, fresh, now, .. } = redemption;
    let (scope, aud) = (&grant.approval.scope, grant.approval.audience());
    let confirmation = match binding(client, tenant, aud, redemption.proof) {
        Ok(confirmation) => confirmation,
        Err(error) => return Decision::Refuse(error),
    };
    let scope = match still_registered(scope, client, tenant, aud).and_then(|scope| bounded(scope, client, tenant, aud))
    {
        Ok(scope) => scope,
        Err(error) => return Decision::Refuse(error),
    };
    let policy = &tenant.policy;
    let seconds = match grant.gets_no_access_token(client) {
        true => NOOP_SECONDS,
        false => client.access_token_seconds.unwrap_or(policy.access_token_seconds),
    };
    let access_token_seconds = grant.approval.seconds_left(seconds, *now);
    let (refresh, token) = new_family(grant, client, tenant, fresh, *now).unzip();
    let refresh = refresh.map(|family| family.bound_to(confirmation.as_ref()));
    let (nonce, extensions) = (grant.approval.nonce.clone(), redemption.extensions.cloned());
    let code = Some(presented.secret.hash());
    let next = GrantState::redeemed(code, refresh, extensions.clone(), access_token_seconds, *now);
    let issuance = Issuance { scope, refresh_token: token, nonce, access_token_seconds, confirmation, extensions };
    Decision::Issue(issuance, Some(next))
}
