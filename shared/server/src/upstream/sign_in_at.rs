//! One sign-in at one provider: from the code that the browser brought to the person whom it stands for.

use super::{failed::NobodySignedIn, person_search::PersonSearch};
use crate::Server;
use rules::{
    hti::{
        HtiLaunch,
        person::{claimed, is_them},
    },
    identity_provider::{
        IdentityProvider,
        callback::Code,
        freshness::Freshness,
        id_token::Identity,
        mapping::{self, At, Found, Wanted},
        metadata::ProviderMetadata,
        request::Binding,
        verified::add_userinfo,
    },
    signed_in::SignedIn,
    tenant::TenantRecord,
    time::Timestamp,
    user::{FhirUser, FhirUserType, Reach, reach},
};
use std::slice;

/// One sign-in at one provider.
pub struct SignInAt<'a> {
    pub server: &'a Server,
    pub tenant: &'a TenantRecord,
    pub provider: &'a IdentityProvider,
    pub metadata: &'a ProviderMetadata,
    /// The FHIR server that the app asked for, where the person is looked up; for this server's own pages each of the tenant's, in
    /// turn.
    pub fhir_servers: Vec<&'a str>,
    pub asked_at: Timestamp,
    pub freshness: Freshness,
    pub now: Timestamp,
}

impl SignInAt<'_> {
    /// The person behind the code.
    pub async fn redeem(&self, code: &Code<'_>, binding: &Binding) -> Result<SignedIn, NobodySignedIn> {
        let identity = self.identify(code, binding).await?;
        let mut nobody = NobodySignedIn::Unknown("the tenant has no FHIR server".into());
        for aud in &self.fhir_servers {
            match self.person_at(aud, &identity).await {
                Err(NobodySignedIn::Unknown(why)) => nobody = NobodySignedIn::Unknown(why),
                other => return other,
            }
        }
        Err(nobody)
    }

    /// The person whom a portal launched, if it is they who have the code: nobody is searched for, the very resource that the launch
    /// names is read (HTI-10).
    pub async fn redeem_for(
        &self,
        launch: &HtiLaunch,
        aud: &str,
        code: &Code<'_>,
        binding: &Binding,
    ) -> Result<SignedIn, NobodySignedIn> {
        let identity = self.identify(code, binding).await?;
        let at = At { aud, servers: &self.tenant.fhir_servers };
        let claimed = claimed(launch, self.provider, at, &identity.claims)?;
        let person = launch.person.clone();
        let resource = self.people(aud).resource(&person).await?;
        is_them(&resource, launch, &claimed, aud)?;
        let found = Found { identity, fhir_server: aud.to_owned(), fhir_user: Some(person), patients: Vec::new() };
        Ok(mapping::signed_in(self.tenant, self.provider, found, self.now)?)
    }

    /// Who this is at one FHIR server.
    async fn person_at(&self, aud: &str, identity: &Identity) -> Result<SignedIn, NobodySignedIn> {
        let at = At { aud, servers: &self.tenant.fhir_servers };
        let mapped = mapping::map(self.provider, at, &identity.claims)?;
        let fhir_user = self.find(aud, mapped.fhir_user).await?;
        let mut patients: Vec<String> = Vec::new();
        // Which patients a clinician reaches is the FHIR server's decision.
        if reach(fhir_user.as_ref(), &[]) != Reach::Any {
            patients = self.find_patients(aud, mapped.patients).await?;
        }
        let found = Found { identity: identity.clone(), fhir_server: aud.to_owned(), fhir_user, patients };
        Ok(mapping::signed_in(self.tenant, self.provider, found, self.now)?)
    }

    async fn find(&self, aud: &str, wanted: Wanted) -> Result<Option<FhirUser>, NobodySignedIn> {
        match wanted {
            Wanted::Nothing => Ok(None),
            Wanted::Named(person) => {
                self.people(aud).confirm(person.resource, slice::from_ref(&person)).await?;
                Ok(Some(person))
            }
            Wanted::ToFind(search) => self.people(aud).only(&search).await.map(Some),
        }
    }

    /// Those who are named are read together, with one token.
    async fn find_patients(&self, aud: &str, wanted: Vec<Wanted>) -> Result<Vec<String>, NobodySignedIn> {
        let (mut found, mut named) = (Vec::new(), Vec::new());
        for wanted in wanted {
            match wanted {
                Wanted::Named(patient) if named.contains(&patient) => {}
                Wanted::Named(patient) => named.push(patient),
                other => found.extend(self.find(aud, other).await?),
            }
        }
        self.people(aud).confirm(FhirUserType::Patient, &named).await?;
        Ok(named.into_iter().chain(found).map(|patient| patient.id).collect())
    }

    fn people<'a>(&'a self, base: &'a str) -> PersonSearch<'a> {
        PersonSearch { server: self.server, tenant: self.tenant, base, now: self.now }
    }

    /// Claims of its userinfo endpoint come last.
    async fn identify(&self, code: &Code<'_>, binding: &Binding) -> Result<Identity, NobodySignedIn> {
        let tokens = self.exchange(code, binding).await?;
        let mut identity = self.verify(&tokens, code, binding).await?;
        if self.provider.userinfo {
            let more = self.userinfo(&tokens, &identity.sub).await?;
            if let Some(claims) = identity.claims.as_object_mut() {
                add_userinfo(claims, more);
            }
        }
        Ok(identity)
    }
}
