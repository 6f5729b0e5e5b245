//! A FHIR server as this authorization server itself reads it: with a token of its own, for what one page needs, for a
//! minute.

use super::failed::FhirFailed;
use crate::keys::{outbound::Outbound, signer::Signer};
use rules::{
    client::own::OWN_CLIENT_ID, jws::TokenKind, scope::ScopeSet, secret::Secret, tenant::TenantRecord, time::Timestamp,
    token::AccessTokenClaims,
};
use serde_json::Value;

const TOKEN_SECONDS: i64 = 60;

pub struct FhirReader<'a> {
    outbound: &'a Outbound,
    pub(super) tenant: &'a TenantRecord,
    pub(super) base: &'a str,
    token: Secret,
}

impl<'a> FhirReader<'a> {
    /// `scope` is all that the token opens.
    pub async fn new(
        signer: &Signer,
        outbound: &'a Outbound,
        tenant: &'a TenantRecord,
        base: &'a str,
        scope: &str,
        now: Timestamp,
    ) -> Result<Self, FhirFailed> {
        let scope = ScopeSet::strict(scope).map_err(|_| FhirFailed("own scope".into()))?;
        let claims = AccessTokenClaims::of_client(tenant, OWN_CLIENT_ID, base, &scope, TOKEN_SECONDS, now);
        let token = signer.sign(tenant, TokenKind::AccessToken, &claims).await?;
        Ok(FhirReader { outbound, tenant, base: base.trim_end_matches('/'), token })
    }

    /// The resource of this type and id, and no other.
    pub async fn resource(&self, kind: &str, id: &str) -> Result<Value, FhirFailed> {
        let resource = self.get(&format!("{kind}/{id}")).await?;
        if resource["resourceType"] == kind && resource["id"] == id {
            Ok(resource)
        } else {
            Err(FhirFailed(format!("the answer is not this {kind}")))
        }
    }

    /// What lies at this type and id, if anything does.
    pub async fn if_there(&self, kind: &str, id: &str) -> Result<Option<Value>, FhirFailed> {
        let url = format!("{}/{kind}/{id}", self.base);
        let Some(fetched) = self.outbound.fhir_if_there(&url, self.token.expose()).await? else { return Ok(None) };
        serde_json::from_slice(&fetched.body).map(Some).map_err(|_| FhirFailed("the answer is not JSON".into()))
    }

    /// What lies at a path below the base.
    pub(super) async fn get(&self, path: &str) -> Result<Value, FhirFailed> {
        let fetched = self.outbound.fhir(&format!("{}/{path}", self.base), self.token.expose()).await?;
        serde_json::from_slice(&fetched.body).map_err(|_| FhirFailed("the answer is not JSON".into()))
    }

    /// The same of a question that the server may not understand.
    pub(super) async fn get_if_understood(&self, path: &str) -> Result<Option<Value>, FhirFailed> {
        let url = format!("{}/{path}", self.base);
        let Some(fetched) = self.outbound.fhir_if_understood(&url, self.token.expose()).await? else { return Ok(None) };
        serde_json::from_slice(&fetched.body).map(Some).map_err(|_| FhirFailed("the answer is not JSON".into()))
    }

    /// What lies at a link of the server's own.
    pub(super) async fn follow(&self, link: &super::bundle::PageLink) -> Result<Value, FhirFailed> {
        let fetched = self.outbound.fhir(link.url(), self.token.expose()).await?;
        serde_json::from_slice(&fetched.body).map_err(|_| FhirFailed("the answer is not JSON".into()))
    }
}
