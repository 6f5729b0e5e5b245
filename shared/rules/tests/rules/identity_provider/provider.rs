//! Where a provider lives, and what it answers.

use super::provider;
use crate::given::tenant;
use rules::{
    identity_provider::{
        IdentityProvider,
        ProviderAuthentication::{self, *},
        Template,
        callback::{self, Code, NoCode},
        changeable::cautions,
        is_provider_id,
        metadata::{self, ProviderMetadata},
        token_response,
    },
    oauth::params::Params,
};
use serde_json::json;

fn document(authorization_endpoint: &str) -> Vec<u8> {
    let document = json!({
        "issuer": "https://idp.example",
        "authorization_endpoint": authorization_endpoint,
        "token_endpoint": "https://idp.example/token",
        "jwks_uri": "https://idp.example/jwks",
    });
    document.to_string().into_bytes()
}

/// RFC 9700 §4.4.2; OpenID Connect Discovery §4.
#[test]
fn each_provider_has_a_callback_of_its_own_and_a_document_under_its_issuer() {
    let uri = provider().redirect_uri(&tenant().issuer);
    assert_eq!(uri, "https://auth.example/clinic/authorize/callback/okta");
    for issuer in ["https://idp.example/o", "https://idp.example/o/"] {
        let provider = IdentityProvider { issuer: issuer.into(), ..provider() };
        assert_eq!(provider.discovery_url(), "https://idp.example/o/.well-known/openid-configuration");
    }
}

/// Only those that the operator wrote down, and only where the operator says so.
#[test]
fn a_provider_on_the_private_network_is_named_by_its_issuers() {
    let named = |private_network| IdentityProvider {
        issuer: "https://Login.Hospital.example:8443/o".into(),
        id_token_issuers: vec!["https://sts.hospital.example/o".into()],
        private_network,
        ..provider()
    };
    for (host, private) in [
        ("login.hospital.example", true),
        ("LOGIN.hospital.example", true),
        ("sts.hospital.example", true),
        ("hospital.example", false),
        ("x.login.hospital.example", false),
        ("login.hospital.example.evil.example", false),
        ("", false),
    ] {
        assert_eq!(named(true).may_be_private(host), private, "{host}");
        assert!(!named(false).may_be_private(host), "{host}");
    }
    assert!(cautions(&named(true))[0].contains("login.hospital.example and sts.hospital.example"));
    assert!(cautions(&named(false)).is_empty());
}

#[test]
fn only_two_ways_of_authentication_there_need_a_secret() {
    let ways = [None, ClientSecretBasic, ClientSecretPost, PrivateKeyJwt];
    assert_eq!(ways.map(ProviderAuthentication::needs_secret), [false, true, true, false]);
}

#[test]
fn a_person_is_looked_for_by_reading_and_searching_their_type_alone() {
    assert_eq!(IdentityProvider::search_scope("Patient").unwrap().to_string(), "system/Patient.rs");
    assert_eq!(IdentityProvider::search_scope("not a type"), Option::None);
}

/// It is a path segment.
#[test]
fn a_providers_id_has_1_to_63_lower_case_letters_digits_hyphens_and_underscores() {
    for good in ["a", "0", "-_", &"a".repeat(63), "okta-eu_2"] {
        assert!(is_provider_id(good), "{good}");
    }
    for bad in ["", &"a".repeat(64), "Okta", "ök", "a/b", "a.b", "a b"] {
        assert!(!is_provider_id(bad), "{bad}");
    }
}

#[test]
fn on_a_laptop_a_provider_may_be_behind_plain_http() {
    for (endpoint, loopback, good) in [
        ("https://idp.example/authorize?x=1", false, true),
        ("https://idp.example/authorize", true, true),
        ("http://127.0.0.1/authorize", true, true),
        ("http://127.0.0.1/authorize", false, false),
        ("ftp://idp.example/authorize", true, false),
    ] {
        let read = metadata::read(&provider(), &document(endpoint), loopback);
        assert_eq!(read.is_ok(), good, "{endpoint} {loopback}");
    }
}

/// RFC 9207 §2.4. A provider that speaks for many names itself, or the organisation.
#[test]
fn an_answer_may_name_the_provider_or_an_issuer_that_is_accepted() {
    let many = IdentityProvider { id_token_issuers: vec!["https://idp.example/a".into()], ..provider() };
    let metadata: ProviderMetadata = serde_json::from_slice(&document("https://idp.example/authorize")).unwrap();
    let read = |iss: &str| {
        let params = Params::parse(format!("code=c&iss={iss}").as_bytes()).unwrap();
        match callback::read(&params, &many, &metadata) {
            Ok(Code { code, iss: Some(_) }) => code.to_owned(),
            Ok(Code { iss: Option::None, .. }) => "without iss".into(),
            Err(NoCode::NotTheirs(_)) => "not theirs".into(),
            Err(other) => format!("{other:?}"),
        }
    };
    assert_eq!(read("https://idp.example"), "c");
    assert_eq!(read("https://idp.example/a"), "c");
    assert_eq!(read("https://idp.example/b"), "not theirs");
}

fn tokens(status: u16, body: &str) -> Result<(String, bool), String> {
    let read = token_response::read(status, body.as_bytes());
    read.map(|tokens| (tokens.id_token.expose().to_owned(), tokens.access_token.is_some()))
}

/// OpenID Connect Core §3.1.3.3.
#[test]
fn a_token_answer_has_an_id_token_and_perhaps_an_access_token() {
    assert_eq!(tokens(200, r#"{"id_token":"i","access_token":"a"}"#), Ok(("i".into(), true)));
    assert_eq!(tokens(200, r#"{"id_token":"i"}"#), Ok(("i".into(), false)));
    assert_eq!(tokens(200, "{}"), Err("the token endpoint gave no id_token".into()));
    for bad in ["", "[]", "<html>", r#"{"id_token":7}"#] {
        assert_eq!(tokens(200, bad), Err("the token endpoint answered 200 without a JSON object".into()), "{bad}");
    }
}

/// The log names the error and nothing that could forge a line of it.
#[test]
fn a_refusal_there_is_told_by_its_status_and_a_plain_word() {
    let refused = |error: &str| tokens(400, &json!({ "error": error, "id_token": "i" }).to_string()).unwrap_err();
    assert_eq!(refused("invalid_grant"), "the token endpoint answered 400 invalid_grant");
    assert_eq!(refused("<b>\n 1"), "the token endpoint answered 400 b1");
    assert_eq!(refused(&"x".repeat(61)), format!("the token endpoint answered 400 {}", "x".repeat(60)));
    assert_eq!(tokens(500, "{}").unwrap_err(), "the token endpoint answered 500 ");
}

#[test]
fn a_template_is_kept_as_it_was_written() {
    let text = "https://hospital.example/staff|{employee_id}";
    assert_eq!(String::from(Template::parse(text).unwrap()), text);
    let kept = serde_json::to_string(&Template::parse(text).unwrap()).unwrap();
    assert_eq!(kept, format!("{text:?}"));
    assert_eq!(serde_json::from_str::<Template>(&kept).unwrap(), Template::parse(text).unwrap());
}
