//! Where the person of a launch signs in (TOP-KT-023; HTI-9).

use crate::{
    client::Client,
    identity_provider::ways_in,
    tenant::{HtiSignIn, Tenant},
    user::FhirUserType,
};

/// Where a person signs in, and whether the launch named a provider that is not listed.
#[derive(Debug, PartialEq, Eq)]
pub struct ChosenSignIn<'t> {
    pub way: &'t HtiSignIn,
    pub unlisted_hint: bool,
}

/// The provider for one type of an app's users: the one that the launch names, if it is listed, or else the first. A launch may name
/// one by its id or by its issuer.
pub fn choose<'t>(
    tenant: &'t Tenant,
    client: &'t Client,
    user_type: FhirUserType,
    hint: Option<&str>,
) -> Option<ChosenSignIn<'t>> {
    let of_type =
        |all: &'t [HtiSignIn]| -> Vec<&'t HtiSignIn> { all.iter().filter(|way| way.user_type == user_type).collect() };
    let own = of_type(&client.hti_sign_in);
    let listed = match own.is_empty() {
        true => of_type(tenant.hti.as_ref().map(|hti| hti.sign_in.as_slice()).unwrap_or_default()),
        false => own,
    };
    let is_named = |way: &HtiSignIn, hint: &str| {
        let provider = ways_in::find(&tenant.identity_providers, &way.provider);
        way.provider == hint || provider.is_some_and(|provider| provider.issuer == hint)
    };
    let named = hint.and_then(|hint| listed.iter().find(|way| is_named(way, hint)));
    let way = named.or(listed.first())?;
    Some(ChosenSignIn { way, unlisted_hint: hint.is_some() && named.is_none() })
}
