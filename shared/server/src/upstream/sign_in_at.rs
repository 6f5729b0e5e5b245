//! One sign-in at one provider: from the code that the browser brought to the person whom it stands for.

use super::{failed::NobodySignedIn, person_search::PersonSearch};
use crate::Server;
use rules::{
    identity_provider::{
        IdentityProvider,
        callback::Code,
        id_token::Identity,
        mapping::{self, At, Found, Wanted},
        metadata::ProviderMetadata,
        request::Binding,
    },
    signed_in::SignedIn,
    tenant::TenantRecord,
    time::Timestamp,
    user::{FhirUser, Reach, reach},
};

/// One sign-in at one provider.
pub struct SignInAt<'a> {
    pub server: &'a Server,
    pub tenant: &'a TenantRecord,
    pub provider: &'a IdentityProvider,
    pub metadata: &'a ProviderMetadata,
    /// The FHIR server that the app asked for; where the person is looked up.
    pub aud: &'a str,
    pub asked_at: Timestamp,
    pub max_age: Option<i64>,
    pub now: Timestamp,
}

impl SignInAt<'_> {
    /// The person behind the code.
    pub async fn redeem(&self, code: &Code<'_>, binding: &Binding) -> Result<SignedIn, NobodySignedIn> {
        let identity = self.identify(code, binding).await?;
        let mapped =
            mapping::map(self.provider, At { aud: self.aud, servers: &self.tenant.fhir_servers }, &identity.claims)?;
        let fhir_user = self.find(mapped.fhir_user).await?;
        let mut patients: Vec<String> = Vec::new();
        // Which patients a clinician reaches is the FHIR server's decision.
        if reach(fhir_user.as_ref(), &[]) != Reach::Any {
            for wanted in mapped.patients {
                patients.extend(self.find(wanted).await?.map(|found| found.id));
            }
        }
        let found = Found { identity, fhir_server: self.aud.to_owned(), fhir_user, patients };
        Ok(mapping::signed_in(self.tenant, self.provider, found, self.now)?)
    }

    async fn find(&self, wanted: Wanted) -> Result<Option<FhirUser>, NobodySignedIn> {
        match wanted {
            Wanted::Nothing => Ok(None),
            Wanted::Known(person) => Ok(Some(person)),
            Wanted::ToFind(search) => {
                PersonSearch { server: self.server, tenant: self.tenant, base: self.aud, now: self.now }
                    .only(&search)
                    .await
                    .map(Some)
            }
        }
    }

    /// Claims of its userinfo endpoint come last and replace none: the id_token is the one that is signed.
    async fn identify(&self, code: &Code<'_>, binding: &Binding) -> Result<Identity, NobodySignedIn> {
        let tokens = self.exchange(code, binding).await?;
        let mut identity = self.verify(&tokens, code, binding).await?;
        if self.provider.userinfo {
            let more = self.userinfo(&tokens, &identity.sub).await?;
            if let Some(claims) = identity.claims.as_object_mut() {
                for (name, value) in more {
                    claims.entry(name).or_insert(value);
                }
            }
        }
        Ok(identity)
    }
}
