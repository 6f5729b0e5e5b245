//! What a tenant allows, and the words for it.

use rules::tenant::{
    AuthenticationMethod::{self, *},
    GrantType, Language, Policy, UnlistedEndpoint,
};
use serde_json::json;

/// BSV-1, CLI-7.
#[test]
fn a_key_is_always_enough_to_act_alone_a_secret_by_policy_and_nothing_never() {
    for (client_credentials_by_secret, alone) in
        [(false, [false, false, false, true]), (true, [false, true, true, true])]
    {
        let policy = Policy { client_credentials_by_secret, ..Policy::default() };
        assert_eq!(AuthenticationMethod::ALL.map(|method| policy.lets_act_alone(method)), alone);
    }
    assert_eq!(AuthenticationMethod::ALL, [None, ClientSecretBasic, ClientSecretPost, PrivateKeyJwt]);
}

/// RFC 6749 §4, §6; RFC 7591 §2.
#[test]
fn grants_and_methods_are_written_in_documents_as_they_are_in_files() {
    let grants = ["authorization_code", "refresh_token", "client_credentials", "implicit", "password"];
    assert_eq!(GrantType::ALL.map(GrantType::as_str), grants);
    assert_eq!(json!(GrantType::ALL), json!(grants));
    let methods = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"];
    assert_eq!(AuthenticationMethod::ALL.map(AuthenticationMethod::as_str), methods);
    assert_eq!(json!(AuthenticationMethod::ALL), json!(methods));
    use UnlistedEndpoint::*;
    let endpoints = [RevocationEndpoint, UserinfoEndpoint, EndSessionEndpoint, ManagementEndpoint];
    let names = ["revocation_endpoint", "userinfo_endpoint", "end_session_endpoint", "management_endpoint"];
    assert_eq!(endpoints.map(UnlistedEndpoint::as_str), names);
    assert_eq!(json!(endpoints), json!(names));
}

/// RFC 5646.
#[test]
fn a_language_is_found_by_the_first_part_of_its_tag() {
    assert_eq!(Language::ALL.map(Language::tag), ["en", "nl", "de", "es", "fr"]);
    for (tag, language) in [
        ("nl", Some(Language::Nl)),
        ("nl-BE", Some(Language::Nl)),
        ("DE_at", Some(Language::De)),
        (" fr ", Some(Language::Fr)),
        ("en-US", Some(Language::En)),
        ("it", Option::None),
        ("", Option::None),
        ("nld", Option::None),
    ] {
        assert_eq!(Language::of_tag(tag), language, "{tag}");
    }
}

/// RFR-9. A tenant that was stored before there was such a field is as one that says nothing; what it says stays.
#[test]
fn a_repeated_refresh_has_ten_seconds_unless_the_tenant_says_otherwise() {
    let stored = |json: &str| serde_json::from_str::<Policy>(json).unwrap().refresh_grace_seconds;
    assert_eq!((stored("{}"), stored("{\"refresh_grace_seconds\":0}")), (10, 0));
}
