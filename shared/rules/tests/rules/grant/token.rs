//! Codes and refresh tokens as strings.

use rules::{
    grant::{
        GrantId,
        token::{code, parse_code, parse_refresh_token, refresh_token},
    },
    secret::Secret,
};

#[test]
fn a_code_names_its_grant_and_holds_its_secret() {
    let grant = GrantId::random();
    let secret = Secret::random();
    let presented = parse_code(code(&grant, &secret).expose()).unwrap();
    assert_eq!((presented.grant, presented.secret.expose()), (grant, secret.expose()));
}

#[test]
fn a_refresh_token_names_its_grant_and_holds_its_family_and_its_rotation() {
    let (grant, family, rotation) = (GrantId::random(), Secret::random(), Secret::random());
    let presented = parse_refresh_token(refresh_token(&grant, &family, &rotation).expose()).unwrap();
    assert_eq!(presented.grant, grant);
    assert_eq!((presented.family.expose(), presented.rotation.expose()), (family.expose(), rotation.expose()));
}

/// An id of 22 characters and a secret of 43 or 86, all of base64url: 256 random bits in each secret (R6749-9).
#[test]
fn what_has_another_form_is_neither() {
    let (id, secret) = (format!("{}-_", "i".repeat(20)), format!("{}-_", "s".repeat(41)));
    assert!(parse_code(&format!("{id}.{secret}")).is_some());
    assert!(parse_refresh_token(&format!("{id}.{secret}{secret}")).is_some());
    for (id, secret) in [
        (&id[1..], &secret[..]),
        (&format!("{id}i")[..], &secret[..]),
        (&format!("{}+", &id[1..])[..], &secret[..]),
        (&id[..], &secret[1..]),
        (&id[..], &format!("{secret}s")[..]),
        (&id[..], &format!("{}/", &secret[1..])[..]),
        (&id[..], ""),
    ] {
        assert!(parse_code(&format!("{id}.{secret}")).is_none(), "{id}.{secret}");
        assert!(parse_refresh_token(&format!("{id}.{secret}{secret}")).is_none(), "{id}.{secret}{secret}");
    }
    assert!(parse_code(&format!("{id}{secret}")).is_none() && parse_code("").is_none());
    // Characters of several bytes are no base64url, wherever the middle falls.
    assert!(parse_refresh_token(&format!("{id}.{}", "é".repeat(43))).is_none());
}
