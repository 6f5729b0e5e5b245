//! The body of a token request: taken apart once, the same after it is put together again, and what a grant requires is
//! there.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rules::{
    client::presented_credentials::PresentedCredentials,
    grant::token::{parse_code, parse_refresh_token},
    oauth::{params::Params, token_request::TokenRequest},
    scope::ScopeSet,
    tenant::GrantType,
};
use url::form_urlencoded::Serializer;

fuzz_target!(|body: &[u8]| {
    let Ok(form) = Params::parse(body) else { return };
    let again = Serializer::new(String::new()).extend_pairs(form.iter()).finish();
    let again = Params::parse(again.as_bytes()).expect("what was read can be read again");
    assert!(form.iter().eq(again.iter()));
    for (name, value) in form.iter() {
        assert!(form.has(name) && form.all(name).any(|v| v == value));
        // Where no name comes twice there is one answer to each question.
        assert!(form.repeated().is_some() || form.get(name) == Some(value));
    }
    let _ = PresentedCredentials::from_request(&[], &form);
    match TokenRequest::parse(&form, &GrantType::ALL.into()) {
        Ok(TokenRequest::AuthorizationCode(request)) => {
            assert_eq!(form.get("code"), Some(request.code.expose()));
            let _ = parse_code(request.code.expose());
        }
        Ok(TokenRequest::RefreshToken(request)) => {
            assert_eq!(form.get("refresh_token"), Some(request.refresh_token.expose()));
            let _ = parse_refresh_token(request.refresh_token.expose());
            let _ = request.scope.map(|scope| ScopeSet::parse(&scope));
        }
        Ok(TokenRequest::ClientCredentials(request)) => assert_eq!(form.get("scope"), request.scope.as_deref()),
        Ok(TokenRequest::Password(request)) => assert!(!request.username.is_empty()),
        // RFC 6749 §5.2: what a description may hold.
        Err(error) => assert!(error.description.bytes().all(|b| matches!(b, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e))),
    }
});
