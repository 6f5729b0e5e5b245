//! From what a provider says of a person to who they are here.

use super::provider;
use crate::given::{FHIR, NOW, tenant};
use rules::{
    identity_provider::{
        FhirUserFrom, IdentityProvider, PatientsFrom, Template,
        changeable::cautions,
        id_token::Identity,
        mapping::{At, Found, Wanted, map, may_vouch_for, signed_in, vouched_today},
    },
    signed_in::SignedIn,
    tenant::{Tenant, TenantId},
    time::Timestamp,
    user::{FhirUser, FhirUserType},
};
use serde_json::{Value, json};

/// A tenant with one FHIR server would take bare references; here nothing depends on it.
const AT: At<'_> = At { aud: FHIR, servers: &[] };

fn template(text: &str) -> Template {
    Template::parse(text).unwrap()
}

fn practitioner() -> FhirUser {
    FhirUser { resource: FhirUserType::Practitioner, id: "p".into() }
}

/// Somebody of whom the provider says this.
fn person(claims: Value) -> SignedIn {
    person_of(&tenant(), "https://idp.example", "s", None, claims)
}

fn person_of(tenant: &Tenant, iss: &str, sub: &str, auth_time: Option<Timestamp>, claims: Value) -> SignedIn {
    let identity = Identity { iss: iss.into(), sub: sub.into(), auth_time, acr: None, claims };
    let found =
        Found { identity, fhir_server: FHIR.into(), fhir_user: Some(practitioner()), patients: vec!["a".into()] };
    signed_in(tenant, &provider(), found, NOW).unwrap()
}

/// What was found of somebody whose provider looks for them by this identifier.
fn identified(claims: Value) -> Result<String, String> {
    let provider = IdentityProvider {
        fhir_user: FhirUserFrom::Identifier(template("{system}|{value}")),
        user_types: [FhirUserType::Person].into(),
        ..provider()
    };
    match map(&provider, AT, &claims).map(|mapped| mapped.fhir_user) {
        Ok(Wanted::ToFind(search)) => Ok(format!("{} {}", search.system, search.value)),
        Ok(other) => panic!("{other:?}"),
        Err(why) => Err(why.0),
    }
}

/// FHIR R4 §3.1.1.4.10: a search for half of an identifier would find somebody else.
#[test]
fn an_identifier_has_a_system_and_a_value_of_at_most_256_characters() {
    const NONE: &str = "the identifier is not system|value";
    assert_eq!(identified(json!({ "system": "s", "value": "v" })), Ok("s v".into()));
    assert_eq!(identified(json!({ "system": "|", "value": "v" })), Err(NONE.into()), "no system");
    let long = |length: usize| identified(json!({ "system": "s", "value": "v".repeat(length) }));
    assert!(long(256).is_ok());
    assert_eq!(long(257), Err(NONE.into()));
    let no_value = IdentityProvider { fhir_user: FhirUserFrom::Identifier(template("{system}|")), ..provider() };
    assert_eq!(map(&no_value, AT, &json!({ "system": "s" })).unwrap_err().0, NONE);
}

/// A person waits while they are searched for, one after the other.
#[test]
fn at_most_ten_patients_are_searched_for() {
    let provider = IdentityProvider { patients: PatientsFrom::Identifier(template("mrn|{mrn}")), ..provider() };
    let found = |claims: Value| map(&provider, AT, &claims).map(|mapped| mapped.patients.len()).map_err(|why| why.0);
    let numbers = |count: usize| json!({ "mrn": (0..count).map(|n| n.to_string()).collect::<Vec<_>>() });
    assert_eq!(found(numbers(1)), Ok(1));
    assert_eq!(found(numbers(10)), Ok(10));
    assert_eq!(found(numbers(11)), Err("patients_identifier gives too many patients to search for".into()));
    assert_eq!(found(json!({})), Ok(0));
}

#[test]
fn a_provider_signs_in_the_kinds_of_people_that_it_is_for() {
    let may = |types: &[FhirUserType], user: Option<&FhirUser>| {
        may_vouch_for(&IdentityProvider { user_types: types.iter().copied().collect(), ..provider() }, user).is_ok()
    };
    let user = practitioner();
    for (types, user, good) in [
        (&[][..], None, true),
        (&[], Some(&user), true),
        (&[FhirUserType::Practitioner], Some(&user), true),
        (&[FhirUserType::Patient, FhirUserType::Person], Some(&user), false),
        (&[FhirUserType::Practitioner], None, false),
    ] {
        assert_eq!(may(types, user), good, "{types:?} {user:?}");
    }
}

#[test]
fn whom_a_provider_may_not_vouch_for_is_not_signed_in() {
    let provider = IdentityProvider { user_types: [FhirUserType::Patient].into(), ..provider() };
    let identity = Identity { iss: "i".into(), sub: "s".into(), auth_time: None, acr: None, claims: json!({}) };
    let found = Found { identity, fhir_server: FHIR.into(), fhir_user: Some(practitioner()), patients: Vec::new() };
    let refused = signed_in(&tenant(), &provider, found, NOW).unwrap_err();
    assert_eq!(refused.0, "a Practitioner may not sign in with this provider");
}

#[test]
fn a_person_is_known_with_all_that_was_found_out() {
    let person = person(json!({}));
    assert_eq!((person.fhir_user, person.patients), (Some(practitioner()), vec!["a".to_owned()]));
    assert_eq!(person.provider.as_deref(), Some("okta"));
    assert_eq!(person.username, format!("okta#{}", person.sub), "no name that somebody here could have");
    assert!(person.acr.is_none() && person.credential.is_none());
}

/// OIDC-2; OpenID Connect Core §2: a provider's `sub` is unique to its issuer alone.
#[test]
fn the_same_person_has_the_same_sub_and_no_two_people_have_one() {
    let tenant = tenant();
    let other = Tenant { id: TenantId::parse("other").unwrap(), ..tenant.clone() };
    let sub = |tenant: &Tenant, iss: &str, sub: &str| person_of(tenant, iss, sub, None, json!({})).sub;
    let mut subs = vec![
        sub(&tenant, "i", "s"),
        sub(&other, "i", "s"),
        sub(&tenant, "j", "s"),
        sub(&tenant, "i", "t"),
        sub(&tenant, "is", ""),
        sub(&tenant, "", "is"),
    ];
    assert!(subs.iter().all(|sub| sub.len() == 43));
    assert_eq!(subs[0], sub(&tenant, "i", "s"));
    subs.sort();
    subs.dedup();
    assert_eq!(subs.len(), 6);
}

/// OIDC-11: an app learns nothing that lies in the future.
#[test]
fn the_time_of_sign_in_is_what_the_provider_says_and_never_later_than_now() {
    let at = |auth_time: Option<i64>| {
        let auth_time = auth_time.map(|seconds| NOW.plus(seconds));
        person_of(&tenant(), "i", "s", auth_time, json!({})).auth_time.since(NOW)
    };
    assert_eq!((at(Some(-60)), at(Some(60)), at(None)), (-60, 0, 0));
}

/// OpenID Connect Core §2: the parties "will need to agree upon the meanings of the values used".
#[test]
fn an_acr_counts_where_the_operator_has_agreed_on_it() {
    let acr = |agreed: &[&str], said: Option<&str>| {
        let acr_values = agreed.iter().map(|acr| (*acr).to_owned()).collect();
        let provider = IdentityProvider { acr_values, ..provider() };
        let acr = said.map(str::to_owned);
        let claims = json!({ "acr": "of userinfo" });
        let identity = Identity { iss: "i".into(), sub: "s".into(), auth_time: None, acr, claims };
        let found = Found { identity, fhir_server: FHIR.into(), fhir_user: None, patients: Vec::new() };
        signed_in(&tenant(), &provider, found, NOW).unwrap().acr
    };
    assert_eq!(acr(&[], Some("gold")), None);
    assert_eq!(acr(&["silver", "gold"], Some("gold")).as_deref(), Some("gold"));
    assert_eq!(acr(&["silver"], Some("gold")), None);
    assert_eq!(acr(&["gold"], Some("Gold")), None);
    assert_eq!(acr(&["gold", "of userinfo"], None), None);
}

/// An agreement that has ended, and a kind of person that the provider is for no more.
#[test]
fn a_provider_vouches_for_somebody_as_it_is_trusted_today() {
    let user = SignedIn { acr: Some("gold".into()), ..person(json!({})) };
    let with = |acr_values: &[&str], user_types: &[FhirUserType]| IdentityProvider {
        acr_values: acr_values.iter().map(|acr| (*acr).to_owned()).collect(),
        user_types: user_types.iter().copied().collect(),
        ..provider()
    };
    let today = |provider: IdentityProvider| vouched_today(&provider, &user).map(|user| user.acr);
    assert_eq!(today(with(&["gold"], &[])), Some(Some("gold".into())));
    assert_eq!(today(with(&[], &[FhirUserType::Practitioner])), Some(None));
    assert_eq!(today(with(&["gold"], &[FhirUserType::Patient])), None);
}

/// OpenID Connect Core §5.7.
#[test]
fn an_operator_hears_of_identifiers_that_can_change_hands() {
    let of = |fhir_user: FhirUserFrom, patients: PatientsFrom| {
        let provider = IdentityProvider { fhir_user, patients, ..provider() };
        cautions(&provider)
    };
    let nothing = || PatientsFrom::Nothing;
    for claim in ["email", "preferred_username", "nickname", "name", "phone_number", "upn", "unique_name", "birthdate"]
    {
        let braced = format!("{{{claim}}}");
        let found = of(FhirUserFrom::Identifier(template(&format!("urn:x|{braced}"))), nothing());
        assert_eq!(found.len(), 1, "{claim}");
        assert!(found[0].contains("okta") && found[0].contains(claim) && found[0].contains("fhir_user_identifier"));
        assert_eq!(
            of(FhirUserFrom::Pattern(template(&format!("Patient/{{sub}}{braced}{braced}"))), nothing()).len(),
            1
        );
        assert_eq!(of(FhirUserFrom::Claim(claim.into()), nothing()).len(), 1);
        let patients = PatientsFrom::Identifier(template(&format!("urn:x|{braced}")));
        assert!(of(FhirUserFrom::Nothing, patients)[0].contains("patients_identifier"));
        assert_eq!(of(FhirUserFrom::Nothing, PatientsFrom::Claim(claim.into())).len(), 1);
    }
    for claim in ["sub", "employee_id", "fhirUser", "oid", "mrn"] {
        let identifier = FhirUserFrom::Identifier(template(&format!("urn:x|{{{claim}}}")));
        assert!(of(identifier, PatientsFrom::Claim("patients".into())).is_empty(), "{claim}");
    }
}

/// RFC 8176.
#[test]
fn methods_are_short_words_and_at_most_ten() {
    let amr = |claim: Value| person(json!({ "amr": claim })).amr;
    let longest = "x".repeat(40);
    assert_eq!(amr(json!(["pwd", 7, "", longest, "x".repeat(41), "otp"])), ["pwd", &longest, "otp"]);
    assert_eq!(amr(json!(vec!["m"; 11])).len(), 10);
    assert!(amr(json!("pwd")).is_empty() && amr(json!(null)).is_empty());
}

#[test]
fn people_are_called_what_their_provider_calls_them() {
    let name = |claims: Value| person(claims).name;
    let all = json!({ "display": "Dr. P", "name": "P", "preferred_username": "p", "email": "p@h.example" });
    assert_eq!(name(all.clone()), "Dr. P");
    let without = |claims: &Value, names: &[&str]| {
        let mut claims = claims.clone();
        names.iter().for_each(|name| claims[*name] = json!(" "));
        claims
    };
    assert_eq!(name(without(&all, &["display"])), "P");
    assert_eq!(name(without(&all, &["display", "name"])), "p");
    assert_eq!(name(without(&all, &["display", "name", "preferred_username"])), "p@h.example");
    assert_eq!(name(json!({ "display": 7 })), "Hospital account");
    assert_eq!(name(json!({ "display": format!("A\n\u{7}B{}", "x".repeat(300)) })), format!("AB{}", "x".repeat(198)));
}
