//! Sending a person to a provider (OpenID Connect Core §3.1.2.1), so that only this browser, this interaction and this
//! provider can bring the answer back.

use super::{IdentityProvider, freshness::Freshness, metadata::ProviderMetadata};
use crate::{
    secret::{Secret, SecretHash},
    tenant::Issuer,
    time::Timestamp,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A person is at a provider. Part of the interaction, and used up by the first answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trip {
    pub provider: String,
    pub state: SecretHash,
    pub began_at: Timestamp,
    /// Absent in departures of an earlier version.
    #[serde(default)]
    pub freshness: Option<Freshness>,
}

/// `state`, which names the interaction and is known by its hash alone.
pub struct State {
    text: Secret,
}

impl State {
    pub fn new(interaction: &str) -> State {
        State { text: Secret::new(format!("{interaction}.{}", Secret::random().expose())) }
    }

    pub fn read(text: &str) -> Option<(State, &str)> {
        let (interaction, random) = text.split_once('.')?;
        let good = !interaction.is_empty() && random.len() >= 22 && text.len() <= 255;
        good.then(|| (State { text: Secret::new(text) }, interaction))
    }

    pub fn hash(&self) -> SecretHash {
        self.text.hash()
    }

    pub fn expose(&self) -> &str {
        self.text.expose()
    }
}

/// What else binds the answer to this browser. Both come from its cookie and the state, so that they are kept nowhere.
pub struct Binding {
    pub nonce: Secret,
    pub code_verifier: Secret,
}

impl Binding {
    pub fn of(cookie: &Secret, state: &State) -> Binding {
        let of = |what: &str| cookie.successor(&format!("{what}:{}", state.expose()));
        Binding { nonce: of("nonce"), code_verifier: of("code_verifier") }
    }
}

/// What the app said about how it wants the person signed in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wishes<'a> {
    pub prompt: Option<&'a str>,
    pub login_hint: Option<&'a str>,
    pub max_age: Option<i64>,
    pub ui_locales: Option<&'a str>,
    pub acr_values: Option<&'a str>,
}

/// Where the browser goes.
pub fn authorization_url(
    provider: &IdentityProvider,
    metadata: &ProviderMetadata,
    issuer: &Issuer,
    state: &State,
    binding: &Binding,
    wishes: &Wishes<'_>,
) -> Option<String> {
    let mut url = url::Url::parse(&metadata.authorization_endpoint).ok()?;
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(binding.code_verifier.expose().as_bytes()));
    let max_age = wishes.max_age.map(|seconds| seconds.to_string());
    let optional = [
        ("prompt", wishes.prompt),
        ("login_hint", wishes.login_hint),
        ("max_age", max_age.as_deref()),
        ("ui_locales", wishes.ui_locales),
        ("acr_values", wishes.acr_values),
    ];
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &provider.client_id)
        .append_pair("redirect_uri", &provider.redirect_uri(issuer))
        .append_pair("scope", &provider.scope)
        .append_pair("state", state.expose())
        .append_pair("nonce", binding.nonce.expose())
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256")
        .extend_pairs(optional.iter().filter_map(|(name, value)| Some((name, (*value)?))));
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonce_and_verifier_differ_with_browser_and_state() {
        let (one, two) = (State::new("i"), State::new("i"));
        let cookie = Secret::new("cookie");
        let of = |cookie: &Secret, state| Binding::of(cookie, state).nonce.expose().to_owned();
        assert_eq!(of(&cookie, &one), of(&cookie, &one));
        assert_ne!(of(&cookie, &one), of(&cookie, &two));
        assert_ne!(of(&cookie, &one), of(&Secret::new("other"), &one));
        let binding = Binding::of(&cookie, &one);
        assert_ne!(binding.nonce.expose(), binding.code_verifier.expose());
        assert!((43..=128).contains(&binding.code_verifier.expose().len()), "RFC 7636 §4.1");
    }

    #[test]
    fn a_state_names_its_interaction() {
        let state = State::new("the-interaction");
        let (read, interaction) = State::read(state.expose()).unwrap();
        assert_eq!(interaction, "the-interaction");
        assert_eq!(read.hash(), state.hash());
        for bad in ["", ".", "a", "a.b", &format!(".{}", "x".repeat(43)), &format!("a.{}", "x".repeat(300))] {
            assert!(State::read(bad).is_none(), "{bad}");
        }
    }
}
