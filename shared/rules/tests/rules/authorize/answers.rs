//! The redirect that answers the app (AUTHZ-5, AUTHZ-11, AUTHZ-22, LEG-3, LEG-5, LEG-6).

use super::*;
use crate::given::ISSUER;
use rules::{
    authorize::{
        answer::{with_code, with_error, with_token},
        redirect_target::ResponseType,
    },
    oauth::{error::ErrorCode, refused::Refused},
    secret::Secret,
    tenant::Issuer,
};
use serde_json::{Map, Value, json};

const ISS: &str = "iss=https%3A%2F%2Fauth.example%2Fclinic";

fn issuer() -> Issuer {
    Issuer::parse(ISSUER).unwrap()
}

fn target(redirect_uri: &str, state: Option<&str>, response: ResponseType) -> RedirectTarget {
    RedirectTarget { redirect_uri: redirect_uri.into(), state: state.map(str::to_owned), response, without_iss: false }
}

#[test]
fn a_code_comes_back_in_the_query_with_the_exact_state_and_who_answers() {
    for (redirect_uri, state, location) in [
        (REDIRECT_URI, Some("a b&c"), format!("{REDIRECT_URI}?code=the+code&state=a+b%26c&{ISS}")),
        (REDIRECT_URI, None, format!("{REDIRECT_URI}?code=the+code&{ISS}")),
        ("https://app.example/?a=%7c", Some("s"), format!("https://app.example/?a=%7c&code=the+code&state=s&{ISS}")),
        ("com.example.app:/cb", Some("s"), format!("com.example.app:/cb?code=the+code&state=s&{ISS}")),
    ] {
        let target = target(redirect_uri, state, ResponseType::Code);
        assert_eq!(with_code(&target, &issuer(), &Secret::new("the code")), location);
    }
}

#[test]
fn an_error_comes_back_where_the_answer_would_have_stood() {
    let refused = Refused::of(&OAuthError::new(ErrorCode::AccessDenied, "no"));
    let told = format!("error=access_denied&error_description=no+%28reference+{}%29&state=s&{ISS}", refused.id);
    for (redirect_uri, response, separator) in [
        (REDIRECT_URI, ResponseType::Code, '?'),
        ("https://app.example/?a=b", ResponseType::Code, '&'),
        (REDIRECT_URI, ResponseType::Token, '#'),
        ("https://app.example/?a=b", ResponseType::Token, '#'),
    ] {
        let location =
            with_error(&target(redirect_uri, Some("s"), response), &issuer(), refused.code, &refused.description());
        assert_eq!(location, format!("{redirect_uri}{separator}{told}"));
    }
}

#[test]
fn a_token_comes_back_in_the_fragment_with_its_context() {
    let members = json!({ "access_token": "t", "expires_in": 3600, "fhirContext": [{ "a": 1 }] });
    let Value::Object(members) = members else { panic!("an object") };
    let members: Map<String, Value> = members;
    let location = with_token(&target(REDIRECT_URI, Some("s"), ResponseType::Token), &issuer(), &members);
    let fragment = location.strip_prefix(&format!("{REDIRECT_URI}#")).unwrap();
    let pairs: Vec<_> = url::form_urlencoded::parse(fragment.as_bytes()).into_owned().collect();
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    for pair in [
        ("access_token", "t"),
        ("expires_in", "3600"),
        ("fhirContext", r#"[{"a":1}]"#),
        ("state", "s"),
        ("iss", ISSUER),
    ] {
        assert!(pairs.contains(&pair), "{pair:?} in {pairs:?}");
    }
    assert_eq!(pairs.len(), 5);
}

/// For apps that take every `iss` for a launch.
#[test]
fn an_app_that_is_registered_so_hears_no_iss() {
    let silent = RedirectTarget { without_iss: true, ..target(REDIRECT_URI, Some("s"), ResponseType::Code) };
    assert_eq!(with_code(&silent, &issuer(), &Secret::new("c")), format!("{REDIRECT_URI}?code=c&state=s"));
    assert_eq!(with_error(&silent, &issuer(), "e", "d"), format!("{REDIRECT_URI}?error=e&error_description=d&state=s"));
}
