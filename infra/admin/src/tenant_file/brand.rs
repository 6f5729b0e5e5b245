//! `[[user_access.brands]]`: one brand with its identifiers, addresses and portals (SMART's profile `user-access-brand`).

use super::{
    fields::{Fields, Shape},
    reading::Text,
};
use rules::{
    brands::{servers_of, servers_of_portal},
    tenant::{
        FhirServer,
        user_access::{Absent, Address, Brand, BrandCategory, Identifier, Portal},
    },
};
use url::Url;

const IDENTIFIER: Shape<'_> = Shape { name: "identifiers", keys: &["system", "value"] };
const ADDRESS: Shape<'_> =
    Shape { name: "[[user_access.brands.addresses]]", keys: &["lines", "city", "state", "postal_code", "country"] };
const PORTAL: Shape<'_> = Shape {
    name: "[[user_access.brands.portals]]",
    keys: &["name", "name_absent", "url", "url_absent", "description", "logo", "logo_license", "fhir_servers"],
};

/// Characters of a name, and of a description.
const MOST_NAME: usize = 200;
const MOST_DESCRIPTION: usize = 1_000;

pub fn brand(fields: &Fields<'_>, servers: &[FhirServer]) -> Option<Brand> {
    let name = fields.required("name", "\"what people call it\"").and_then(|text| line(fields, text, MOST_NAME));
    let given = fields.tables("identifiers", &IDENTIFIER);
    if given.is_empty() {
        let expected = "identifiers = [{ system = \"urn:ietf:rfc:3986\", value = \"https://clinic.example\" }]";
        fields.reading.mistake(fields.place("identifiers"), "a brand without an identifier", expected);
    }
    let identifiers: Vec<Option<Identifier>> = given.iter().map(identifier).collect();
    let website = fields.text("website").and_then(|url| fields.reading.secure_url(url, false, "https:"));
    let website_absent = said_or_absent(fields, "website", "website_absent");
    let aliases = fields.texts("aliases").into_iter().filter_map(|text| line(fields, text, MOST_NAME)).collect();
    let categories = BrandCategory::ALL.map(|category| (category.code(), category));
    let listed = fields.texts("categories");
    fields.reading.unique("each category once", listed.iter().copied(), str::to_owned);
    let categories = listed.into_iter().filter_map(|text| fields.reading.choice(text, &categories)).collect();
    let addresses = fields.tables("addresses", &ADDRESS).iter().map(address).collect();
    let (logo, logo_license) = logo(fields);
    let part_of = fields.text("part_of").map(|text| text.value.to_owned());
    let fhir_servers = server_names(fields, servers);
    let portals = fields.tables("portals", &PORTAL);
    if portals.is_empty() && part_of.is_none() {
        let expected = "[[user_access.brands.portals]], or `part_of`: the brand whose portal its people use";
        fields.reading.mistake(fields.at, "a brand without a portal", expected);
    }
    let read: Vec<Portal> = portals.iter().map(|fields| portal(fields, servers)).collect();
    let brand = Brand {
        name: name?,
        identifiers: identifiers.into_iter().collect::<Option<_>>()?,
        website,
        website_absent,
        aliases,
        categories,
        logo,
        logo_license,
        addresses,
        part_of,
        fhir_servers,
        portals: read,
    };
    for (fields, portal) in portals.iter().zip(&brand.portals) {
        endpoints_are_the_brands(fields, portal, &brand, servers);
    }
    Some(brand)
}

/// BRAND-5: what a portal names, its brand has.
fn endpoints_are_the_brands(fields: &Fields<'_>, portal: &Portal, brand: &Brand, servers: &[FhirServer]) {
    let own = servers_of(brand, servers);
    let has = |server: &&FhirServer| own.iter().any(|one| one.name == server.name);
    if let Some(other) = servers_of_portal(portal, brand, servers).into_iter().find(|server| !has(server)) {
        let found = format!("`{}`, which its brand does not have", other.name);
        fields.reading.mistake(fields.place("fhir_servers"), found, "FHIR servers of its brand, or more of them there");
    } else if own.is_empty() {
        fields.reading.mistake(fields.at, "a portal without a FHIR server", "`fhir_servers` of its brand");
    }
}

/// "The hierarchy … SHALL NOT exceed a depth of two": the other brand has a portal of its own.
pub fn is_of_another(fields: &Fields<'_>, brand: &Brand, brands: &[Brand]) {
    let Some(value) = &brand.part_of else { return };
    let has = |other: &&Brand| other.identifiers.iter().any(|one| one.value == *value);
    let mut others = brands.iter().filter(has);
    let wrong = match (others.next(), others.next()) {
        (None, _) => Some("`part_of` that no brand is identified by"),
        (Some(_), Some(_)) => Some("`part_of` that several brands are identified by"),
        (Some(other), None) if std::ptr::eq(other, brand) || other == brand => Some("a brand that is part of itself"),
        (Some(other), None) if other.part_of.is_some() => Some("a brand of a brand that is part of a third"),
        (Some(_), None) => None,
    };
    if let Some(found) = wrong {
        let expected = "the value of an identifier of another brand, which is part of none and has a portal";
        fields.reading.mistake(fields.place("part_of"), found, expected);
    }
}

fn portal(fields: &Fields<'_>, servers: &[FhirServer]) -> Portal {
    let text = |name: &str, most| fields.text(name).and_then(|text| line(fields, text, most));
    let (logo, logo_license) = logo(fields);
    Portal {
        name: text("name", MOST_NAME),
        name_absent: said_or_absent(fields, "name", "name_absent"),
        url: fields.text("url").and_then(|url| fields.reading.secure_url(url, false, "https:")),
        url_absent: said_or_absent(fields, "url", "url_absent"),
        description: text("description", MOST_DESCRIPTION),
        logo,
        logo_license,
        fhir_servers: server_names(fields, servers),
    }
}

/// A value, or one of the two reasons why there is none (BRAND-8).
fn said_or_absent(fields: &Fields<'_>, name: &str, absent: &str) -> Option<Absent> {
    match (fields.has(name), fields.has(absent)) {
        (true, true) => {
            let found = format!("`{name}` and `{absent}`");
            fields.reading.mistake(fields.place(absent), found, "one of the two");
        }
        (false, false) => {
            let expected = format!("{name} = \"…\", or {absent} = \"asked-declined\" or \"asked-unknown\"");
            fields.reading.mistake(fields.at, format!("no `{name}`"), expected);
        }
        _ => {}
    }
    fields.choice(absent, &Absent::ALL.map(|why| (why.as_str(), why)))
}

fn logo(fields: &Fields<'_>) -> (Option<String>, Option<String>) {
    let url = |name: &str| fields.text(name).and_then(|url| fields.reading.secure_url(url, false, "https:"));
    if fields.has("logo_license") && !fields.has("logo") {
        fields.reading.mistake(fields.place("logo_license"), "`logo_license` alone", "`logo` too");
    }
    (url("logo"), url("logo_license"))
}

fn server_names(fields: &Fields<'_>, servers: &[FhirServer]) -> Option<Vec<String>> {
    if !fields.has("fhir_servers") {
        return None;
    }
    if fields.is_empty_list("fhir_servers") {
        fields.reading.mistake(fields.place("fhir_servers"), "no FHIR server", "at least one, or no `fhir_servers`");
    }
    let names = fields.texts("fhir_servers");
    fields.reading.unique("each FHIR server once", names.iter().copied(), str::to_owned);
    let known = |text: &Text<'_>| {
        let is_known = servers.iter().any(|server| server.name == text.value);
        if !is_known {
            fields.reading.wrong(*text, "the `name` of one of [[fhir_servers]]");
        }
        is_known
    };
    Some(names.into_iter().filter(known).map(|text| text.value.to_owned()).collect())
}

/// `system` is a URI (FHIR R4 §2.24.0.15).
fn identifier(fields: &Fields<'_>) -> Option<Identifier> {
    let system = fields.required("system", "\"urn:ietf:rfc:3986\" or another URI");
    let value = fields.required("value", "\"the identifier\"").and_then(|text| line(fields, text, MOST_NAME));
    let system = system.filter(|text| {
        let is_uri = Url::parse(text.value).is_ok() && !text.value.contains(char::is_whitespace);
        if !is_uri {
            fields.reading.wrong(*text, "a URI such as urn:ietf:rfc:3986 or http://hl7.org/fhir/sid/us-npi");
        }
        is_uri
    });
    Some(Identifier { system: system?.value.to_owned(), value: value? })
}

fn address(fields: &Fields<'_>) -> Address {
    let text = |name: &str| fields.text(name).and_then(|text| line(fields, text, MOST_NAME));
    let lines = fields.texts("lines").into_iter().filter_map(|text| line(fields, text, MOST_NAME)).collect();
    let address = Address {
        lines,
        city: text("city"),
        state: text("state"),
        postal_code: text("postal_code"),
        country: text("country"),
    };
    if address.city.is_none() && !address.lines.is_empty() {
        fields.reading.mistake(fields.at, "a street without a city", "city = \"…\"");
    } else if address.city.is_none() && address.state.is_none() && address.postal_code.is_none() {
        fields.reading.mistake(fields.at, "an address without a place", "a city, a state or a postal_code");
    }
    address
}

fn line(fields: &Fields<'_>, text: Text<'_>, most: usize) -> Option<String> {
    let line = text.value.trim();
    if line.is_empty() || line.chars().count() > most || line.contains(char::is_control) {
        fields.reading.wrong(text, format!("one line of text, at most {most} characters"));
        return None;
    }
    Some(line.to_owned())
}
