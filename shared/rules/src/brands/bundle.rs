//! A tenant's brands as the FHIR resources that are published: Organizations and Endpoints by SMART's profiles `user-access-brand` and
//! `user-access-endpoint`.

use super::servers::{servers_of, servers_of_portal};
use crate::tenant::{
    FhirServer, Tenant,
    user_access::{Address, Brand, Identifier, Portal, UserAccess},
};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// Of the resources of one tenant, as text. The item that holds them ends at 400 kB, and a deployment has many.
pub const MOST_BYTES: usize = 100_000;

const EXTENSION: &str = "http://hl7.org/fhir/StructureDefinition";
const TERMINOLOGY: &str = "http://terminology.hl7.org/CodeSystem";

/// The entries of a tenant's bundle: its brands, and the FHIR servers that any of them names (BRAND-6).
pub fn entries(tenant: &Tenant) -> Vec<Value> {
    let Some(access) = &tenant.user_access else { return Vec::new() };
    let organizations = access.brands.iter().map(|brand| organization(tenant, access, brand));
    let is_named = |server: &FhirServer| {
        let mut of_brands = access.brands.iter().flat_map(|brand| servers_of(brand, &tenant.fhir_servers));
        of_brands.any(|named| named.name == server.name)
    };
    let endpoints = tenant.fhir_servers.iter().filter(|server| is_named(server));
    organizations.chain(endpoints.map(|server| endpoint(tenant, access, server))).collect()
}

fn organization(tenant: &Tenant, access: &UserAccess, brand: &Brand) -> Value {
    let id = organization_id(tenant, brand);
    let mut resource = json!({
        "resourceType": "Organization",
        "id": id,
        "identifier": brand.identifiers.iter().map(identifier).collect::<Vec<_>>(),
        "active": true,
        "name": brand.name,
        "telecom": [website(brand)],
    });
    let mut put = |name: &str, values: Vec<Value>| {
        if !values.is_empty() {
            resource[name] = Value::from(values);
        }
    };
    let portals = brand.portals.iter().map(|one| portal(tenant, brand, one));
    put("extension", logos(brand).into_iter().chain(portals).collect());
    put("type", brand.categories.iter().map(|one| {
        json!({ "coding": [{ "system": format!("{TERMINOLOGY}/organization-type"), "code": one.code(), "display": one.display() }] })
    }).collect());
    put("alias", brand.aliases.iter().map(|alias| json!(alias)).collect());
    put("address", brand.addresses.iter().map(address).collect());
    put("endpoint", servers_of(brand, &tenant.fhir_servers).into_iter().map(|one| reference(tenant, one)).collect());
    let parent =
        |value: &String| access.brands.iter().find(|other| other.identifiers.iter().any(|id| id.value == *value));
    if let Some(parent) = brand.part_of.as_ref().and_then(parent) {
        resource["partOf"] = json!({ "reference": format!("Organization/{}", organization_id(tenant, parent)) });
    }
    entry(tenant, "Organization", &id, resource)
}

fn logos(brand: &Brand) -> Option<Value> {
    let url = |name: &str, url: &Option<String>| url.as_ref().map(|url| json!({ "url": name, "valueUrl": url }));
    let parts: Vec<Value> =
        url("brandLogo", &brand.logo).into_iter().chain(url("brandLogoLicense", &brand.logo_license)).collect();
    (!parts.is_empty()).then(|| json!({ "url": format!("{EXTENSION}/organization-brand"), "extension": parts }))
}

fn portal(tenant: &Tenant, brand: &Brand, portal: &Portal) -> Value {
    let mut parts = Vec::new();
    let mut put = |name: &str, member: &str, value: Option<Value>| {
        parts.extend(value.map(|value| {
            Value::from(Map::from_iter([("url".to_owned(), Value::from(name)), (member.to_owned(), value)]))
        }));
    };
    let text = |text: &Option<String>| text.as_deref().map(Value::from);
    put("portalName", "valueString", text(&portal.name));
    put("portalName", "_valueString", portal.name_absent.map(|why| absent(why.as_str())));
    put("portalDescription", "valueMarkdown", text(&portal.description));
    put("portalUrl", "valueUrl", text(&portal.url));
    put("portalUrl", "_valueUrl", portal.url_absent.map(|why| absent(why.as_str())));
    put("portalLogo", "valueUrl", text(&portal.logo));
    put("portalLogoLicense", "valueUrl", text(&portal.logo_license));
    for server in servers_of_portal(portal, brand, &tenant.fhir_servers) {
        put("portalEndpoint", "valueReference", Some(reference(tenant, server)));
    }
    json!({ "url": format!("{EXTENSION}/organization-portal"), "extension": parts })
}

/// The primary public website of the brand, which is not its portal.
fn website(brand: &Brand) -> Value {
    match (&brand.website, brand.website_absent) {
        (Some(url), _) => json!({ "system": "url", "value": url }),
        (None, Some(why)) => json!({ "system": "url", "_value": absent(why.as_str()) }),
        (None, None) => json!({ "system": "url" }),
    }
}

fn absent(why: &str) -> Value {
    json!({ "extension": [{ "url": format!("{EXTENSION}/data-absent-reason"), "valueCode": why }] })
}

fn identifier(identifier: &Identifier) -> Value {
    json!({ "system": identifier.system, "value": identifier.value })
}

fn address(address: &Address) -> Value {
    let mut written = Map::new();
    if !address.lines.is_empty() {
        written.insert("line".into(), json!(address.lines));
    }
    let parts = [
        ("city", &address.city),
        ("state", &address.state),
        ("postalCode", &address.postal_code),
        ("country", &address.country),
    ];
    written.extend(parts.into_iter().filter_map(|(name, part)| Some((name.to_owned(), json!(part.as_ref()?)))));
    Value::Object(written)
}

/// `address` is what apps send as `aud`, letter for letter (BRAND-6).
fn endpoint(tenant: &Tenant, access: &UserAccess, server: &FhirServer) -> Value {
    let id = endpoint_id(tenant, server);
    let resource = json!({
        "resourceType": "Endpoint",
        "id": id,
        "extension": [{ "url": format!("{EXTENSION}/endpoint-fhir-version"), "valueCode": server.fhir_version }],
        "status": "active",
        "connectionType": { "system": format!("{TERMINOLOGY}/endpoint-connection-type"), "code": "hl7-fhir-rest" },
        "name": format!("FHIR {} endpoint of {}", server.fhir_version, tenant.name),
        "contact": [{ "system": "url", "value": developers(tenant, access) }],
        // FHIR R4 requires one; the profile's own examples have this.
        "payloadType": [{ "coding": [{ "system": format!("{TERMINOLOGY}/endpoint-payload-type"), "code": "none" }] }],
        "address": server.url,
    });
    entry(tenant, "Endpoint", &id, resource)
}

fn developers(tenant: &Tenant, access: &UserAccess) -> String {
    access.developers.clone().unwrap_or_else(|| tenant.issuer.endpoint("docs"))
}

fn reference(tenant: &Tenant, server: &FhirServer) -> Value {
    json!({ "reference": format!("Endpoint/{}", endpoint_id(tenant, server)) })
}

/// References are relative to the `fullUrl` of the resource that has them (FHIR R4 §2.36.4.1). Nothing has to answer there.
fn entry(tenant: &Tenant, kind: &str, id: &str, resource: Value) -> Value {
    json!({ "fullUrl": tenant.issuer.endpoint(&format!("brands/{kind}/{id}")), "resource": resource })
}

fn organization_id(tenant: &Tenant, brand: &Brand) -> String {
    let known_as = brand.identifiers.first();
    id(&[
        "Organization",
        tenant.issuer.as_str(),
        known_as.map_or("", |one| &one.system),
        known_as.map_or(&brand.name, |one| &one.value),
    ])
}

fn endpoint_id(tenant: &Tenant, server: &FhirServer) -> String {
    id(&["Endpoint", tenant.issuer.as_str(), &server.url])
}

/// The same for the same content, and of one length: Inferno looks for an id inside of references, where `1` is in `10`.
fn id(parts: &[&str]) -> String {
    let digest = Sha256::digest(serde_json::to_vec(parts).unwrap_or_default());
    let mut text = String::new();
    for (place, byte) in digest.iter().take(16).enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let _ = write!(text, "{byte:02x}");
    }
    text
}
