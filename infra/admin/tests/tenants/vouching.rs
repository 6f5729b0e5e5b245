//! `vouches` of an EHR: what it needs, and what it contradicts (VOUCH-1).

use super::mistakes::{GOOD, changed, mistakes};
use admin::tenant_file::{TenantItems, parse};
use rules::{jwk::RegisteredKeys, tenant::Vouching, user::FhirUserType};

const SECRET: &str = "secret = \"ehr-secret\"\n";
const KEYS: &str = "jwks_uri = \"https://ehr.example/jwks.json\"\n";
const WHOM: &str = "vouches_for = [\"Practitioner\"]\n";

fn with(lines: &str) -> Vec<String> {
    changed(SECRET, &format!("{SECRET}{lines}"))
}

/// With the keys and the people of a good one, and with this policy.
fn under(policy: &str) -> Vec<String> {
    let text = GOOD.replacen(SECRET, &format!("{SECRET}vouches = true\n{KEYS}{WHOM}"), 1).replacen(
        "code_seconds = 60",
        policy,
        1,
    );
    mistakes(parse("t.toml", &text).map(|_| ()))
}

fn items(lines: &str) -> TenantItems {
    let text = GOOD.replacen(SECRET, &format!("{SECRET}{lines}"), 1);
    parse("t.toml", &text).unwrap().resolve("https://auth.example").unwrap()
}

#[test]
fn an_ehr_vouches_for_nobody_unless_the_file_says_so() {
    for lines in ["", "vouches = false\n"] {
        assert_eq!(items(lines).tenant.ehrs[0].vouching, None);
    }
}

#[test]
fn an_ehr_vouches_with_its_keys_for_those_that_are_named() {
    let items = items(&format!("vouches = true\n{KEYS}{WHOM}"));
    let expected = Vouching {
        keys: RegisteredKeys::JwksUri("https://ehr.example/jwks.json".into()),
        user_types: [FhirUserType::Practitioner].into(),
        offline: false,
    };
    assert_eq!(items.tenant.ehrs[0].vouching, Some(expected));
}

#[test]
fn it_needs_keys_and_people() {
    for (lines, expected) in [
        (
            "vouches = true\n".to_owned() + WHOM,
            "11:11: found `vouches = true` without the EHR's keys, expected jwks_uri",
        ),
        ("vouches = true\n".to_owned() + KEYS, "11:11: found nobody to vouch for, expected vouches_for"),
        (format!("vouches = true\n{KEYS}vouches_for = []\n"), "13:15: found nobody to vouch for"),
        (format!("vouches = true\n{KEYS}vouches_for = [\"practitioner\"]\n"), "13:16: found `practitioner`"),
        (format!("vouches = true\n{WHOM}{KEYS}jwks = {{ keys = [] }}\n"), "13:12: found both `jwks` and `jwks_uri`"),
        (format!("vouches = true\n{WHOM}jwks = {{ keys = [] }}\n"), "13:17: found a key set without keys"),
        (
            format!("vouches = true\n{WHOM}jwks_uri = \"http://ehr.example/\"\n"),
            "13:12: found `http://ehr.example/`, expected https:",
        ),
    ] {
        let found = with(&lines);
        assert!(found[0].starts_with(expected), "{lines}: {found:?}");
        assert_eq!(found.len(), 1, "{found:?}");
    }
}

/// A line that does nothing would be read as one that does.
#[test]
fn what_belongs_to_vouching_needs_it() {
    for line in [KEYS, WHOM, "vouch_offline = true\n", "jwks = { keys = [] }\n"] {
        for before in ["", "vouches = false\n"] {
            let found = with(&format!("{before}{line}"));
            assert!(found[0].contains("of an EHR that vouches for nobody"), "{line}: {found:?}");
        }
    }
}

#[test]
fn there_is_no_other_way_in_beside_koppeltaal_and_none_for_people_of_a_provider_alone() {
    for (policy, found) in [
        ("assertion_audience = \"koppeltaal\"", "beside `assertion_audience = \"koppeltaal\"`"),
        ("local_sign_in = false", "beside `local_sign_in = false`"),
    ] {
        let all = under(policy);
        assert!(
            all.iter().any(|one| one.starts_with("11:11: found `vouches = true`") && one.contains(found)),
            "{all:?}"
        );
    }
}
