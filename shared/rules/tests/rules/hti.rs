//! A portal's launch: which token holds, whom it is for, and where they sign in (HTI-3 to HTI-11, HTI-13).

use crate::{
    given::{FHIR, NOW, ParseSet, app, key, signed, tenant},
    identity_provider::provider,
};
use rules::{
    authorize::{redirect_target::RedirectTarget, request::parse},
    client::{AccessTokenFormat, Client, ClientAuthentication, RoleOfClient, redirect_uri::RedirectUri},
    hti::{
        HtiContext, HtiLaunch,
        app::{check_request, needs_hti},
        is_hti,
        person::{claimed, is_them},
        sign_in::{ChosenSignIn, choose},
        token::{ExpectedHti, HtiToken, is_signed_by, verify},
    },
    identity_provider::{FhirUserFrom, IdentityProvider, Template, mapping::At},
    jwk::{KeySet, PublicKey, RegisteredKeys},
    jws::{BadJws, UnverifiedJws},
    oauth::params::Params,
    signing_keys::SigningKeyRecord,
    tenant::{Hti, HtiSignIn, SigningAlg, Tenant},
    user::{FhirUser, FhirUserType},
};
use serde_json::{Value, json};

fn claims() -> Value {
    json!({
        "iss": "portal", "aud": "Device/module", "sub": "Patient/amy", "jti": "1", "iat": NOW.0, "exp": NOW.0 + 300,
        "resource": "Task/7",
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    match value {
        Value::Null => claims.as_object_mut().unwrap().remove(name),
        value => claims.as_object_mut().unwrap().insert(name.into(), value),
    };
    claims
}

fn keys(key: &SigningKeyRecord) -> KeySet {
    KeySet::of(vec![key.public.clone()])
}

fn judged_at(key: &SigningKeyRecord, header: &Value, claims: &Value, uri: Option<&str>) -> Result<HtiToken, BadJws> {
    let text = signed(key, header, claims);
    let jws = UnverifiedJws::parse(&text)?;
    verify(&jws, &ExpectedHti { device: "module", jwks_uri: uri }, &keys(key), NOW)
}

fn judged(claims: &Value) -> Result<HtiToken, BadJws> {
    let key = key(SigningAlg::ES256);
    judged_at(&key, &json!({ "alg": "ES256", "kid": key.public.kid }), claims, None)
}

#[test]
fn a_handle_of_this_server_is_no_hti_token() {
    assert!(is_hti("a.b.c") && is_hti(".."));
    for handle in ["", "a", "a.b", "a.b.c.d"] {
        assert!(!is_hti(handle), "{handle}");
    }
}

#[test]
fn a_good_token_says_who_is_launched_and_what_for() {
    let claims = json!({
        "iss": "portal", "aud": ["Device/module"], "sub": "RelatedPerson/rosa", "jti": "j", "iat": NOW.0 - 10,
        "exp": NOW.0 as f64 + 200.5, "nbf": NOW.0 + 30, "resource": "Task/7", "definition": "ActivityDefinition/9",
        "patient": "Patient/mia", "intent": "plan", "idp_hint": "digid", "hti-version": "2.0",
    });
    let token = judged(&claims).unwrap();
    assert_eq!(token.person, FhirUser { resource: FhirUserType::RelatedPerson, id: "rosa".into() });
    assert_eq!((token.jti.as_str(), token.idp_hint.as_deref()), ("j", Some("digid")));
    assert_eq!(token.expires_at, NOW.plus(201));
    assert_eq!(Value::Object(token.payload), claims);
    let members = json!({
        "resource": "Task/7", "sub": "RelatedPerson/rosa", "definition": "ActivityDefinition/9",
        "patient": "Patient/mia", "intent": "plan",
    });
    assert_eq!(Value::Object(token.context.members()), members);
    let least = judged(&claims_of_patient()).unwrap().context;
    assert_eq!(Value::Object(least.members()), json!({ "resource": "Task/7", "sub": "Patient/amy" }));
}

fn claims_of_patient() -> Value {
    claims()
}

#[test]
fn every_claim_has_its_bounds() {
    for (name, good, bad) in [
        ("exp", vec![json!(NOW.0 + 1), json!(NOW.0 + 300)], vec![json!(NOW.0 + 301), json!(NOW.0), json!(NOW.0 - 1)]),
        ("nbf", vec![json!(NOW.0 + 30)], vec![json!(NOW.0 + 31)]),
        (
            "aud",
            vec![json!(["Device/module"])],
            vec![json!("Device/x"), json!("module"), json!(["Device/module", "b"])],
        ),
        ("sub", vec![json!("Practitioner/a")], vec![json!("Person/a"), json!("amy"), json!("Patient/a/b")]),
        ("jti", vec![json!("x".repeat(1024))], vec![json!(""), json!("x".repeat(1025)), Value::Null]),
        (
            "resource",
            vec![json!("x".repeat(1024))],
            vec![json!(""), json!("x".repeat(1025)), json!("a\nb"), Value::Null],
        ),
        ("definition", vec![json!("d")], vec![json!("")]),
        ("intent", vec![json!("i")], vec![json!("")]),
        ("patient", vec![json!("Patient/a")], vec![json!("Practitioner/a"), json!("a")]),
        ("hti-version", vec![json!("2.0"), Value::Null], vec![json!("1.0")]),
    ] {
        for value in good {
            assert!(judged(&with(name, value.clone())).is_ok(), "{name} {value}");
        }
        for value in bad {
            assert!(judged(&with(name, value.clone())).is_err(), "{name} {value}");
        }
    }
    let times = |iat: i64, exp: i64| {
        let mut claims = claims();
        (claims["iat"], claims["exp"]) = (json!(NOW.0 + iat), json!(NOW.0 + exp));
        judged(&claims).is_ok()
    };
    assert!(times(30, 330) && times(-299, 1) && times(0, 1));
    assert!(!times(31, 331) && !times(5, 5) && !times(5, 4) && !times(-300, 1));
    // A related person's patient must be there.
    assert!(judged(&with("sub", json!("RelatedPerson/rosa"))).is_err());
}

#[test]
fn the_key_must_be_the_portals_and_the_header_brings_none() {
    let (key, other) = (key(SigningAlg::ES256), key(SigningAlg::ES256));
    let (uri, kid) = ("https://portal.example/jwks", key.public.kid.as_str());
    let header = |more: Value| {
        let mut header = json!({ "alg": "ES256", "kid": kid });
        for (name, value) in more.as_object().unwrap() {
            header[name] = value.clone();
        }
        header
    };
    for (more, uri) in [(json!({}), None), (json!({ "typ": "jwt" }), Some(uri)), (json!({ "jku": uri }), Some(uri))] {
        assert!(judged_at(&key, &header(more.clone()), &claims(), uri).is_ok(), "{more}");
    }
    for more in [
        json!({ "typ": "at+jwt" }),
        json!({ "jku": "https://other.example" }),
        json!({ "jwk": {} }),
        json!({ "x5c": [] }),
        json!({ "x5u": "https://a.example" }),
        json!({ "kid": "another" }),
        json!({ "alg": "ES384" }),
    ] {
        assert!(judged_at(&key, &header(more.clone()), &claims(), Some(uri)).is_err(), "{more}");
    }
    // Without a name, the only key of a set in the registration will do; behind an address none will.
    let unnamed = json!({ "alg": "ES256" });
    assert!(judged_at(&key, &unnamed, &claims(), None).is_ok());
    assert!(judged_at(&key, &unnamed, &claims(), Some(uri)).is_err());
    let text = signed(&key, &header(json!({})), &claims());
    let jws = UnverifiedJws::parse(&text).unwrap();
    assert!(is_signed_by(&jws, &keys(&key), None) && !is_signed_by(&jws, &keys(&other), None));
    let stranger = KeySet::of(vec![PublicKey { kid: kid.into(), ..other.public.clone() }]);
    assert!(!is_signed_by(&jws, &stranger, None));
    assert!(verify(&jws, &ExpectedHti { device: "module", jwks_uri: None }, &stranger, NOW).is_err());
    // PS256 and EdDSA are no algorithms of HTI.
    let ps = crate::given::key(SigningAlg::PS256);
    assert!(judged_at(&ps, &json!({ "alg": "PS256", "kid": ps.public.kid }), &claims(), None).is_err());
}

fn launch(person: FhirUser, identifier: Option<&str>) -> HtiLaunch {
    let identifier = identifier.map(|text| Template::parse(text).unwrap());
    HtiLaunch {
        portal: "portal".into(),
        jti: "1".into(),
        device: "module".into(),
        context: HtiContext {
            resource: "Task/7".into(),
            sub: String::from(person.clone()),
            definition: None,
            patient: Some("Patient/mia".into()),
            intent: None,
        },
        way: HtiSignIn { user_type: person.resource, provider: provider().id, identifier },
        person,
        forget_at: NOW,
    }
}

fn amy() -> FhirUser {
    FhirUser { resource: FhirUserType::Patient, id: "amy".into() }
}

fn holds(launch: &HtiLaunch, provider: &IdentityProvider, claims: &Value, resource: &Value) -> bool {
    let tenant = tenant();
    let at = At { aud: FHIR, servers: &tenant.fhir_servers };
    let claimed = claimed(launch, provider, at, claims);
    claimed.and_then(|claimed| is_them(resource, launch, &claimed, FHIR)).is_ok()
}

/// HTI-10.
#[test]
fn the_person_is_who_has_the_identifier_of_the_launch() {
    let resource = |identifier: Value| json!({ "resourceType": "Patient", "id": "amy", "identifier": identifier });
    let own = |system: &str, value: &str| resource(json!([{ "system": system, "value": value }]));
    let (launch, claims) = (launch(amy(), Some("urn:bsn|{bsn}")), json!({ "bsn": "123" }));
    let is = |claims: &Value, resource: &Value| holds(&launch, &provider(), claims, resource);
    assert!(is(&claims, &own("urn:bsn", "123")));
    assert!(!is(&claims, &own("urn:bsn", "124")) && !is(&claims, &own("urn:x", "123")));
    assert!(!is(&json!({}), &own("urn:bsn", "123")), "no claim");
    assert!(!is(&claims, &resource(json!([{ "system": "urn:bsn", "value": "123", "use": "old" }]))));
    let mut gone = own("urn:bsn", "123");
    gone["active"] = json!(false);
    assert!(!is(&claims, &gone));
    let another = IdentityProvider { id: "second".into(), ..provider() };
    assert!(
        !holds(&launch, &another, &claims, &own("urn:bsn", "123")),
        "who they are elsewhere is somebody else's word"
    );
}

#[test]
fn without_an_identifier_the_provider_says_who_it_is() {
    let launch = launch(amy(), None);
    let provider = IdentityProvider { fhir_user: FhirUserFrom::Claim("fhirUser".into()), ..provider() };
    let resource = json!({ "resourceType": "Patient", "id": "amy" });
    assert!(holds(&launch, &provider, &json!({ "fhirUser": "Patient/amy" }), &resource));
    assert!(!holds(&launch, &provider, &json!({ "fhirUser": "Patient/mia" }), &resource));
    assert!(!holds(&launch, &provider, &json!({}), &resource));
}

/// HTI-11.
#[test]
fn a_related_person_is_related_to_the_launched_patient() {
    let launch = launch(FhirUser { resource: FhirUserType::RelatedPerson, id: "rosa".into() }, Some("urn:bsn|{bsn}"));
    let rosa = |patient: Value| {
        json!({ "resourceType": "RelatedPerson", "id": "rosa", "patient": patient,
                "identifier": [{ "system": "urn:bsn", "value": "1" }] })
    };
    let is =
        |reference: &str| holds(&launch, &provider(), &json!({ "bsn": "1" }), &rosa(json!({ "reference": reference })));
    assert!(is("Patient/mia") && is(&format!("{FHIR}/Patient/mia")));
    assert!(!is("Patient/noah") && !is(&format!("{FHIR}Patient/mia")) && !is("https://other.example/Patient/mia"));
    assert!(!holds(&launch, &provider(), &json!({ "bsn": "1" }), &rosa(Value::Null)));
}

fn module() -> Client {
    let keys = RegisteredKeys::JwksUri("https://module.example/jwks".into());
    Client {
        client_id: "module".into(),
        authentication: ClientAuthentication::PrivateKeyJwt { keys },
        scope: "openid fhirUser launch patient/*.rs".parse_set(),
        redirect_uris: vec![RedirectUri::register("https://module.example/cb", false).unwrap()],
        access_token_format: AccessTokenFormat::Noop,
        ..app()
    }
}

fn asks(client: &Client, change: &[(&str, Option<&str>)]) -> Result<(), String> {
    let challenge = "x".repeat(43);
    let mut form = vec![
        ("response_type", "code"),
        ("redirect_uri", "https://module.example/cb"),
        ("client_id", "module"),
        ("scope", "launch openid fhirUser"),
        ("state", "s"),
        ("aud", FHIR),
        ("launch", "a.b.c"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in change {
        form.retain(|(own, _)| own != name);
        form.extend(value.map(|value| (*name, value)));
    }
    let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let params = Params::parse(encoded.as_bytes()).unwrap();
    let target = RedirectTarget::find(&params, Some(client), &tenant()).unwrap();
    let request = parse(&params, target, client, &tenant()).map_err(|error| error.description.to_string())?;
    check_request(&params, &request, client).map_err(|error| error.code.as_str().to_owned())
}

/// HTI-2, HTI-13.
#[test]
fn the_module_asks_as_koppeltaal_says() {
    assert_eq!(asks(&module(), &[]), Ok(()));
    assert_eq!(asks(&module(), &[("scope", Some("fhirUser launch openid"))]), Ok(()));
    for scope in ["launch openid", "launch openid fhirUser patient/*.rs", "launch openid fhirUser x"] {
        assert_eq!(asks(&module(), &[("scope", Some(scope))]), Err("invalid_scope".into()), "{scope}");
    }
    let narrow = Client { scope: "openid launch".parse_set(), ..module() };
    assert_eq!(asks(&narrow, &[]), Err("invalid_scope".into()));
    let by_resource = [("aud", None), ("resource", Some(FHIR))];
    assert_eq!(asks(&module(), &by_resource), Err("invalid_request".into()));
    let public = Client { authentication: ClientAuthentication::None, ..module() };
    assert_eq!(asks(&public, &[]), Err("unauthorized_client".into()));
}

#[test]
fn an_app_without_access_tokens_needs_a_portal() {
    let format = |access_token_format| needs_hti(&Client { access_token_format, ..module() }).is_ok();
    assert!(!format(AccessTokenFormat::Noop) && format(AccessTokenFormat::Jwt) && format(AccessTokenFormat::Reference));
}

#[test]
fn a_device_has_its_own_id_or_that_of_the_role_or_of_the_client() {
    let role = Some(RoleOfClient { name: "r".into(), device: "of-role".into() });
    let device =
        |device: Option<&str>, role| Client { device: device.map(str::to_owned), role, ..module() }.device().to_owned();
    assert_eq!(device(None, None), "module");
    assert_eq!(device(None, role.clone()), "of-role");
    assert_eq!(device(Some("own"), role), "own");
}

/// HTI-9.
#[test]
fn a_hint_counts_if_it_is_listed_and_else_the_first_of_the_type_does() {
    let way = |user_type, provider: &str| HtiSignIn { user_type, provider: provider.into(), identifier: None };
    let (patient, practitioner) = (FhirUserType::Patient, FhirUserType::Practitioner);
    let one = |id: &str| IdentityProvider { id: id.into(), issuer: format!("https://{id}.example"), ..provider() };
    let sign_in = vec![way(patient, "a"), way(practitioner, "b"), way(patient, "c")];
    let hti = Some(Hti { device: "admit".into(), sign_in });
    let tenant = Tenant { hti, identity_providers: ["a", "b", "c", "d"].map(one).into(), ..tenant() };
    let chosen = |client: &Client, kind, hint: Option<&str>| {
        choose(&tenant, client, kind, hint)
            .map(|ChosenSignIn { way, unlisted_hint }| (way.provider.clone(), unlisted_hint))
    };
    let some = |id: &str, unlisted| Some((id.to_owned(), unlisted));
    assert_eq!(chosen(&module(), patient, None), some("a", false));
    assert_eq!(chosen(&module(), patient, Some("c")), some("c", false));
    assert_eq!(chosen(&module(), patient, Some("https://c.example")), some("c", false));
    assert_eq!(chosen(&module(), patient, Some("b")), some("a", true));
    assert_eq!(chosen(&module(), practitioner, None), some("b", false));
    assert_eq!(chosen(&module(), FhirUserType::RelatedPerson, None), None);
    let own = Client { hti_sign_in: vec![way(patient, "d")], ..module() };
    assert_eq!(chosen(&own, patient, Some("a")), some("d", true));
    assert_eq!(chosen(&own, practitioner, None), some("b", false));
}
