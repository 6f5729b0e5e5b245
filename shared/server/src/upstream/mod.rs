//! Asks identity providers: where they live, what a code stands for, and the FHIR server who that person is. What their
//! answers are worth is decided in `identity_provider`.

pub mod documents;
mod person_search;
mod redeem;

use crate::{
    Server,
    fhir::reader::FhirFailed,
    keys::{client_keys::NoKeys, outbound::FetchFailed, signer::SigningFailed},
    store::StoreError,
};
use person_search::PersonSearch;
use rules::{
    identity_provider::{
        IdentityProvider,
        callback::Code,
        id_token::Identity,
        mapping::{self, Found, NotMapped, Wanted},
        metadata::ProviderMetadata,
        request::Binding,
    },
    jws::BadJws,
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

/// Why nobody is signed in. The texts are for the log and hold no claim.
#[derive(Debug)]
pub enum NobodySignedIn {
    /// The provider, or the FHIR server behind the mapping, gave no useful answer. Later it may.
    Unreachable(String),
    /// The provider's word can't be trusted.
    Untrustworthy(String),
    /// They are who they are, and nobody whom this server knows.
    Unknown(String),
    Store(StoreError),
}

impl SignInAt<'_> {
    /// The person behind the code.
    pub async fn redeem(&self, code: &Code<'_>, binding: &Binding) -> Result<SignedIn, NobodySignedIn> {
        let identity = self.identify(code, binding).await?;
        let mapped = mapping::map(self.provider, &self.tenant.fhir_servers, &identity.claims)?;
        let fhir_user = self.find(mapped.fhir_user).await?;
        let mut patients: Vec<String> = Vec::new();
        // Which patients a clinician reaches is the FHIR server's decision.
        if reach(fhir_user.as_ref(), &[]) != Reach::Any {
            for wanted in mapped.patients {
                patients.extend(self.find(wanted).await?.map(|found| found.id));
            }
        }
        let found = Found { identity, fhir_user, patients };
        Ok(mapping::signed_in(self.tenant, self.provider, found, self.now)?)
    }

    async fn find(&self, wanted: Wanted) -> Result<Option<FhirUser>, NobodySignedIn> {
        match wanted {
            Wanted::Nothing => Ok(None),
            Wanted::Known(person) => Ok(Some(person)),
            Wanted::ToFind(search) => PersonSearch::new(self).only(&search).await.map(Some),
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

impl From<FetchFailed> for NobodySignedIn {
    fn from(error: FetchFailed) -> NobodySignedIn {
        NobodySignedIn::Unreachable(error.0)
    }
}

impl From<FhirFailed> for NobodySignedIn {
    fn from(error: FhirFailed) -> NobodySignedIn {
        NobodySignedIn::Unreachable(format!("the FHIR server: {error}"))
    }
}

impl From<SigningFailed> for NobodySignedIn {
    fn from(error: SigningFailed) -> NobodySignedIn {
        NobodySignedIn::Unreachable(error.0)
    }
}

impl From<BadJws> for NobodySignedIn {
    fn from(error: BadJws) -> NobodySignedIn {
        NobodySignedIn::Untrustworthy(format!("the id_token: {}", error.0))
    }
}

impl From<NotMapped> for NobodySignedIn {
    fn from(error: NotMapped) -> NobodySignedIn {
        NobodySignedIn::Unknown(error.0)
    }
}

impl From<StoreError> for NobodySignedIn {
    fn from(error: StoreError) -> NobodySignedIn {
        NobodySignedIn::Store(error)
    }
}

impl From<NoKeys> for NobodySignedIn {
    fn from(error: NoKeys) -> NobodySignedIn {
        match error {
            NoKeys::Fetch(error) => NobodySignedIn::Unreachable(format!("its key set: {error}")),
            NoKeys::Store(error) => NobodySignedIn::Store(error),
        }
    }
}
