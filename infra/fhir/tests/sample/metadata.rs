//! `/metadata`.

use crate::kit::{Asks, BASE, NOW, caller, is_refused, server};
use sample_fhir::Request;

const METADATA: Request = Request { method: "GET", path: "/metadata", query: "", headers: &[], body: b"", now: NOW };

#[test]
fn the_capability_statement_needs_no_caller() {
    let response = server().metadata(&METADATA);
    assert_eq!(response.status, 200);
    let statement = response.json();
    assert_eq!(statement["resourceType"], "CapabilityStatement");
    assert_eq!(statement["fhirVersion"], "4.0.1");
    assert_eq!(statement["implementation"]["url"], BASE);
    assert_eq!(server().gets(&caller("", None, None), "metadata").json(), statement);
}

/// SMART App Launch 1.0: "the extension `oauth-uris`" with "`authorize`" and "`token`".
#[test]
fn the_oauth_uris_stand_where_smart_1_clients_look_for_them() {
    let security = &server().capability_statement()["rest"][0]["security"];
    assert_eq!(security["service"][0]["coding"][0]["code"], "SMART-on-FHIR");
    let extension = &security["extension"][0];
    assert_eq!(extension["url"], "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris");
    assert_eq!(extension["extension"][0]["url"], "authorize");
    assert_eq!(extension["extension"][0]["valueUri"], "http://localhost:9000/demo/authorize");
    assert_eq!(extension["extension"][1]["url"], "token");
    assert_eq!(extension["extension"].as_array().unwrap().len(), 2, "what there is not is not said");
}

#[test]
fn every_search_parameter_in_the_statement_can_be_used() {
    let server = server();
    let statement = server.capability_statement();
    let root = crate::kit::root();
    for resource in statement["rest"][0]["resource"].as_array().unwrap() {
        for parameter in resource["searchParam"].as_array().unwrap() {
            let name = parameter["name"].as_str().unwrap();
            let value = match parameter["type"].as_str().unwrap() {
                "date" => "2020",
                "number" | "quantity" => "5",
                _ => "x",
            };
            let url = format!("{}?{name}={value}", resource["type"].as_str().unwrap());
            let response = server.asks(&root, "GET", &url, &[("prefer", "handling=strict")], b"");
            assert_eq!(response.status, 200, "{url} {}", response.json());
        }
    }
}

#[test]
fn xml_is_not_acceptable() {
    let server = server();
    let headers = [("Accept", "application/fhir+xml")];
    is_refused(&server.metadata(&Request { headers: &headers, ..METADATA }), 406, "not-supported");
    is_refused(&server.metadata(&Request { query: "_format=xml", ..METADATA }), 406, "not-supported");
    let browser = [("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")];
    assert_eq!(server.metadata(&Request { headers: &browser, ..METADATA }).status, 200);
    assert_eq!(server.metadata(&Request { query: "_format=application/fhir+json", ..METADATA }).status, 200);
}
