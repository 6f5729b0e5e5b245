//! The mistakes in what an assertion may bring: `[b2b]`, and the keys of a client (ALL-7).

use super::mistakes::{GOOD, changed, mistakes};
use admin::tenant_file::parse;

const KEYS: &str = "jwks_uri = \"https://signer.example/jwks.json\"";
const GRANT: &str = "grant_types = [\"client_credentials\"]";

/// The service with these lines after its grant types, its 30th line.
fn service(lines: &str) -> Vec<String> {
    changed(GRANT, &format!("{GRANT}\n{lines}"))
}

/// The tenant with this table before its FHIR servers, at line 5.
fn community(lines: &str) -> Vec<String> {
    changed("[[fhir_servers]]", &format!("[b2b]\n{lines}\n[[fhir_servers]]"))
}

#[test]
fn what_a_client_may_bring_is_a_name_that_it_can_bring() {
    let ids = "organization_ids = [\"https://payer.example\"]";
    assert_eq!(
        service("extensions = [\"\", \"a b\", \"ok.1_2-3\", \"ok.1_2-3\"]"),
        [
            "30:15: found an empty text, expected the name of an extension object: at most 64 letters, digits, `-`, `_` and `.`",
            "30:19: found `a b`, expected the name of an extension object: at most 64 letters, digits, `-`, `_` and `.`",
            "30:38: found `ok.1_2-3` a second time, expected each once",
        ]
    );
    assert_eq!(service("extensions = \"hl7-b2b\""), ["30:14: found a text, expected a list of texts in [ ]"]);
    let method = "token_endpoint_auth_method = \"client_secret_basic\"";
    assert_eq!(
        changed(method, &format!("{method}\nextensions = [\"hl7-b2b\"]\n{ids}")),
        [
            "21:14: found `extensions` of a client without a key, expected `token_endpoint_auth_method = \"private_key_jwt\"` with \
             it: extensions are in an assertion"
        ]
    );
    assert_eq!(
        service("required_extensions = [\"hl7-b2b\"]"),
        ["30:24: found `hl7-b2b`, expected one of its `extensions`"]
    );
    let code = "grant_types = [\"authorization_code\"]\nredirect_uris = [\"https://signer.example/cb\"]";
    let required = format!("{code}\nextensions = [\"hl7-b2b\"]\nrequired_extensions = [\"hl7-b2b\"]\n{ids}");
    let found = changed(GRANT, &required);
    let expected =
        "32:24: found `hl7-b2b`, expected grant_types with `client_credentials`: no other grant requires this object";
    assert!(found.iter().any(|line| line == expected), "{found:?}");
}

/// B2B-7.
#[test]
fn a_client_that_speaks_for_organizations_says_for_which() {
    assert_eq!(
        service("extensions = [\"hl7-b2b\"]"),
        [
            "30:14: found `hl7-b2b` without `organization_ids`, expected organization_ids = [\"the URIs of the organizations that it \
             may speak for\"]"
        ]
    );
    assert_eq!(
        service("organization_ids = [\"https://payer.example\"]"),
        ["30:20: found `organization_ids`, expected `extensions = [\"hl7-b2b\"]` with it"]
    );
    let with = |ids: &str| service(&format!("extensions = [\"hl7-b2b\"]\norganization_ids = [{ids}]"));
    assert_eq!(
        with("\"payer\", \"https://payer.example\", \"https://payer.example\""),
        [
            "31:21: found `payer`, expected a URI, such as `https://payer.example` or \
             `urn:oid:2.16.840.1.113883.4.6#1234567890`",
            "31:55: found `https://payer.example` a second time, expected each once",
        ]
    );
    let scheme = GOOD.replacen("[[fhir_servers]]", "[b2b]\norganization_schemes = [\"urn:oid\"]\n[[fhir_servers]]", 1);
    let scheme = scheme.replacen(
        KEYS,
        &format!("{KEYS}\nextensions = [\"hl7-b2b\"]\norganization_ids = [\"urn:oid:1.2\", \"https://payer.example\"]"),
        1,
    );
    assert_eq!(
        mistakes(parse("t.toml", &scheme).map(|_| ())),
        ["32:36: found `https://payer.example`, expected one that `organization_schemes` in [b2b] allows: urn:oid"]
    );
}

/// B2B-6.
#[test]
fn what_a_community_allows_can_be_allowed() {
    let empty = |name: &str| format!("found an empty list, expected at least one, or no `{name}`");
    for name in ["purposes", "organization_schemes", "subject_id_systems", "subject_role_systems"] {
        let found = community(&format!("{name} = []"));
        assert!(found.len() == 1 && found[0].ends_with(&empty(name)), "{found:?}");
    }
    for (name, wrong) in [
        ("purposes", vec!["", " ", "TREAT ", "a\\nb"]),
        ("organization_schemes", vec!["", "https:", "https://", "urn:", "1a", "a b", "urn::oid"]),
        ("subject_id_systems", vec!["", "npi", "urn:oid:1.2#", "urn:oid:1 2"]),
        ("subject_role_systems", vec!["nucc", "http://nucc.org#1"]),
    ] {
        for value in wrong {
            let found = community(&format!("{name} = [\"{value}\"]"));
            assert!(found.len() == 1 && found[0].starts_with("6:"), "{name} {value}: {found:?}");
        }
    }
    for good in [
        "purposes = [\"TREAT\", \"urn:oid:2.16.840.1.113883.5.8#TREAT\"]",
        "organization_schemes = [\"https\", \"urn\", \"urn:oid\", \"did:web\"]",
        "subject_id_systems = [\"urn:oid:2.16.840.1.113883.4.6\"]\nsubject_in_audit = true",
    ] {
        let text = GOOD.replacen("[[fhir_servers]]", &format!("[b2b]\n{good}\n[[fhir_servers]]"), 1);
        parse("t.toml", &text).unwrap_or_else(|mistakes| panic!("{good}: {mistakes}"));
    }
    assert_eq!(
        community("purpose = [\"TREAT\"]"),
        ["6:1: found the unknown key `purpose`, expected a key of [b2b], perhaps `purposes`"]
    );
    assert_eq!(community("subject_in_audit = \"yes\""), ["6:20: found a text, expected true or false"]);
}
