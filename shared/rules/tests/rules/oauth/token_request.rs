//! What is asked at the token endpoint (BSV-5; RFC 6749 §4, §6).

use rules::{
    oauth::{params::Params, token_request::TokenRequest},
    tenant::GrantType,
};

fn parsed(form: &str, offered: &[GrantType]) -> Result<TokenRequest, String> {
    let form = Params::parse(form.as_bytes()).unwrap();
    let request = TokenRequest::parse(&form, &offered.iter().copied().collect());
    request.map_err(|error| format!("{} {}", error.code.as_str(), error.description))
}

const UNSUPPORTED: &str = "unsupported_grant_type this grant_type is not supported";

#[test]
fn each_grant_is_read_with_what_it_brings() {
    let read = |form: &str| parsed(form, &GrantType::ALL).unwrap();
    let code = read("grant_type=authorization_code&code=c&redirect_uri=r&code_verifier=v&resource=s");
    assert_eq!(code.grant_type(), GrantType::AuthorizationCode);
    let TokenRequest::AuthorizationCode(code) = code else { panic!("another grant") };
    assert_eq!((code.code.expose(), code.redirect_uri.as_deref()), ("c", Some("r")));
    assert_eq!(code.code_verifier.as_ref().map(|verifier| verifier.expose()), Some("v"));
    assert_eq!(code.resource.as_deref(), Some("s"));

    let refresh = read("grant_type=refresh_token&refresh_token=t&scope=a+b");
    assert_eq!(refresh.grant_type(), GrantType::RefreshToken);
    let TokenRequest::RefreshToken(refresh) = refresh else { panic!("another grant") };
    assert_eq!((refresh.refresh_token.expose(), refresh.scope.as_deref()), ("t", Some("a b")));

    let own = read("grant_type=client_credentials&scope=a&resource=s");
    assert_eq!(own.grant_type(), GrantType::ClientCredentials);
    let TokenRequest::ClientCredentials(own) = own else { panic!("another grant") };
    assert_eq!((own.scope.as_deref(), own.resource.as_deref()), (Some("a"), Some("s")));

    let password = read("grant_type=password&username=amy&password=p&aud=s");
    assert_eq!(password.grant_type(), GrantType::Password);
    let TokenRequest::Password(password) = password else { panic!("another grant") };
    assert_eq!((password.username.as_str(), password.password.expose()), ("amy", "p"));
    assert_eq!(password.resource.as_deref(), Some("s"), "SMART's word for it does too");
}

#[test]
fn what_a_grant_needs_is_named_where_it_is_missing() {
    for (form, missing) in [
        ("code=c", "grant_type"),
        ("grant_type=authorization_code", "code"),
        ("grant_type=refresh_token", "refresh_token"),
        ("grant_type=password&password=p", "username"),
        ("grant_type=password&username=u", "password"),
    ] {
        let refused = parsed(form, &GrantType::ALL).unwrap_err();
        assert_eq!(refused, format!("invalid_request {missing} is missing"), "{form}");
    }
}

/// BSV-5.
#[test]
fn a_grant_that_the_tenant_does_not_offer_is_unsupported_whatever_the_form_holds() {
    let offered = [GrantType::AuthorizationCode];
    for form in ["grant_type=refresh_token", "grant_type=password", "grant_type=nonsense&code=c"] {
        assert_eq!(parsed(form, &offered).unwrap_err(), UNSUPPORTED, "{form}");
    }
    // The implicit grant never comes to this endpoint.
    assert_eq!(parsed("grant_type=implicit", &GrantType::ALL).unwrap_err(), UNSUPPORTED);
}
