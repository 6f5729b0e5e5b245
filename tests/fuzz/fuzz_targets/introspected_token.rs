//! What is asked about at introspection: text, or header, claims and signature on a line each. No JWT passes for ours,
//! and codes and refresh tokens are taken apart as they were put together.
#![no_main]

use fuzz::{jwt, parts, tenant};
use libfuzzer_sys::fuzz_target;
use rules::{
    grant::token::{parse_code, parse_refresh_token, refresh_token},
    jws::TokenKind,
    oauth::{
        introspection::{active, inactive},
        params::Params,
    },
    token::{AccessTokenClaims, IdTokenClaims},
};

fuzz_target!(|input: &[u8]| {
    let [first, second, third] = parts(input);
    let token = match second.is_empty() {
        true => String::from_utf8_lossy(first).into_owned(),
        false => jwt(first, second, third),
    };
    ask(&token);
    if let Ok(form) = Params::parse(first)
        && let Some(token) = form.get("token")
    {
        ask(token);
    }
    // Claims that a key of ours had signed are printed without a fault, whatever they are.
    if let Ok(claims) = serde_json::from_slice::<AccessTokenClaims>(second) {
        assert_ne!(active(&tenant().tenant, &claims, None), inactive());
    }
});

fn ask(token: &str) {
    assert!(tenant().verify_own::<AccessTokenClaims>(token, TokenKind::AccessToken).is_err(), "forged: {token}");
    assert!(tenant().verify_own::<IdTokenClaims>(token, TokenKind::IdToken).is_err(), "forged: {token}");
    if let Some(code) = parse_code(token) {
        assert_eq!(format!("{}.{}", code.grant.0, code.secret.expose()), token);
        assert!(parse_refresh_token(token).is_none());
    }
    if let Some(presented) = parse_refresh_token(token) {
        assert_eq!(refresh_token(&presented.grant, &presented.family, &presented.rotation).expose(), token);
        assert!(!presented.grant.0.contains('#'));
    }
}
