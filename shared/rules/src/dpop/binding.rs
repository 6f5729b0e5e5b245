//! Whether a token is bound to the key of a proof, and to which (RFC 9449 §5).

use super::{
    proof::DpopProof,
    thumbprint::{Confirmation, Thumbprint},
};
use crate::{
    client::Client,
    jwa::is_listed,
    oauth::error::{ErrorCode, OAuthError},
    tenant::{DpopUse, Tenant},
};

/// The key that a new token of this client for this audience is bound to. None: a Bearer token.
pub fn binding(
    client: &Client,
    tenant: &Tenant,
    aud: &str,
    proof: Option<&Thumbprint>,
) -> Result<Option<Confirmation>, OAuthError> {
    // FAPI 2.0 §5.3.2.1 item 4: every access token.
    let must = client.must_be_bound(tenant);
    match (tenant.dpop_at(aud), proof) {
        (DpopUse::Off, _) if must => Err(OAuthError::new(
            ErrorCode::InvalidTarget,
            "this FHIR server takes no DPoP-bound tokens, and this client may have no others",
        )),
        (DpopUse::Off, _) => Ok(None),
        (DpopUse::Required, None) => Err(missing("the tokens of this FHIR server are")),
        (DpopUse::Accepted, None) if must => Err(missing("the tokens of this client are")),
        (DpopUse::Accepted, None) => Ok(None),
        (DpopUse::Accepted | DpopUse::Required, Some(key)) => Ok(Some(Confirmation { jkt: key.clone() })),
    }
}

/// What a refresh must prove, of which nothing is spent until it does. A public client has nothing but its key to show that a refresh
/// token is its own; a confidential one authenticates, and may change its key (RFC 9449 §5). What was bound once is never a Bearer
/// token again.
pub fn refresh_key(
    client: &Client,
    bound_to: Option<&Thumbprint>,
    proof: Option<&Thumbprint>,
) -> Result<(), OAuthError> {
    match (bound_to, proof) {
        (None, _) => Ok(()),
        (Some(bound), Some(proof)) if !client.is_public() || bound == proof => Ok(()),
        (Some(_), Some(_)) => Err(OAuthError::invalid_grant("the refresh token is bound to another key")),
        (Some(_), None) if client.is_public() => {
            Err(OAuthError::invalid_grant("the refresh token is bound to a key: a DPoP proof by it is missing"))
        }
        (Some(_), None) => Err(missing("the tokens of this grant are")),
    }
}

/// A client may be held to fewer algorithms than its tenant's others (FAPI 2.0 §5.4.1). Who it is, is known after the proof was judged.
pub fn proof_fits(client: &Client, tenant: &Tenant, proof: &DpopProof) -> Result<(), OAuthError> {
    let allowed = client.profile_at(tenant).proof_algorithms();
    match is_listed(proof.alg, allowed) {
        true => Ok(()),
        false => Err(OAuthError::new(
            ErrorCode::InvalidDpopProof,
            format!("the DPoP proof is refused: alg must be one of: {}", allowed.join(", ")),
        )),
    }
}

/// Whether a client may ask for tokens with this proof, or without any: known before anything of its own is spent.
pub fn may_ask_with(client: &Client, tenant: &Tenant, proof: Option<&DpopProof>) -> Result<(), OAuthError> {
    match proof {
        Some(proof) => proof_fits(client, tenant, proof),
        None if client.must_be_bound(tenant) && tenant.takes_dpop() => Err(missing("the tokens of this client are")),
        None => Ok(()),
    }
}

fn missing(whose: &str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidDpopProof, format!("{whose} bound to a key: a DPoP proof is missing"))
}
