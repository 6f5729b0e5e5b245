//! Sending a person to a provider (OIDC-12; RFC 9700 §2.1.1).

use super::provider;
use crate::given::tenant;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rules::{
    identity_provider::{
        metadata::ProviderMetadata,
        request::{Binding, State, Wishes, authorization_url},
    },
    secret::Secret,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

fn metadata(authorization_endpoint: &str) -> ProviderMetadata {
    ProviderMetadata {
        issuer: "https://idp.example".into(),
        authorization_endpoint: authorization_endpoint.into(),
        token_endpoint: String::new(),
        jwks_uri: String::new(),
        userinfo_endpoint: None,
        end_session_endpoint: None,
        authorization_response_iss_parameter_supported: false,
        id_token_signing_alg_values_supported: Vec::new(),
    }
}

/// The parameters, and what they were made of.
fn sent(endpoint: &str, wishes: &Wishes<'_>) -> (BTreeMap<String, String>, State, Binding) {
    let state = State::new("interaction");
    let binding = Binding::of(&Secret::new("cookie"), &state);
    let (provider, metadata) = (provider(), metadata(endpoint));
    let url = authorization_url(&provider, &metadata, &tenant().issuer, &state, &binding, wishes).unwrap();
    let url = url::Url::parse(&url).unwrap();
    assert!(url.as_str().starts_with("https://idp.example/authorize?"));
    (url.query_pairs().map(|(name, value)| (name.into(), value.into())).collect(), state, binding)
}

#[test]
fn the_question_is_bound_to_this_browser_and_to_this_interaction() {
    let (sent, state, binding) = sent("https://idp.example/authorize?own=1", &Wishes::default());
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(binding.code_verifier.expose()));
    let expected = [
        ("client_id", "us"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("nonce", binding.nonce.expose()),
        ("own", "1"),
        ("redirect_uri", "https://auth.example/clinic/authorize/callback/okta"),
        ("response_type", "code"),
        ("scope", "openid profile"),
        ("state", state.expose()),
    ];
    assert_eq!(sent, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
}

/// OIDC-12.
#[test]
fn what_the_app_wishes_reaches_the_provider() {
    let wishes = Wishes {
        prompt: Some("login"),
        login_hint: Some("amy"),
        max_age: Some(60),
        ui_locales: Some("nl en"),
        acr_values: Some("phr gold"),
    };
    let (sent, ..) = sent("https://idp.example/authorize", &wishes);
    let of = |name: &str| sent.get(name).map(String::as_str);
    assert_eq!((of("prompt"), of("login_hint")), (Some("login"), Some("amy")));
    assert_eq!((of("max_age"), of("ui_locales")), (Some("60"), Some("nl en")));
    assert_eq!(of("acr_values"), Some("phr gold"));
}

#[test]
fn a_provider_without_an_address_gets_nobody() {
    let (provider, metadata, state) = (provider(), metadata("/authorize"), State::new("i"));
    let binding = Binding::of(&Secret::new("cookie"), &state);
    let url = authorization_url(&provider, &metadata, &tenant().issuer, &state, &binding, &Wishes::default());
    assert_eq!(url, None);
}
