//! `[user_access]`: the brands by which people know the tenant, as its bundle publishes them. What contradicts itself, or SMART's
//! profiles, is a mistake here, so that no request ever has to judge it.

use super::{
    brand::{brand, is_of_another},
    fields::{Fields, Shape},
    reading::Text,
};
use rules::{
    brands::{MOST_BYTES, entries},
    tenant::{
        FhirServer, Policy, Tenant,
        user_access::{Brand, UserAccess},
    },
};

const USER_ACCESS: Shape<'_> = Shape { name: "[user_access]", keys: &["developers", "listed", "brands"] };
const BRAND: Shape<'_> = Shape {
    name: "[[user_access.brands]]",
    keys: &[
        "name",
        "identifiers",
        "website",
        "website_absent",
        "aliases",
        "categories",
        "logo",
        "logo_license",
        "addresses",
        "part_of",
        "fhir_servers",
        "portals",
    ],
};

pub fn user_access(root: &Fields<'_>, policy: &Policy, fhir_servers: &[FhirServer]) -> Option<UserAccess> {
    let (at, table) = root.table("user_access")?;
    let fields = Fields::new(root.reading, at, table, &USER_ACCESS);
    let given = fields.tables("brands", &BRAND);
    if given.is_empty() {
        fields.reading.mistake(fields.place("brands"), "no brand", "at least one [[user_access.brands]]");
    }
    if !fields.has("developers") && !root.has("docs") {
        let expected = "developers = \"https://… where app developers configure access\", or [docs]";
        fields.reading.mistake(fields.at, "no `developers`", expected);
    }
    let developers = fields.text("developers").and_then(|url| fields.reading.secure_url(url, false, "https:"));
    let listed = fields.flag("listed");
    let brands: Vec<Option<Brand>> = given.iter().map(|fields| brand(fields, fhir_servers)).collect();
    identified_once(&given);
    let brands = brands.into_iter().collect::<Option<Vec<Brand>>>()?;
    for (fields, brand) in given.iter().zip(&brands) {
        is_of_another(fields, brand, &brands);
        // 45 CFR 170.404(b)(2) wants name, address and identifier of each facility.
        if listed && brand.addresses.is_empty() {
            let expected =
                "[[user_access.brands.addresses]], or no `listed = true`: the list of a deployment says where each is";
            fields.reading.mistake(fields.at, "a listed brand without an address", expected);
        }
    }
    primary(root, &fields, policy, &brands);
    Some(UserAccess { developers, listed, brands })
}

/// BRAND-7: no identifier is two brands'.
fn identified_once(brands: &[Fields<'_>]) {
    let Some(reading) = brands.first().map(|fields| fields.reading) else { return };
    let all: Vec<(Text<'_>, Text<'_>)> = brands
        .iter()
        .flat_map(|fields| fields.get("identifiers").and_then(|value| value.get_ref().as_array()).into_iter().flatten())
        .filter_map(|value| {
            let table = value.get_ref().as_table()?;
            let text = |name| {
                let value = table.get(name)?;
                Some(Text { value: value.get_ref().as_str()?, at: value.span().start })
            };
            Some((text("system")?, text("value")?))
        })
        .collect();
    for (place, (system, value)) in all.iter().enumerate() {
        let same = |other: &&(Text<'_>, Text<'_>)| other.0.value == system.value && other.1.value == value.value;
        if all.iter().take(place).any(|other| same(&other)) {
            reading.mistake(value.at, "an identifier a second time", "an identifier that one brand has, once");
        }
    }
}

/// BRAND-7: which brand is the tenant's own. What the policy names elsewhere is not judged here.
fn primary(root: &Fields<'_>, fields: &Fields<'_>, policy: &Policy, brands: &[Brand]) {
    if policy.brand_bundle.is_some() {
        return;
    }
    let Some(named) = &policy.brand_identifier else {
        if brands.len() > 1 {
            let expected =
                "brand_identifier = { system = \"…\", value = \"…\" } in [policy]: which of them is this server's";
            fields.reading.mistake(fields.at, "several brands", expected);
        }
        return;
    };
    let text = |name: &str| named.get(name).and_then(|value| value.as_str());
    let all = brands.iter().flat_map(|brand| &brand.identifiers);
    let matching = all.filter(|one| text("system").is_none_or(|system| system == one.system));
    let many = matching.filter(|one| text("value") == Some(&one.value)).count();
    if many != 1 {
        let place = root.table("policy").and_then(|(_, table)| table.get("brand_identifier"));
        let found = match many {
            0 => "a brand_identifier that no brand has",
            _ => "a brand_identifier that several brands have",
        };
        let at = place.map_or(fields.at, |value| value.span().start);
        root.reading.mistake(at, found, "system and value of one identifier of one [[user_access.brands]]");
    }
}

/// Judged last, when all of it is known.
pub fn check_size(root: &Fields<'_>, tenant: &Tenant) {
    let bytes: usize = entries(tenant).iter().map(|entry| entry.to_string().len()).sum();
    if bytes > MOST_BYTES {
        let found = format!("{bytes} bytes of brands");
        root.reading.mistake(root.place("user_access"), found, format!("at most {MOST_BYTES}, as published"));
    }
}
