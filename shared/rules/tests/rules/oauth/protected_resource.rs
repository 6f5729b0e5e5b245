//! What a FHIR server says of who guards it, and to whom it refuses (PRM-1 to PRM-6).

use crate::given::{ISSUER, ParseSet, fhir_server, tenant};
use rules::{
    enforcement::{FhirRequest, Need, Seen, need},
    oauth::protected_resource::{Unmet, at, challenges, metadata, metadata_url, needed, usual_scope},
    tenant::{DpopUse, Guarded, Tenant},
};
use serde_json::json;

#[test]
fn the_well_known_part_comes_between_host_and_path() {
    for (resource, expected) in [
        ("https://a.example/r4", Some("https://a.example/.well-known/oauth-protected-resource/r4")),
        ("https://a.example/r4/", Some("https://a.example/.well-known/oauth-protected-resource/r4")),
        ("https://a.example:8443/a/b", Some("https://a.example:8443/.well-known/oauth-protected-resource/a/b")),
        ("https://a.example", Some("https://a.example/.well-known/oauth-protected-resource")),
        ("r4", None),
    ] {
        assert_eq!(metadata_url(resource).as_deref(), expected, "{resource}");
    }
}

#[test]
fn the_metadata_is_of_a_base_at_the_issuers_host() {
    let base = format!("{ISSUER}/fhir");
    let tenant =
        Tenant { fhir_servers: vec![fhir_server("https://fhir.example/clinic/fhir"), fhir_server(&base)], ..tenant() };
    let path = "/.well-known/oauth-protected-resource/clinic/fhir";
    let server = at(&tenant, path).expect("a FHIR server");
    assert_eq!(server.url(), base);
    assert!(at(&tenant, "/.well-known/oauth-protected-resource/clinic").is_none());
    // One address has several spellings (RFC 3986 §6.2.2).
    let spelled = Tenant { fhir_servers: vec![fhir_server("https://AUTH.example:443/clinic/fhir/")], ..tenant.clone() };
    assert_eq!(at(&spelled, path).map(Guarded::url), Some("https://AUTH.example:443/clinic/fhir/"));
    let expected = json!({
        "resource": base,
        "authorization_servers": [ISSUER],
        "scopes_supported": ["patient/*.rs"],
        "bearer_methods_supported": ["header"],
        "resource_name": "fhir",
    });
    assert_eq!(metadata(&tenant, server), expected);
    let mut tenant = tenant.clone();
    tenant.policy.default_scope = Some("openid user/Patient.r launch/patient".parse_set());
    assert_eq!(usual_scope(&tenant), "user/Patient.r".parse_set());
}

#[test]
fn a_challenge_says_what_is_wrong_what_to_ask_for_and_where() {
    let (usual, needed) = ("patient/*.rs".parse_set(), "patient/Observation.s patient/Patient.r".parse_set());
    let metadata = "resource_metadata=\"https://a.example/.well-known/oauth-protected-resource/r4\"";
    for (unmet, expected) in [
        (Unmet::NoToken { usual: &usual }, "scope=\"patient/*.rs\", "),
        (Unmet::BadToken, "error=\"invalid_token\", "),
        (
            Unmet::TooLittle { needed: &needed },
            "error=\"insufficient_scope\", scope=\"patient/Observation.s patient/Patient.r\", ",
        ),
        (Unmet::NotThis, ""),
    ] {
        let told = challenges(&tenant(), "https://a.example/r4", &unmet);
        assert_eq!(told, [format!("Bearer {expected}{metadata}")]);
    }
    let odd = challenges(&tenant(), "https://a.example/\"\\", &Unmet::NotThis);
    assert!(odd[0].ends_with("/\\\"\\\\\""), "{odd:?}");
}

#[test]
fn what_is_needed_is_said_at_the_level_that_the_token_has() {
    let query = [("_revinclude".to_owned(), "Observation:subject".to_owned())];
    let request = FhirRequest { method: "GET", path: "/Patient", query: &query, if_none_exist: None, seen: Seen::All };
    let need = need(&request).expect("a request");
    let other = Need { included: Vec::new(), ..need.clone() };
    let needs = [other, need];
    for (held, level) in
        [("system/Medication.r", "system"), ("user/Medication.r system/Medication.r", "user"), ("openid", "patient")]
    {
        let expected = format!("{level}/Observation.r {level}/Patient.s");
        assert_eq!(needed(&held.parse_set(), &needs).to_string(), expected, "{held}");
    }
}

/// PRM-7.
#[test]
fn each_scheme_that_the_resource_takes_has_a_challenge_of_its_own() {
    let metadata = "resource_metadata=\"https://a.example/.well-known/oauth-protected-resource/r4\"";
    let algs = "algs=\"ES256 ES384 PS256 EdDSA\"";
    let bearer = format!("Bearer error=\"invalid_token\", {metadata}");
    let dpop = format!("DPoP error=\"invalid_token\", {algs}, {metadata}");
    let of_proof = format!("DPoP error=\"use_dpop_nonce\", {algs}, {metadata}");
    for (dpop, unmet, expected) in [
        (DpopUse::Off, Unmet::BadToken, vec![bearer.clone()]),
        (DpopUse::Accepted, Unmet::BadToken, vec![bearer, dpop.clone()]),
        (DpopUse::Required, Unmet::BadToken, vec![dpop]),
        (DpopUse::Accepted, Unmet::BadProof("use_dpop_nonce"), vec![of_proof.clone()]),
        (DpopUse::Required, Unmet::BadProof("use_dpop_nonce"), vec![of_proof]),
    ] {
        let mut tenant = Tenant { fhir_servers: vec![fhir_server("https://a.example/r4")], ..tenant() };
        tenant.fhir_servers[0].dpop = dpop;
        assert_eq!(challenges(&tenant, "https://a.example/r4", &unmet), expected, "{dpop:?}");
    }
}

/// PRM-2, DPOP-2.
#[test]
fn the_metadata_of_a_resource_says_whether_its_tokens_are_bound() {
    let document = |dpop: DpopUse| {
        let mut tenant = tenant();
        tenant.fhir_servers[0].dpop = dpop;
        let document = metadata(&tenant, Guarded::FhirServer(&tenant.fhir_servers[0]));
        ["dpop_signing_alg_values_supported", "dpop_bound_access_tokens_required"]
            .map(|name| document.get(name).cloned())
    };
    let algorithms = || Some(serde_json::json!(["ES256", "ES384", "PS256", "EdDSA"]));
    assert_eq!(document(DpopUse::Off), [None, None]);
    assert_eq!(document(DpopUse::Accepted), [algorithms(), Some(false.into())]);
    assert_eq!(document(DpopUse::Required), [algorithms(), Some(true.into())]);
}
