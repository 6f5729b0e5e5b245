//! Each way to find out who somebody is.

use super::*;
use crate::identity_provider::Template;
use crate::identity_provider::id_token::tests::provider;
use serde_json::json;

fn mapped(from: FhirUserFrom, claims: Value) -> Result<Wanted, NotMapped> {
    let provider = IdentityProvider { fhir_user: from, user_types: [FhirUserType::Practitioner].into(), ..provider() };
    map(&provider, At { aud: R4, servers: &[server(R4)] }, &claims).map(|mapped| mapped.fhir_user)
}

const R4: &str = "https://fhir.example/r4/";
const OTHER: &str = "https://other.example/r4";

fn server(url: &str) -> FhirServer {
    let (name, url, fhir_version) = ("fhir".into(), url.into(), "4.0".into());
    FhirServer { name, url, secrets: Vec::new(), fhir_version, healthlake: None, dpop: Default::default() }
}

/// The same id at another FHIR server is somebody else's.
#[test]
fn a_reference_counts_at_one_fhir_server_alone() {
    let servers = [server(R4), server(OTHER), server("https://other.example/r4/below")];
    let claim = || FhirUserFrom::Claim("fhirUser".into());
    for (own, said, aud, expected) in [
        (None, "https://fhir.example/r4/Practitioner/1", "https://fhir.example/r4", Some("1")),
        (None, "https://fhir.example/r4/Practitioner/1", OTHER, None),
        (None, "https://other.example/r4/below/Practitioner/1", OTHER, None),
        (None, "https://other.example/r4/below/Practitioner/1", "https://other.example/r4/below", Some("1")),
        // Without a base it could be anybody's …
        (None, "Practitioner/1", R4, None),
        (None, "Practitioner/1", OTHER, None),
        // … unless the provider knows the people of one.
        (Some(OTHER), "Practitioner/1", OTHER, Some("1")),
        (Some(OTHER), "Practitioner/1", R4, None),
        (Some(OTHER), "https://fhir.example/r4/Practitioner/1", OTHER, None),
    ] {
        let fhir_server = own.map(str::to_owned);
        let provider = IdentityProvider { fhir_user: claim(), fhir_server, ..provider() };
        let found = map(&provider, At { aud, servers: &servers }, &json!({ "fhirUser": said }));
        let found = found.map(|mapped| mapped.fhir_user).ok();
        assert_eq!(found, expected.and_then(|id| practitioner(id).ok()), "{own:?} {said} {aud}");
    }
}

/// Those at another server are other people's records.
#[test]
fn only_the_patients_at_this_fhir_server_come_along() {
    let servers = [server(R4), server(OTHER)];
    let provider = IdentityProvider { patients: PatientsFrom::Claim("patients".into()), ..provider() };
    let of = |patients: &str, aud: &str| {
        let found = map(&provider, At { aud, servers: &servers }, &json!({ "patients": patients }));
        found.map(|mapped| mapped.patients.len()).map_err(drop)
    };
    let both =
        "https://fhir.example/r4/Patient/a https://other.example/r4/Patient/b https://other.example/r4/Patient/c";
    assert_eq!((of(both, R4), of(both, OTHER)), (Ok(1), Ok(2)));
    assert_eq!(of("Patient/a", R4), Err(()));
}

fn practitioner(id: &str) -> Result<Wanted, NotMapped> {
    Ok(Wanted::Named(FhirUser { resource: FhirUserType::Practitioner, id: id.into() }))
}

#[test]
fn a_claim_holds_a_reference_bare_or_at_one_of_the_tenants_servers() {
    let by_claim = |value: Value| mapped(FhirUserFrom::Claim("fhirUser".into()), json!({ "fhirUser": value }));
    assert_eq!(by_claim(json!("Practitioner/1")), practitioner("1"));
    assert_eq!(by_claim(json!("https://fhir.example/r4/Practitioner/1")), practitioner("1"));
    assert_eq!(by_claim(json!(null)), Ok(Wanted::Nothing));
    for bad in ["https://evil.example/r4/Practitioner/1", "Group/1", "Practitioner/", "Practitioner/1/2", "1"] {
        assert!(by_claim(json!(bad)).is_err(), "{bad}");
    }
    assert!(by_claim(json!(["Practitioner/1"])).is_err());
}

#[test]
fn a_pattern_can_be_led_nowhere_else_by_its_claim() {
    let by_pattern = |sub: &str| {
        mapped(FhirUserFrom::Pattern(Template::parse("Practitioner/{sub}").unwrap()), json!({ "sub": sub }))
    };
    assert_eq!(by_pattern("a.b-1"), practitioner("a.b-1"));
    for bad in ["../Patient/1", "1/_history/2", "a b", "a|b", "?x"] {
        assert!(by_pattern(bad).is_err(), "{bad}");
    }
}

#[test]
fn an_identifier_is_searched_with_the_claims_value_as_it_is() {
    let from = || FhirUserFrom::Identifier(Template::parse("https://h.example/staff|{no}").unwrap());
    let Ok(Wanted::ToFind(search)) = mapped(from(), json!({ "no": "7|8&name=x" })) else { panic!("a search") };
    assert_eq!((search.system.as_str(), search.value.as_str()), ("https://h.example/staff", "7|8&name=x"));
    assert_eq!(search.types, [FhirUserType::Practitioner]);
    assert_eq!(mapped(from(), json!({})), Ok(Wanted::Nothing));
}

#[test]
fn patients_come_as_a_list_or_a_text() {
    let of = |value: Value| {
        let provider = IdentityProvider { patients: PatientsFrom::Claim("patients".into()), ..provider() };
        let mapped = map(&provider, At { aud: R4, servers: &[server(R4)] }, &json!({ "patients": value })).ok()?;
        let id = |wanted: &Wanted| match wanted {
            Wanted::Named(user) => user.id.clone(),
            other => panic!("{other:?}"),
        };
        Some(mapped.patients.iter().map(id).collect::<Vec<_>>())
    };
    assert_eq!(of(json!(["a", "Patient/b"])).unwrap(), ["a", "b"]);
    assert_eq!(of(json!("a b")).unwrap(), ["a", "b"]);
    assert_eq!(of(json!(null)).unwrap(), [""; 0]);
    assert!(of(json!(["Practitioner/a"])).is_none());
    assert_eq!(of(json!(vec!["a"; 100])).unwrap().len(), 100);
    assert!(of(json!(vec!["a"; 101])).is_none(), "each is looked up");
    assert!(of(json!([1])).is_none());
    assert!(of(json!({})).is_none());
}
