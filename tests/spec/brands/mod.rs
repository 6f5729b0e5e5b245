//! User-access brands: the bundle of a tenant, and that of all tenants of a deployment that want to be in it.

mod deployment;
mod own;
mod profiles;

use kit::{TestServer, server::fill};
use serde_json::Value;

pub const OWN: &str = "/clinic/brands.json";
pub const ALL: &str = "/brands.json";

/// One brand, listed.
pub const ONE: &str = r#"
[user_access]
developers = "https://developers.clinic.example"
listed = true

[[user_access.brands]]
name = "Clinic <script>alert(1)</script> & Partners"
identifiers = [
    { system = "urn:ietf:rfc:3986", value = "https://clinic.example" },
    { system = "http://hl7.org/fhir/sid/us-npi", value = "1234567893" },
]
website = "https://www.clinic.example"
aliases = ["The Old Clinic"]
categories = ["prov", "laboratory"]
logo = "https://clinic.example/logo.svg"
logo_license = "https://clinic.example/logo-license"

[[user_access.brands.addresses]]
lines = ["1 Main Street"]
city = "Springfield"
state = "MA"
postal_code = "01101"

[[user_access.brands.portals]]
name = "MyClinic"
url = "https://my.clinic.example"
description = "For patients of our *adult* wards."
logo = "https://my.clinic.example/logo.png"
logo_license = "https://my.clinic.example/logo-license"
"#;

/// A second one, whose people use the portal of the first.
pub const SECOND: &str = r#"
[[user_access.brands]]
name = "Clinic by the Sea"
identifiers = [{ system = "urn:ietf:rfc:3986", value = "https://sea.clinic.example" }]
website_absent = "asked-unknown"
part_of = "https://clinic.example"
[[user_access.brands.addresses]]
postal_code = "02139"
"#;

pub async fn server(brands: &'static str) -> TestServer {
    TestServer::start_with(move |toml| with(&toml, brands)).await
}

/// A tenant file with these brands; without any, as it is.
pub fn with(toml: &str, brands: &str) -> String {
    toml.replacen("[[fhir_servers]]", &format!("{brands}\n[[fhir_servers]]"), 1)
}

/// The operator applies clinic's file, or the other tenant's, with these brands.
pub async fn becomes(server: &TestServer, tenant: &str, brands: &str) {
    let text = match tenant {
        "clinic" => include_str!("../../fixtures/clinic.toml"),
        _ => include_str!("../../fixtures/other.toml"),
    };
    server.applies(&fill(&with(text, brands), &server.fhir.url)).await;
}

pub fn entries<'b>(bundle: &'b Value, kind: &str) -> Vec<&'b Value> {
    let entries = bundle["entry"].as_array().expect("entries").iter();
    entries.map(|entry| &entry["resource"]).filter(|resource| resource["resourceType"] == kind).collect()
}

pub fn names(bundle: &Value) -> Vec<String> {
    let organizations = entries(bundle, "Organization").into_iter();
    let mut names: Vec<String> = organizations.map(|one| one["name"].as_str().expect("a name").to_owned()).collect();
    names.sort();
    names
}
