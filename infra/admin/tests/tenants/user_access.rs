//! `[user_access]`: each contradiction is a mistake at its line (BRAND-4 to BRAND-8, ALL-7).

use super::mistakes::{GOOD, mistakes};
use admin::tenant_file::{export, parse};

/// Each line at a place of its own.
const BRANDS: &str = r#"[user_access]
developers = "https://developers.example"
listed = true
[[user_access.brands]]
name = "Clinic"
identifiers = [{ system = "urn:ietf:rfc:3986", value = "https://clinic.example" }]
website = "https://clinic.example"
categories = ["prov"]
logo = "https://clinic.example/logo.svg"
addresses = [{ city = "Springfield", state = "MA" }]
fhir_servers = ["fhir"]
[[user_access.brands.portals]]
name = "MyClinic"
url = "https://my.clinic.example"
fhir_servers = ["fhir"]
"#;

const SECOND: &str = r#"[[user_access.brands]]
name = "Sea"
identifiers = [{ system = "urn:ietf:rfc:3986", value = "https://sea.example" }]
website_absent = "asked-unknown"
part_of = "https://clinic.example"
addresses = [{ postal_code = "02139" }]
"#;

/// The good file with these brands after its two first lines.
fn with(brands: &str) -> String {
    GOOD.replacen("[policy]", &format!("{brands}[policy]"), 1)
}

fn wrong(from: &str, to: &str) -> Vec<String> {
    assert!(BRANDS.contains(from), "{from}");
    mistakes(parse("t.toml", &with(&BRANDS.replacen(from, to, 1))).map(|_| ()))
}

#[test]
fn good_brands_are_good_and_come_back_out_as_they_went_in() {
    let primary = "[policy]\nbrand_identifier = { value = \"https://sea.example\" }";
    for text in [with(BRANDS), with(&format!("{BRANDS}{SECOND}")).replacen("[policy]", primary, 1)] {
        let mut first = parse("t.toml", &text).unwrap().resolve("https://auth.example").unwrap();
        // They get their `sub` when the file is applied.
        first.users.clear();
        let exported = export::text(&first).unwrap();
        let second = parse("t.toml", &exported).unwrap().resolve("https://auth.example").unwrap();
        assert!(first.tenant.user_access.is_some());
        assert_eq!(first.tenant.user_access, second.tenant.user_access, "{exported}");
    }
}

#[test]
fn what_contradicts_itself_or_the_profile_is_said_with_its_place() {
    const WEBSITE: &str = "website = \"https://clinic.example\"\n";
    const URL: &str = "url = \"https://my.clinic.example\"\n";
    const NAME: &str = "name = \"MyClinic\"\n";
    const SERVERS: &str = "MA\" }]\nfhir_servers = [\"fhir\"]";
    for (from, to, said) in [
        ("developers = \"https://developers.example\"\n", "", "3:1: found no `developers`, expected developers = "),
        (
            "https://developers.example",
            "http://developers.example",
            "4:14: found `http://developers.example`, expected https:",
        ),
        ("developers =", "developer =", "perhaps `developers`"),
        ("listed = true", "listed = 1", "expected true or false"),
        // BRAND-4.
        ("name = \"Clinic\"", "name = \" \"", "found an empty `name`"),
        ("name = \"Clinic\"", "name = \"a\\nb\"", "expected one line of text, at most 200 characters"),
        (
            "identifiers = [{ system = \"urn:ietf:rfc:3986\", value = \"https://clinic.example\" }]\n",
            "",
            "a brand without an identifier",
        ),
        ("system = \"urn:ietf:rfc:3986\", ", "", "found no `system`"),
        ("system = \"urn:ietf:rfc:3986\"", "system = \"NPI\"", "found `NPI`, expected a URI"),
        (", value = \"https://clinic.example\"", ", value = \"\"", "found an empty `value`"),
        (
            ", value = \"https://clinic.example\" }",
            ", value = \"a\" }, { system = \"urn:ietf:rfc:3986\", value = \"a\" }",
            "an identifier a second time",
        ),
        (WEBSITE, "", "found no `website`, expected website = \"…\", or website_absent = "),
        ("website = \"https://clinic", "website = \"http://clinic", "expected https:"),
        ("[\"prov\"]", "[\"clinical\"]", "found `clinical`, expected \"prov\" or \"ins\""),
        ("[\"prov\"]", "[\"prov\", \"prov\"]", "a second time"),
        ("logo = ", "logo_license = ", "`logo_license` alone"),
        ("{ city = \"Springfield\", state = \"MA\" }", "{ country = \"US\" }", "an address without a place"),
        ("{ city = \"Springfield\", state", "{ lines = [\"1 Main Street\"], state", "a street without a city"),
        (NAME, "", "found no `name`, expected name = \"…\", or name_absent = "),
        (URL, "", "found no `url`, expected url = \"…\", or url_absent = "),
        (URL, "url = \"javascript:alert(1)\"\n", "expected an absolute https: URL"),
        // BRAND-5, BRAND-6.
        (
            SERVERS,
            "MA\" }]\nfhir_servers = [\"other\"]",
            "found `other`, expected the `name` of one of [[fhir_servers]]",
        ),
        (SERVERS, "MA\" }]\nfhir_servers = []", "no FHIR server"),
        (SERVERS, "MA\" }]\nfhir_servers = [\"fhir\", \"fhir\"]", "a second time"),
        // BRAND-8.
        (
            WEBSITE,
            "website_absent = \"unknown\"\n",
            "found `unknown`, expected \"asked-declined\" or \"asked-unknown\"",
        ),
        (
            WEBSITE,
            "website = \"https://clinic.example\"\nwebsite_absent = \"asked-unknown\"\n",
            "found `website` and `website_absent`",
        ),
        (URL, "url_absent = \"masked\"\n", "found `masked`, expected \"asked-declined\""),
        // BRAND-9.
        ("addresses = [{ city = \"Springfield\", state = \"MA\" }]\n", "", "a listed brand without an address"),
    ] {
        let mistakes = wrong(from, to).join("\n");
        assert!(mistakes.contains(said), "{to}: {mistakes}");
    }
}

#[test]
fn a_brand_has_a_portal_or_is_part_of_one_that_has() {
    let (head, portal) = BRANDS.split_once("[[user_access.brands.portals]]").unwrap();
    let without = mistakes(parse("t.toml", &with(head)).map(|_| ())).join("\n");
    assert!(without.contains("6:1: found a brand without a portal"), "{without}");
    let primary = "[policy]\nbrand_identifier = { value = \"https://sea.example\" }";
    let two = |second: &str| {
        let text =
            with(&format!("{head}[[user_access.brands.portals]]{portal}{second}")).replacen("[policy]", primary, 1);
        parse("t.toml", &text).map(|_| ())
    };
    assert!(two(SECOND).is_ok());
    for (value, said) in [
        ("https://nobody.example", "`part_of` that no brand is identified by"),
        ("https://sea.example", "a brand that is part of itself"),
    ] {
        let found =
            mistakes(two(&SECOND.replace("part_of = \"https://clinic.example\"", &format!("part_of = \"{value}\""))));
        assert!(found.join("\n").contains(said), "{value}: {found:?}");
    }
    let third = SECOND
        .replace("https://sea.example", "https://third.example")
        .replace("https://clinic.example", "https://sea.example");
    let found = mistakes(two(&format!("{SECOND}{third}"))).join("\n");
    assert!(found.contains("a brand of a brand that is part of a third"), "{found}");
}

/// BRAND-5.
#[test]
fn a_portal_names_no_fhir_server_that_its_brand_has_not() {
    let servers = "[[fhir_servers]]\nname = \"second\"\nurl = \"https://second.example/r4\"\n[[ehrs]]";
    let both = |portal: &str| {
        let brands = BRANDS.replace("example\"\nfhir_servers = [\"fhir\"]\n", &format!("example\"\n{portal}"));
        parse(
            "t.toml",
            &with(&brands)
                .replacen("[[ehrs]]", servers, 1)
                .replace("scope = \"", "fhir_servers = [\"fhir\"]\nscope = \"")
                .replace("\npatients =", "\nfhir_server = \"fhir\"\npatients ="),
        )
    };
    assert!(both("fhir_servers = [\"fhir\"]\n").is_ok());
    assert!(both("").is_ok());
    let found = mistakes(both("fhir_servers = [\"second\"]\n").map(|_| ())).join("\n");
    assert!(found.contains("found `second`, which its brand does not have"), "{found}");
}

/// BRAND-7.
#[test]
fn of_several_brands_one_is_the_servers() {
    let other = SECOND
        .replace("part_of = \"https://clinic.example\"", "portals = [{ name = \"B\", url = \"https://b.example\" }]");
    let text = |policy: &str| with(&format!("{BRANDS}{other}")).replacen("[policy]", &format!("[policy]\n{policy}"), 1);
    let judged = |policy: &str| parse("t.toml", &text(policy)).map(|_| ());
    for (policy, said) in [
        ("", "3:1: found several brands, expected brand_identifier = "),
        ("brand_identifier = { value = \"https://nobody.example\" }", "a brand_identifier that no brand has"),
        (
            "brand_identifier = { system = \"urn:x\", value = \"https://sea.example\" }",
            "a brand_identifier that no brand has",
        ),
        ("brand_identifier = { system = \"urn:ietf:rfc:3986\" }", "a brand_identifier that no brand has"),
    ] {
        let found = mistakes(judged(policy)).join("\n");
        assert!(found.contains(said), "{policy}: {found}");
    }
    assert!(judged("brand_identifier = { value = \"https://sea.example\" }").is_ok());
    assert!(
        judged("brand_bundle = \"https://elsewhere.example/brands.json\"").is_ok(),
        "what is elsewhere is not judged here"
    );
    let same = text("brand_identifier = { value = \"https://sea.example\" }").replacen("urn:ietf:rfc:3986", "urn:x", 1);
    let same = same.replace("https://clinic.example\" }]", "https://sea.example\" }]");
    let found = mistakes(parse("t.toml", &same).map(|_| ())).join("\n");
    assert!(found.contains("a brand_identifier that several brands have"), "{found}");
}

#[test]
fn no_more_is_published_than_an_item_and_a_reader_can_hold() {
    let aliases = format!("aliases = [{}]\n", format!("\"{}\",", "é".repeat(200)).repeat(300));
    let found = wrong("categories = ", &format!("{aliases}categories = ")).join("\n");
    assert!(found.contains("bytes of brands, expected at most 100000, as published"), "{found}");
}
