//! Koppeltaal's launch, where a tenant takes it: who signs in where (TOP-KT-023).

use super::Tenant;
use crate::{
    client::Client,
    identity_provider::{IdentityProvider, Template},
    user::FhirUserType,
};
use serde::{Deserialize, Serialize};

/// What a tenant says of HTI launches. Where it says nothing, it takes none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hti {
    /// The id of this server's own `Device`, which the audit trail names as the observer.
    pub device: String,
    /// The domain's default, for apps that have no list of their own. The first of a user type is where its people sign in, unless the
    /// launch names another.
    pub sign_in: Vec<HtiSignIn>,
}

/// One identity provider for one type of user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HtiSignIn {
    pub user_type: FhirUserType,
    pub provider: String,
    /// `system|{claim}`: the identifier that the person's resource must have. Absent: as the provider itself says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<Template>,
}

/// Where a person signs in, and whether the launch named a provider that is not listed.
#[derive(Debug, PartialEq, Eq)]
pub struct ChosenSignIn<'t> {
    pub way: &'t HtiSignIn,
    pub unlisted_hint: bool,
}

/// The types that a launch can name. HTI's `Person` is none of Koppeltaal's (HTI-8).
pub const HTI_USER_TYPES: [FhirUserType; 3] =
    [FhirUserType::Patient, FhirUserType::Practitioner, FhirUserType::RelatedPerson];

impl Tenant {
    /// The provider for one type of an app's users: the one that the launch names, if it is listed, or else the first (HTI-9). A
    /// launch may name one by its id or by its issuer.
    pub fn hti_sign_in<'t>(
        &'t self,
        client: &'t Client,
        user_type: FhirUserType,
        hint: Option<&str>,
    ) -> Option<ChosenSignIn<'t>> {
        let of_type = |all: &'t [HtiSignIn]| all.iter().filter(move |way| way.user_type == user_type);
        let own = of_type(&client.hti_sign_in);
        let default = of_type(self.hti.as_ref().map(|hti| hti.sign_in.as_slice()).unwrap_or_default());
        let listed: Vec<&HtiSignIn> = if own.clone().next().is_some() { own.collect() } else { default.collect() };
        let is_named = |way: &&&HtiSignIn| {
            let provider = self.provider(&way.provider);
            hint.is_some_and(|hint| way.provider == hint || provider.is_some_and(|provider| provider.issuer == hint))
        };
        let named = listed.iter().find(is_named);
        let way = named.or(listed.first())?;
        Some(ChosenSignIn { way, unlisted_hint: hint.is_some() && named.is_none() })
    }

    /// The identity provider of this id.
    pub fn provider(&self, id: &str) -> Option<&IdentityProvider> {
        self.identity_providers.iter().find(|provider| provider.id == id)
    }
}
