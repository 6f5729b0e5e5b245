//! What our tokens say: access tokens after RFC 9068, id_tokens after OpenID Connect Core §2.

use crate::{
    dpop::Confirmation,
    extensions::carried::Extensions,
    grant::{Approval, Grant, GrantId},
    scope::ScopeSet,
    secret::random_text,
    tenant::TenantRecord,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    pub iss: String,
    pub sub: String,
    /// The URL of the FHIR server, or of the resource before it, that it is for; or the issuer.
    pub aud: String,
    pub client_id: String,
    /// The same, under the name that OpenID Connect and Koppeltaal use (KT-6).
    pub azp: String,
    pub iat: Timestamp,
    pub exp: Timestamp,
    pub jti: String,
    pub scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encounter: Option<String>,
    #[serde(rename = "fhirUser", skip_serializing_if = "Option::is_none")]
    pub fhir_user: Option<String>,
    /// The grant whose revocation ends this token; absent for backend services.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<GrantId>,
    /// The key that its holder must prove (RFC 9449 §6.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// On whose behalf it was asked for, and for what, as its client's assertion said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

impl AccessTokenClaims {
    pub fn of_grant(tenant: &TenantRecord, grant: &Grant, scope: &ScopeSet, seconds: i64, now: Timestamp) -> Self {
        let approval = &grant.approval;
        AccessTokenClaims {
            iss: tenant.issuer.as_str().to_owned(),
            sub: approval.sub.clone(),
            aud: approval.audience().to_owned(),
            client_id: grant.client_id.clone(),
            azp: grant.client_id.clone(),
            iat: now,
            exp: now.plus(seconds),
            jti: random_text::<16>(),
            scope: scope.to_string(),
            auth_time: Some(approval.auth_time),
            patient: approval.context.patient.clone(),
            encounter: approval.context.encounter.clone(),
            fhir_user: fhir_user(approval, scope),
            grant_id: Some(grant.id.clone()),
            cnf: None,
            extensions: None,
        }
    }

    /// A backend service's own token: `sub` is the client (RFC 9068 §2.2).
    pub fn of_client(
        tenant: &TenantRecord,
        client_id: &str,
        aud: &str,
        scope: &ScopeSet,
        seconds: i64,
        now: Timestamp,
    ) -> Self {
        AccessTokenClaims {
            iss: tenant.issuer.as_str().to_owned(),
            sub: client_id.to_owned(),
            aud: aud.to_owned(),
            client_id: client_id.to_owned(),
            azp: client_id.to_owned(),
            iat: now,
            exp: now.plus(seconds),
            jti: random_text::<16>(),
            scope: scope.to_string(),
            auth_time: None,
            patient: None,
            encounter: None,
            fhir_user: None,
            grant_id: None,
            cnf: None,
            extensions: None,
        }
    }

    /// The same, bound to a key.
    #[must_use]
    pub fn bound_to(self, cnf: Option<Confirmation>) -> AccessTokenClaims {
        AccessTokenClaims { cnf, ..self }
    }

    /// The same, with what its client's assertion brought.
    #[must_use]
    pub fn carrying(self, extensions: Option<Extensions>) -> AccessTokenClaims {
        AccessTokenClaims { extensions, ..self }
    }

    /// How it is to be presented, as the token endpoint and introspection say it (RFC 9449 §5, §6.2).
    pub fn token_type(&self) -> &'static str {
        if self.cnf.is_some() { "DPoP" } else { "Bearer" }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IdTokenClaims {
    pub iss: String,
    pub sub: String,
    pub aud: String,
    pub azp: String,
    pub iat: Timestamp,
    pub exp: Timestamp,
    pub auth_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// Binds the id_token to the access token beside it (OIDC Core §3.1.3.6).
    pub at_hash: String,
    #[serde(flatten)]
    pub person: PersonClaims,
}

/// Who the person is, as far as the app may know: in the id_token and at `/userinfo` alike.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonClaims {
    /// Of the scope `fhirUser`.
    #[serde(rename = "fhirUser", skip_serializing_if = "Option::is_none")]
    pub fhir_user: Option<String>,
    /// With the following, of the scope `profile` (OIDC Core §5.4). What is not known here is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What a user of this server's own signs in with. It is no `sub`: another person may have it later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    /// The same URL as `fhirUser`: apps of SMART 1.0 read it here. A person has no other page (OIDC Core §5.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
}

impl PersonClaims {
    /// Each needs `openid` beside its scope (SCP-12).
    pub fn of(approval: &Approval, scope: &ScopeSet) -> PersonClaims {
        let fhir_user = fhir_user(approval, scope);
        if !(scope.has_openid() && scope.has_profile()) {
            return PersonClaims { fhir_user, ..PersonClaims::default() };
        }
        let own = approval.account.as_ref().filter(|account| account.provider.is_none());
        PersonClaims {
            fhir_user,
            name: approval.name.clone(),
            preferred_username: own.map(|account| account.username.clone()),
            profile: approval.fhir_user.clone(),
        }
    }
}

/// What an id_token is made of beside the grant.
pub struct IdTokenFacts<'a> {
    pub scope: &'a ScopeSet,
    pub nonce: Option<String>,
    pub access_token: &'a str,
    pub now: Timestamp,
}

impl IdTokenClaims {
    pub fn new(tenant: &TenantRecord, grant: &Grant, facts: IdTokenFacts<'_>) -> IdTokenClaims {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        let hash = Sha256::digest(facts.access_token.as_bytes());
        IdTokenClaims {
            iss: tenant.issuer.as_str().to_owned(),
            sub: grant.approval.sub.clone(),
            aud: grant.client_id.clone(),
            azp: grant.client_id.clone(),
            iat: facts.now,
            exp: facts.now.plus(tenant.policy.id_token_seconds),
            auth_time: grant.approval.auth_time,
            nonce: facts.nonce,
            amr: grant.approval.amr.clone(),
            acr: grant.approval.acr.clone(),
            at_hash: URL_SAFE_NO_PAD.encode(&hash[..16]),
            person: PersonClaims::of(&grant.approval, facts.scope),
        }
    }
}

/// `fhirUser` needs `openid` beside it (SCP-12).
fn fhir_user(approval: &Approval, scope: &ScopeSet) -> Option<String> {
    let wanted = scope.has_openid() && scope.has_fhir_user();
    approval.fhir_user.clone().filter(|_| wanted)
}
