//! `/metadata`: the CapabilityStatement, with the OAuth endpoints where SMART 1.0 clients look for them.

use serde_json::{Value, json};

use crate::definitions::{self, Kind, ResourceType, resource_types};

/// The endpoints of the authorization server that guards this server.
#[derive(Clone, Debug, Default)]
pub struct OAuthUris {
    pub authorize: Option<String>,
    pub token: Option<String>,
    pub introspect: Option<String>,
    pub revoke: Option<String>,
    pub register: Option<String>,
    pub manage: Option<String>,
}

pub fn statement(base: &str, oauth: &OAuthUris) -> Value {
    let resources: Vec<Value> = resource_types().iter().map(resource).collect();
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-01-01",
        "publisher": "Admit",
        "kind": "instance",
        "software": {"name": "Admit sample FHIR server", "version": env!("CARGO_PKG_VERSION")},
        "implementation": {"description": "Synthetic data for tests and first steps", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "patchFormat": ["application/json-patch+json"],
        "rest": [{
            "mode": "server",
            "security": security(oauth),
            "resource": resources,
            "interaction": [{"code": "batch"}, {"code": "transaction"}],
        }],
    })
}

/// That of a server which this one stands before, without what is refused here.
pub fn statement_before(mut behind: Value, base: &str, oauth: &OAuthUris) -> Value {
    let mut resources = behind["rest"][0]["resource"].as_array().cloned().unwrap_or_default();
    resources.retain(|of| of["type"].as_str().and_then(definitions::resource_type).is_some());
    let forwarded = ["read", "search-type", "create", "update", "patch", "delete"];
    for of in resources.iter_mut().filter_map(Value::as_object_mut) {
        of.retain(|field, _| ["type", "profile", "interaction", "searchParam"].contains(&field.as_str()));
        let Some(all) = of.get_mut("interaction").and_then(Value::as_array_mut) else { continue };
        all.retain(|known| forwarded.iter().any(|code| known["code"] == *code));
    }
    behind["rest"] = json!([{"mode": "server", "security": security(oauth), "resource": resources}]);
    behind["implementation"] = json!({"description": "Behind an authorization server", "url": base});
    behind["format"] = json!(["application/fhir+json", "json"]);
    behind["patchFormat"] = json!(["application/json-patch+json"]);
    behind
}

/// SMART App Launch 1.0, "Using FHIR CapabilityStatement": deprecated since 2.0, and still what many clients read.
pub fn security(oauth: &OAuthUris) -> Value {
    let uris = [
        ("authorize", &oauth.authorize),
        ("token", &oauth.token),
        ("introspect", &oauth.introspect),
        ("revoke", &oauth.revoke),
        ("register", &oauth.register),
        ("manage", &oauth.manage),
    ];
    let known =
        uris.into_iter().filter_map(|(name, uri)| uri.as_ref().map(|uri| json!({"url": name, "valueUri": uri})));
    let known: Vec<Value> = known.collect();
    let mut security = json!({
        "cors": true,
        "service": [{
            "coding": [{
                "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
                "code": "SMART-on-FHIR",
                "display": "SMART-on-FHIR",
            }],
            "text": "OAuth2 using SMART-on-FHIR profile (see http://docs.smarthealthit.org)",
        }],
    });
    if !known.is_empty() {
        security["extension"] = json!([{
            "url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
            "extension": known,
        }]);
    }
    security
}

fn resource(of: &'static ResourceType) -> Value {
    let interactions =
        ["read", "vread", "update", "patch", "delete", "history-instance", "history-type", "create", "search-type"];
    let interactions: Vec<Value> = interactions.iter().map(|code| json!({"code": code})).collect();
    let parameters = of.parameters.iter().chain(definitions::common_parameters());
    let parameters: Vec<Value> =
        parameters.map(|parameter| json!({"name": parameter.name, "type": kind(parameter.kind)})).collect();
    let mut resource = json!({
        "type": of.name,
        "profile": format!("http://hl7.org/fhir/StructureDefinition/{}", of.name),
        "interaction": interactions,
        "versioning": "versioned-update",
        "readHistory": true,
        "updateCreate": true,
        "conditionalCreate": false,
        "conditionalUpdate": false,
        "conditionalDelete": "not-supported",
        "searchParam": parameters,
    });
    let includes = references(of);
    if !includes.is_empty() {
        resource["searchInclude"] = json!(includes);
    }
    let reverse: Vec<String> = resource_types().iter().flat_map(|source| reverse_references(source, of.name)).collect();
    if !reverse.is_empty() {
        resource["searchRevInclude"] = json!(reverse);
    }
    if of.name == "Patient" {
        let definition = "http://hl7.org/fhir/OperationDefinition/Patient-everything";
        resource["operation"] = json!([{"name": "everything", "definition": definition}]);
    }
    resource
}

fn references(of: &ResourceType) -> Vec<String> {
    let references = of.parameters.iter().filter(|parameter| parameter.kind == Kind::Reference);
    references.map(|parameter| format!("{}:{}", of.name, parameter.name)).collect()
}

fn reverse_references(source: &ResourceType, target: &str) -> Vec<String> {
    let references = source.parameters.iter().filter(|parameter| parameter.targets.contains(&target));
    references.map(|parameter| format!("{}:{}", source.name, parameter.name)).collect()
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Token => "token",
        Kind::Reference => "reference",
        Kind::Date => "date",
        Kind::String => "string",
        Kind::Uri => "uri",
        Kind::Number => "number",
        Kind::Quantity => "quantity",
    }
}
