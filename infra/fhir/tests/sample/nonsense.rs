//! Whatever is sent, the answer is an OperationOutcome and never a panic.

use std::sync::LazyLock;

use crate::kit::{Asks, amy, is_refused, root, server};
use proptest::prelude::*;
use sample_fhir::Server;
use serde_json::json;

static SERVER: LazyLock<Server> = LazyLock::new(server);

#[test]
fn a_body_that_is_not_json_is_refused() {
    let deep = "[".repeat(100_000);
    let deep_object = format!("{{\"resourceType\":\"Patient\",\"contained\":{}1{}}}", "[".repeat(120), "]".repeat(120));
    for body in
        ["", "{", "null", "\"x\"", "1e999", "{\"resourceType\": 5}", "\u{0}", deep.as_str(), deep_object.as_str()]
    {
        for (method, url) in
            [("POST", "Patient"), ("PUT", "Patient/amy-shaw"), ("POST", ""), ("POST", "Patient/x/$everything")]
        {
            let response = SERVER.asks(&root(), method, url, &[], body.as_bytes());
            assert!((400..500).contains(&response.status), "{method} {url} {}", response.status);
            assert_eq!(response.json()["resourceType"], "OperationOutcome");
        }
    }
    let response = SERVER.asks(&root(), "POST", "Patient", &[], b"\xff\xfe");
    is_refused(&response, 400, "structure");
}

#[test]
fn a_body_that_is_too_large_is_refused() {
    let body = vec![b' '; 5 * 1024 * 1024];
    is_refused(&SERVER.asks(&root(), "POST", "Patient", &[], &body), 413, "too-long");
}

#[test]
fn a_patch_does_not_grow_without_bounds() {
    let server = server();
    let twice = json!({"op": "copy", "from": "", "path": "/contained"});
    let operations: Vec<_> = std::iter::repeat_n(twice, 150).collect();
    is_refused(&server.patches(&root(), "Patient/amy-shaw", &json!(operations)), 422, "too-costly");
    let start = json!({"op": "add", "path": "/contained", "value": []});
    let grow = json!({"op": "copy", "from": "/contained", "path": "/contained/-"});
    let operations: Vec<_> = std::iter::once(start).chain(std::iter::repeat_n(grow, 150)).collect();
    is_refused(&server.patches(&root(), "Patient/amy-shaw", &json!(operations)), 422, "too-costly");
    let operations: Vec<_> =
        std::iter::repeat_n(json!({"op": "test", "path": "/id", "value": "amy-shaw"}), 300).collect();
    is_refused(&server.patches(&root(), "Patient/amy-shaw", &json!(operations)), 400, "too-costly");
}

#[test]
fn strange_addresses_are_answered() {
    for url in [
        "Patient/%ff",
        "Patient/a/b/c/d/e",
        "Patient//",
        "%2e%2e/Patient",
        "Patient?%ff=%fe&a=&=&&",
        "Patient/amy-shaw/_history/-1",
        "Patient/amy-shaw/$x",
        "$everything",
        "Patient?name=\\",
        "Patient?name=a\\,b",
        "Patient?a.b.c.d.e=1",
        "Patient?link.link.link.link.name=x",
        "Patient?_count=99999999999999999999",
        "Patient?_offset=18446744073709551615",
        "Patient?_include=*&_include=:::",
        "Patient?birthdate=%2B",
        "Patient?birthdate=geé",
        "Observation?value-quantity=1e400",
        "Observation?value-quantity=1||||",
        "_history",
        "Patient/_search",
        "Patient?_sort=,,-",
    ] {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "BREW"] {
            let response = SERVER.asks(&amy("patient/*.rs"), method, url, &[], b"");
            assert!((200..500).contains(&response.status), "{method} {url}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_address_is_answered(
        path in "(Patient|Observation|Binary|\\PC{0,8})(/\\PC{0,12}){0,4}",
        query in "\\PC{0,40}",
    ) {
        let response = SERVER.asks(&amy("patient/*.rs"), "GET", &format!("{path}?{query}"), &[], b"");
        prop_assert!((200..500).contains(&response.status));
    }

    #[test]
    fn any_value_is_answered(
        name in "(birthdate|name|identifier|general-practitioner|_id|_sort|_count|_include|link\\.name)(:\\PC{0,6})?",
        value in "(ge|sa|ap)?[0-9T:.+Z|\\\\,/$é-]{0,24}",
    ) {
        let pairs: String = url::form_urlencoded::Serializer::new(String::new()).append_pair(&name, &value).finish();
        let response = SERVER.asks(&root(), "GET", &format!("Patient?{pairs}"), &[], b"");
        prop_assert!(response.status == 200 || response.status == 400);
    }

    #[test]
    fn any_element_of_any_type_is_answered(
        value in json_value(),
        element in "(name|birthDate|contact|link|contained|meta|text|extension|id|_name|deceased\\PC{0,9})",
    ) {
        let mut patient = json!({"resourceType": "Patient", "id": "any"});
        patient[element] = value;
        for (method, url) in [("POST", "Patient"), ("PUT", "Patient/any")] {
            let response = SERVER.sends(&root(), method, url, &patient);
            prop_assert!([200, 201, 400, 422].contains(&response.status));
        }
    }
}

fn json_value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|value| json!(value)),
        any::<f64>().prop_map(|value| json!(value)),
        "\\PC{0,8}".prop_map(|value| json!(value)),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let keys = "(reference|family|url|start|coding|resourceType|lastUpdated|tag|\\PC{0,4})";
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|values| json!(values)),
            prop::collection::hash_map(keys, inner, 0..4).prop_map(|fields| json!(fields)),
        ]
    })
}
