//! What an assertion brings for its token (FAST Security 2.0.0 §5.2.1).

use crate::given::{ParseSet, app, backend, tenant};
use rules::{
    authority::of_client,
    client::Client,
    extensions::{
        b2b::HL7_B2B,
        brought::{Brought, Fault},
        carried::Extensions,
        judge::{Carried, judge, lines, would_hold},
        uri::{coded, is_of_scheme, is_uri, is_url},
    },
    oauth::introspection::active,
    tenant::{GrantType, Tenant, TenantRecord},
    time::Timestamp,
    token::AccessTokenClaims,
};
use serde_json::{Map, Value, json};

#[test]
fn a_uri_has_a_scheme_and_the_characters_of_rfc_3986() {
    for good in [
        "https://payer.example",
        "HTTPS://payer.example/a?b#c",
        "urn:oid:1.2.3",
        "urn:oid:1.2.3#4",
        "did:web:payer.example",
        "a+b-c.1:x",
        "urn:x:%C3%BC",
        "https://[::1]/",
    ] {
        assert!(is_uri(good), "{good}");
    }
    for bad in [
        "", ":", "payer", "https:", "1a:b", "a_b:c", "ü:b", "urn:ü", "a:b c", "a:b#c#d", "a:%", "a:%4", "a:%zz",
        "a:<b>", "a:\"", "a:\\", "a:b\n",
    ] {
        assert!(!is_uri(bad), "{bad}");
    }
    for good in ["https://a.example/Consent/1", "http://a.example", "HTTPS://a.example"] {
        assert!(is_url(good), "{good}");
    }
    for bad in
        ["urn:oid:1.2", "ftp://a.example", "https:a.example", "https://", "https:///a", "/Consent/1", "https://a b"]
    {
        assert!(!is_url(bad), "{bad}");
    }
}

#[test]
fn a_code_has_a_system_where_a_uri_stands_before_the_mark() {
    let cases = [
        ("urn:oid:1.2#TREAT", Some(("urn:oid:1.2", "TREAT"))),
        ("http://nucc.example/x#1#2", None),
        ("urn:oid:1.2#", None),
        ("#TREAT", None),
        ("TREAT", None),
        ("oid#TREAT", None),
        ("urn:oid:1.2#a b", None),
        ("urn:oid:1.2", None),
    ];
    for (text, expected) in cases {
        assert_eq!(coded(text), expected, "{text}");
    }
}

#[test]
fn a_scheme_is_a_whole_one_and_has_no_case() {
    for (uri, scheme, expected) in [
        ("https://a.example", "https", true),
        ("https://a.example", "HTTPS", true),
        ("https://a.example", "http", false),
        ("urn:oid:1.2", "urn", true),
        ("urn:OID:1.2", "urn:oid", true),
        ("urn:oidx:1.2", "urn:oid", false),
        ("urn", "urn:oid", false),
        ("ü:b", "a", false),
    ] {
        assert_eq!(is_of_scheme(uri, scheme), expected, "{uri} {scheme}");
    }
}

fn read(claims: &str) -> Brought {
    serde_json::from_str(claims).unwrap_or_else(|error| panic!("{claims}: {error}"))
}

/// B2B-10: the claims are read to their end, whatever is in them.
#[test]
fn of_all_claims_extensions_are_read_as_they_were_written() {
    let objects = |value: Value| Brought::Objects(value.as_object().unwrap().clone());
    let deep = |depth: usize| format!(r#"{{"extensions":{{"a":{}1{}}}}}"#, "[".repeat(depth), "]".repeat(depth));
    for (claims, expected) in [
        ("{}".to_owned(), Brought::Nothing),
        (r#"{"iss":"a","iss":"b","aud":[[[[[[1]]]]]]}"#.to_owned(), Brought::Nothing),
        (r#"{"extensions":{}}"#.to_owned(), objects(json!({}))),
        (
            r#"{"extensions":{"a":{"n":1,"m":-1,"f":0.5,"t":true,"z":null,"s":"ü"},"b":2}}"#.to_owned(),
            objects(json!({ "a": { "n": 1, "m": -1, "f": 0.5, "t": true, "z": null, "s": "ü" }, "b": 2 })),
        ),
        (r#"{"extensions":{},"extensions":{}}"#.to_owned(), Brought::Unreadable(Fault::Twice)),
        (r#"{"extensions":{"a":1,"a":1}}"#.to_owned(), Brought::Unreadable(Fault::Twice)),
        (r#"{"extensions":{"a":[{"b":1,"\u0062":1}]}}"#.to_owned(), Brought::Unreadable(Fault::Twice)),
        (r#"{"extensions":null}"#.to_owned(), Brought::Unreadable(Fault::NoObject)),
        (r#"{"extensions":[]}"#.to_owned(), Brought::Unreadable(Fault::NoObject)),
        (r#"{"extensions":7}"#.to_owned(), Brought::Unreadable(Fault::NoObject)),
        (deep(3), objects(json!({ "a": [[[1]]] }))),
        (deep(4), Brought::Unreadable(Fault::TooDeep)),
        (deep(5_000), Brought::Unreadable(Fault::TooDeep)),
        (r#"{"extensions":{"a":{"b":{"c":{"d":[]}}}}}"#.to_owned(), Brought::Unreadable(Fault::TooDeep)),
        (format!(r#"{{"extensions":{{"a":"{}"}}}}"#, "b".repeat(7_992)), objects(json!({ "a": "b".repeat(7_992) }))),
        (format!(r#"{{"extensions":{{"a":"{}"}}}}"#, "b".repeat(7_993)), Brought::Unreadable(Fault::TooLong)),
        (format!(r#"{{"extensions":{{"a": {}1}}}}"#, " ".repeat(9_000)), objects(json!({ "a": 1 }))),
    ] {
        assert_eq!(read(&claims), expected, "{}", &claims[..claims.len().min(80)]);
    }
}

fn payer() -> Client {
    Client {
        extensions: [HL7_B2B.to_owned(), "other".to_owned()].into(),
        required_extensions: [HL7_B2B.to_owned()].into(),
        organization_ids: ["https://payer.example".to_owned()].into(),
        ..backend()
    }
}

fn good() -> Value {
    json!({ "version": "1", "organization_id": "https://payer.example", "purpose_of_use": ["TREAT"] })
}

fn brought(objects: Value) -> Brought {
    Brought::Objects(objects.as_object().unwrap().clone())
}

fn extensions(objects: Value) -> Extensions {
    Extensions::of(objects.as_object().unwrap().clone()).unwrap()
}

/// B2B-4.
#[test]
fn the_object_of_organizations_is_required_of_services_alone() {
    let asked = |way| judge(&Brought::Nothing, &payer(), &tenant(), way);
    for way in GrantType::ALL {
        assert_eq!(asked(way).is_err(), way == GrantType::ClientCredentials, "{way:?}");
    }
    let strict = Client { required_extensions: ["other".to_owned()].into(), ..payer() };
    for way in GrantType::ALL {
        assert!(judge(&brought(json!({ HL7_B2B: good() })), &strict, &tenant(), way).is_err(), "{way:?}");
    }
}

/// B2B-5.
#[test]
fn what_is_left_aside_is_named_within_bounds() {
    let mut objects = Map::new();
    objects.insert(HL7_B2B.to_owned(), good());
    objects.insert(format!("a\n{}", "x".repeat(100)), json!({}));
    for number in 0..30 {
        objects.insert(format!("n{number}"), json!(1));
    }
    let carried = judge(&Brought::Objects(objects), &payer(), &tenant(), GrantType::ClientCredentials).unwrap();
    assert_eq!(carried.extensions, Some(extensions(json!({ HL7_B2B: good() }))));
    let lines = lines(&carried);
    assert_eq!((lines.len(), lines.last().map(String::as_str)), (21, Some("and 11 more extension objects")));
    assert!(lines.iter().all(|line| line.len() < 200 && !line.contains('\n')), "{lines:?}");
    let unasked = judge(&brought(json!({ "a": 1 })), &app(), &tenant(), GrantType::ClientCredentials).unwrap();
    assert_eq!(unasked, Carried::default());
}

/// B2B-7: a token is worth what its client may say today.
#[test]
fn what_was_carried_holds_while_the_registration_allows_it() {
    let carried = extensions(json!({ HL7_B2B: good(), "other": {} }));
    let of = |client: &Client, tenant: &Tenant| {
        let record = TenantRecord { tenant: tenant.clone(), keys: Vec::new() };
        let aud = tenant.fhir_servers[0].url.clone();
        let claims = AccessTokenClaims::of_client(&record, "backend", &aud, &client.scope, 300, Timestamp(0));
        let claims = claims.carrying(Some(carried.clone()));
        assert_eq!(active(tenant, &claims, None)["extensions"], json!(carried));
        assert_eq!(would_hold(&carried, client, tenant), of_client(&claims, None, Some(client), tenant).is_ok());
        would_hold(&carried, client, tenant)
    };
    let by_key = |client: Client| Client { scope: "system/*.rs".parse_set(), ..client };
    let mut by_secret = tenant();
    by_secret.policy.client_credentials_by_secret = true;
    assert!(of(&by_key(payer()), &by_secret));
    assert!(!of(&by_key(Client { organization_ids: Default::default(), ..payer() }), &by_secret));
    assert!(!of(&by_key(Client { extensions: [HL7_B2B.to_owned()].into(), ..payer() }), &by_secret));
    let mut narrow = by_secret.clone();
    narrow.b2b.purposes = vec!["HPAYMT".to_owned()];
    assert!(!of(&by_key(payer()), &narrow));
}

#[test]
fn a_text_for_a_header_is_ascii_and_says_the_same() {
    let carried = extensions(json!({ "a": { "name": "Zoë \u{1f3e5} \"x\"\\" } }));
    let text = carried.ascii();
    assert!(text.is_ascii(), "{text}");
    assert_eq!(serde_json::from_str::<Extensions>(&text).unwrap(), carried);
    assert!(Extensions::of(Map::new()).is_none());
}
