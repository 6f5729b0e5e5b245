//! What a tenant is called, and which servers it guards (OIDC-6, LCTX-2).

use crate::given::{FHIR, fhir_server, tenant};
use rules::tenant::{Issuer, Tenant, TenantId, same_resource, same_server};

/// It is a path segment and part of every key in the table.
#[test]
fn an_id_has_1_to_63_lower_case_letters_digits_and_hyphens_and_does_not_begin_with_one() {
    for good in ["a", "0", "a-1", "9-", &"a".repeat(63)] {
        assert_eq!(TenantId::parse(good).unwrap().as_str(), good);
    }
    for bad in ["", "-a", "A", "a_b", "a/b", "a#b", "é", "a b", &"a".repeat(64)] {
        assert_eq!(TenantId::parse(bad), None, "{bad}");
    }
}

/// OIDC-6.
#[test]
fn an_issuer_is_a_url_without_a_last_slash_a_query_or_a_fragment() {
    for good in ["https://auth.example", "https://auth.example/clinic", "http://127.0.0.1:9000/clinic"] {
        assert_eq!(Issuer::parse(good).unwrap().as_str(), good);
    }
    for bad in [
        "https://auth.example/",
        "https://auth.example/clinic/",
        "https://auth.example/clinic?x",
        "https://auth.example/clinic#x",
        "ftp://auth.example/clinic",
        "auth.example",
        "",
    ] {
        assert_eq!(Issuer::parse(bad), None, "{bad}");
    }
}

#[test]
fn an_issuer_is_the_base_of_its_endpoints_and_has_an_origin() {
    let issuer = Issuer::parse("https://auth.example:8443/clinic").unwrap();
    assert_eq!(issuer.endpoint("token"), "https://auth.example:8443/clinic/token");
    assert_eq!(issuer.origin(), "https://auth.example:8443");
    assert!(issuer.is_https() && !Issuer::parse("http://localhost").unwrap().is_https());
}

/// LCTX-2; SMART App Launch 2.2, §2.0.9.
#[test]
fn a_server_is_named_exactly_one_last_slash_aside() {
    let tenant = Tenant { fhir_servers: vec![fhir_server(FHIR), fhir_server("https://two.example/")], ..tenant() };
    let found = |aud: &str| tenant.fhir_server(aud).map(|server| server.url.as_str());
    assert_eq!(found(FHIR), Some(FHIR));
    assert_eq!(found(&format!("{FHIR}/")), Some(FHIR));
    assert_eq!(found("https://two.example"), Some("https://two.example/"));
    for other in ["", "https://fhir.example", "https://FHIR.example/r4", "https://fhir.example/r4//"] {
        assert_eq!(found(other), None, "{other}");
    }
    assert!(same_server("https://a/", "https://a") && !same_server("https://a", "https://b"));
}

/// MCP-2 (RFC 8707 §2, RFC 3986 §6.2.2.1).
#[test]
fn two_urls_are_one_server_with_their_scheme_and_host_in_any_case() {
    let own = "https://fhir.example:8443/r4/Base";
    for (other, same) in [
        (own, true),
        ("https://fhir.example:8443/r4/Base/", true),
        ("HTTPS://FHIR.example:8443/r4/Base", true),
        ("https://fhir.example:8443/r4/base", false),
        ("https://fhir.example:8443/r4/Base//", false),
        ("https://fhir.example:8443", false),
        ("https://fhir.example/r4/Base", false),
        ("http://fhir.example:8443/r4/Base", false),
    ] {
        assert_eq!(same_resource(own, other), same, "{other}");
        assert_eq!(same_resource(other, own), same, "{other}");
    }
    assert!(same_resource("https://FHIR.example", "https://fhir.example/"));
    assert!(same_resource("r4", "R4") && !same_resource("r4/a", "r4/A"));
    assert!(!same_server("https://FHIR.example", "https://fhir.example/"), "aud is exact");
}
