//! How somebody proved who they are, in the words of an id_token: `amr` (RFC 8176) and `acr` (OpenID Connect Core §2).

use crate::{
    signed_in::SignedIn,
    tenant::{SecondFactor, Tenant},
};

/// Nobody who knows what was typed can sign in with it elsewhere (OpenID EAP ACR Values 1.0).
pub const PHISHING_RESISTANT: &str = "phr";
/// Two factors (PAPE 1.0 §4).
pub const MULTI_FACTOR: &str = "http://schemas.openid.net/pape/policies/2007/06/multi-factor";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    Password,
    PasswordAndCode,
    /// A recovery code is no one-time password of RFC 4226 or 6238.
    PasswordAndRecoveryCode,
    /// The device checked who holds it. It may keep its key to itself, or copy it to its owner's other devices.
    Passkey {
        copied: bool,
    },
    PasswordAndPasskey {
        copied: bool,
    },
}

impl Proof {
    pub fn amr(self) -> Vec<String> {
        let key = |copied| if copied { "swk" } else { "hwk" };
        let words = match self {
            Proof::Password => vec!["pwd"],
            Proof::PasswordAndCode => vec!["pwd", "otp", "mfa"],
            Proof::PasswordAndRecoveryCode => vec!["pwd", "mfa"],
            Proof::Passkey { copied } => vec![key(copied), "user", "mfa"],
            Proof::PasswordAndPasskey { copied } => vec!["pwd", key(copied), "user", "mfa"],
        };
        words.into_iter().map(str::to_owned).collect()
    }
}

pub fn is_multi_factor(user: &SignedIn) -> bool {
    user.amr.iter().any(|method| method == "mfa")
}

/// The first that the app asked for and the sign-in was, or else the best that it was. Of somebody whom a provider signed in
/// it is what the provider said, as far as it is trusted with that.
pub fn acr(user: &SignedIn, asked: &[String]) -> Option<String> {
    if user.provider.is_some() {
        return user.acr.clone();
    }
    let reached = reached(user);
    let wanted = asked.iter().map(String::as_str).find(|acr| reached.contains(acr));
    wanted.or(reached.first().copied()).map(str::to_owned)
}

/// Whether an app asks for more than this sign-in was, and for something that another one could be.
pub fn falls_short(user: &SignedIn, asked: &[String]) -> bool {
    // What an EHR's people are asked for and have not, they show here, whatever it is (VOUCH-9).
    let known = |acr: &&String| user.vouched_by.is_some() || [PHISHING_RESISTANT, MULTI_FACTOR].contains(&acr.as_str());
    let reached = reached(user);
    user.provider.is_none()
        && asked.iter().any(|acr| known(&acr))
        && !asked.iter().any(|acr| reached.contains(&acr.as_str()))
}

/// The same at this tenant: whether signing in again, where this person signs in, could be what the app asks for. A
/// provider can be asked for what the operator has agreed with it.
pub fn could_be_more(tenant: &Tenant, user: &SignedIn, asked: &[String]) -> bool {
    let Some(id) = &user.provider else {
        return falls_short(user, asked) && (user.vouched_by.is_some() || !reachable(tenant).is_empty());
    };
    let provider = tenant.identity_providers.iter().find(|provider| provider.id == *id);
    let agreed = provider.map(|provider| provider.acr_values.as_slice()).unwrap_or_default();
    asked.iter().any(|acr| agreed.contains(acr)) && !asked.iter().any(|acr| user.acr.as_ref() == Some(acr))
}

/// What a sign-in here can be, at a provider too.
pub fn supported(tenant: &Tenant) -> Vec<&str> {
    let mut supported = reachable(tenant);
    for acr in tenant.identity_providers.iter().flat_map(|provider| &provider.acr_values) {
        if !supported.contains(&acr.as_str()) {
            supported.push(acr);
        }
    }
    supported
}

/// What a sign-in of the tenant's own people can be.
pub fn reachable(tenant: &Tenant) -> Vec<&'static str> {
    let multi_factor = tenant.policy.passkeys || tenant.policy.second_factor != SecondFactor::None;
    let words = [(PHISHING_RESISTANT, tenant.policy.passkeys), (MULTI_FACTOR, multi_factor)];
    words.into_iter().filter_map(|(acr, can_be)| can_be.then_some(acr)).collect()
}

/// The best first. Of somebody whom an EHR vouched for, what it said, and two factors if it saw two.
fn reached(user: &SignedIn) -> Vec<&str> {
    if user.vouched_by.is_some() {
        return user.acr.as_deref().into_iter().chain(is_multi_factor(user).then_some(MULTI_FACTOR)).collect();
    }
    let key = user.amr.iter().any(|method| method == "hwk" || method == "swk");
    match (key, is_multi_factor(user)) {
        (true, true) => vec![PHISHING_RESISTANT, MULTI_FACTOR],
        (_, true) => vec![MULTI_FACTOR],
        _ => Vec::new(),
    }
}
