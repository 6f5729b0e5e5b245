//! What an object of an organization may look like, member by member (F§5.2.1.1).

use super::{NPI, NUCC, PAYER, TREAT, bringing, but, carried, fullest, payer, refused, server, server_with, smallest};
use serde_json::{Value, json};

/// B2B-1, B2B-2, B2B-3.
#[tokio::test]
async fn a_good_object_is_in_the_token_as_it_came() {
    let server = server().await;
    let full = fullest;
    for good in [
        smallest(),
        full(),
        but(smallest(), "organization_id", json!(format!("{NPI}#1234567893"))),
        but(smallest(), "purpose_of_use", json!(["TREAT", "treatment of the one who asks"])),
        but(smallest(), "subject_name", json!("a process")),
        but(smallest(), "organization_name", json!("Ünïcode \u{1f3e5}")),
        but(full(), "subject_id", Value::Null),
        but(full(), "subject_role", json!("doctor")),
        but(full(), "consent_reference", Value::Null),
        but(
            full(),
            "consent_reference",
            json!(["http://a.example/Consent/1", "https://b.example/DocumentReference/2"]),
        ),
    ] {
        let extensions = json!({ "hl7-b2b": good });
        assert_eq!(carried(&server, extensions.clone()).await, extensions);
    }
}

/// B2B-2, B2B-3, B2B-7: what is wrong, and what its sender is told.
fn bad() -> Vec<(&'static str, Value, &'static str)> {
    let of = |name: &str, value: Value| but(smallest(), name, value);
    let in_full = |name: &str, value: Value| but(fullest(), name, value);
    let text = |name: &str| -> &'static str {
        Box::leak(format!("{name} must be a text, not empty and without control characters").into_boxed_str())
    };
    let list = |name: &str| -> &'static str {
        Box::leak(format!("{name} must be a list of one or more texts").into_boxed_str())
    };
    vec![
        ("no object", json!("1"), "it must be a JSON object"),
        ("a list", json!([smallest()]), "it must be a JSON object"),
        ("null", Value::Null, "it must be a JSON object"),
        ("empty", json!({}), "version must be \"1\""),
        ("no version", of("version", Value::Null), "version must be \"1\""),
        ("version as a number", of("version", json!(1)), text("version")),
        ("another version", of("version", json!("2")), "version must be \"1\""),
        ("version 1.0", of("version", json!("1.0")), "version must be \"1\""),
        ("no organization", of("organization_id", Value::Null), "organization_id is missing"),
        ("organizations", of("organization_id", json!([PAYER])), text("organization_id")),
        ("an empty organization", of("organization_id", json!("")), text("organization_id")),
        ("a name as organization", of("organization_id", json!("payer")), "organization_id must be a URI"),
        ("a path", of("organization_id", json!("/payer")), "organization_id must be a URI"),
        ("a scheme alone", of("organization_id", json!("https:")), "organization_id must be a URI"),
        ("a space", of("organization_id", json!("https://payer.example/a b")), "organization_id must be a URI"),
        ("two fragments", of("organization_id", json!("urn:oid:1.2#3#4")), "organization_id must be a URI"),
        (
            "another organization",
            of("organization_id", json!("https://other.example")),
            "organization_id is not one that this client is registered for",
        ),
        (
            "one that looks the same",
            of("organization_id", json!("https://payer.example/")),
            "organization_id is not one that this client is registered for",
        ),
        ("no purpose", of("purpose_of_use", Value::Null), "purpose_of_use is missing"),
        ("no purposes", of("purpose_of_use", json!([])), list("purpose_of_use")),
        ("a purpose alone", of("purpose_of_use", json!(TREAT)), list("purpose_of_use")),
        ("a coded purpose", of("purpose_of_use", json!([{ "code": "TREAT" }])), list("purpose_of_use")),
        ("an empty purpose", of("purpose_of_use", json!([TREAT, ""])), list("purpose_of_use")),
        ("a purpose of blanks", of("purpose_of_use", json!([" "])), list("purpose_of_use")),
        ("a line in a name", of("organization_name", json!("a\r\nb")), text("organization_name")),
        (
            "a name that is null",
            json!({ "version": "1", "organization_id": PAYER, "purpose_of_use": [TREAT], "organization_name": null }),
            text("organization_name"),
        ),
        ("an id without a name", of("subject_id", json!("urn:x#1")), "subject_id came without subject_name"),
        ("a role without a name", of("subject_role", json!("urn:x#1")), "subject_role came without subject_name"),
        (
            "a consent without a policy",
            in_full("consent_policy", Value::Null),
            "consent_reference came without consent_policy",
        ),
        ("a policy alone", of("consent_policy", json!("urn:x:y")), list("consent_policy")),
        ("a policy that is no URI", of("consent_policy", json!(["ours"])), "consent_policy must hold URIs"),
        (
            "a relative consent",
            in_full("consent_reference", json!(["Consent/1"])),
            "consent_reference must hold absolute URLs",
        ),
        (
            "a consent that is no URL",
            in_full("consent_reference", json!(["urn:uuid:5b0e4f50-2d2f-4f0e-9d0f-3c8a8e4ad3b0"])),
            "consent_reference must hold absolute URLs",
        ),
        (
            "a consent at no host",
            in_full("consent_reference", json!(["https:///Consent/1"])),
            "consent_reference must hold absolute URLs",
        ),
        (
            "a member that nobody defined",
            of("patient", json!("1")),
            "it has a member that is none of: version, organization_id, organization_name, subject_name, subject_id, \
             subject_role, purpose_of_use, consent_policy, consent_reference",
        ),
    ]
}

#[tokio::test]
async fn of_a_bad_object_its_sender_is_told_which_member_is_wrong() {
    let server = server().await;
    for (case, object, sentence) in bad() {
        let found = refused(&server, &bringing(&payer(&server), json!({ "hl7-b2b": object })).sign(), case).await;
        // RFC 6749 §5.2: no quotation mark in a description.
        assert_eq!(found, format!("extensions: hl7-b2b: {}", sentence.replace('"', "'")), "{case}");
    }
}

/// B2B-6.
#[tokio::test]
async fn a_community_says_which_purposes_schemes_and_systems_there_are() {
    let server = server_with(&format!(
        "purposes = [\"{TREAT}\"], organization_schemes = [\"HTTPS\", \"urn:oid\"], subject_id_systems = [\"{NPI}\"], \
         subject_role_systems = [\"{NUCC}\"]"
    ))
    .await;
    let full = but(fullest(), "purpose_of_use", json!([TREAT]));
    for good in [smallest(), full.clone(), but(smallest(), "organization_id", json!(format!("{NPI}#1234567893")))] {
        carried(&server, json!({ "hl7-b2b": good })).await;
    }
    for (case, object, sentence) in [
        (
            "a purpose",
            but(smallest(), "purpose_of_use", json!([TREAT, "TREAT"])),
            format!("purpose_of_use may hold: {TREAT}"),
        ),
        (
            "a scheme",
            but(smallest(), "organization_id", json!("urn:oidx:1.2")),
            "organization_id must be one of these URIs: HTTPS, urn:oid".into(),
        ),
        (
            "an id",
            but(full.clone(), "subject_id", json!("urn:oid:1.2.3#1")),
            format!("subject_id must be SYSTEM#VALUE with one of: {NPI}"),
        ),
        (
            "an id without a system",
            but(full.clone(), "subject_id", json!("1234567893")),
            format!("subject_id must be SYSTEM#VALUE with one of: {NPI}"),
        ),
        (
            "a system alone",
            but(full.clone(), "subject_role", json!(format!("{NUCC}#"))),
            format!("subject_role must be SYSTEM#VALUE with one of: {NUCC}"),
        ),
    ] {
        let found = refused(&server, &bringing(&payer(&server), json!({ "hl7-b2b": object })).sign(), case).await;
        assert_eq!(found, format!("extensions: hl7-b2b: {sentence}"), "{case}");
    }
}
