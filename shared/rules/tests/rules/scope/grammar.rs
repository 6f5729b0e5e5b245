//! The grammar of resource scopes, v1 and v2 (SCP-2, SCP-3, SCP-14, BSV-8).

use super::{printed, scope, scopes};
use rules::scope::{Level, Permissions, ResourceType, Scope, ScopeSet, Spelling};

#[test]
fn a_resource_scope_has_a_level_a_type_permissions_and_a_query() {
    let scope = scope("user/Observation.cru?category=laboratory");
    let resource = scope.as_resource().unwrap();
    assert_eq!(resource.level, Level::User);
    assert_eq!(resource.resource, ResourceType::Named("Observation".into()));
    assert_eq!(resource.permissions.to_string(), "cru");
    assert_eq!(resource.query.raw(), "category=laboratory");
}

#[test]
fn every_subset_of_cruds_in_that_order_is_a_permission() {
    for bits in 1u32..32 {
        let letters: String = "cruds".chars().enumerate().filter(|(i, _)| bits >> i & 1 == 1).map(|(_, c)| c).collect();
        let text = format!("patient/Patient.{letters}");
        assert_eq!(printed(&text), text);
    }
}

/// SCP-3: dropped, so that what is granted never contains what was not understood.
#[test]
fn undefined_repeated_and_out_of_order_letters_are_dropped() {
    for permissions in ["dus", "sr", "rr", "", "rsx", "RS", "Read", "reads", "*s", "r*", "readwrite", "r.s", "**"] {
        assert_eq!(printed(&format!("patient/Observation.{permissions} openid")), "openid", "{permissions}");
    }
}

/// SCP-3: "MUST NOT parse `read` as `r` + `d`".
#[test]
fn read_is_never_r_and_d() {
    let read = scope("patient/Observation.read");
    let read = read.as_resource().unwrap();
    assert_eq!(read.permissions, Permissions::READ_SEARCH);
    assert!(!read.permissions.contains(Permissions::DELETE));
}

/// SCP-2: `.read` is `.rs`, `.write` is `.cud`, `.*` is `.cruds`.
#[test]
fn v1_means_the_same_as_its_v2_and_keeps_its_spelling() {
    for (v1, v2) in [("read", "rs"), ("write", "cud"), ("*", "cruds")] {
        for start in ["patient/Observation", "user/*", "system/Patient"] {
            let (v1, v2) = (scopes(&format!("{start}.{v1}")), scopes(&format!("{start}.{v2}")));
            assert!(v1.same_rights(&v2));
            assert_ne!(v1, v2);
            assert_eq!(v1.resources().next().unwrap().spelling, Spelling::V1);
        }
    }
}

/// BSV-8: Inferno's preset asks for exactly this.
#[test]
fn v1_works_for_system_scopes_too() {
    assert_eq!(printed("system/*.read"), "system/*.read");
}

#[test]
fn v1_takes_no_search_parameters() {
    assert_eq!(printed("patient/Observation.read?category=laboratory"), "");
}

#[test]
fn levels_and_types_are_case_sensitive_and_look_like_fhir() {
    for text in [
        "Patient/Observation.rs",
        "patient/observation.rs",
        "patient/O.rs",
        "patient/Obs3.rs",
        "patient/Ob_s.rs",
        "patient/.rs",
        "patient/**.rs",
        "patient/Observation",
        "patient/Observation/1.rs",
        "practitioner/Observation.rs",
        "patient//Observation.rs",
        "patient/ Observation.rs",
        "OpenID",
        "fhiruser",
        "Launch",
    ] {
        assert_eq!(printed(text), "", "{text}");
    }
}

/// SCP-14.
#[test]
fn the_uri_form_means_the_same_and_is_printed_as_it_was_asked() {
    let asked = "http://openid.net/specs/openid-connect-core-1_0#openid http://smarthealthit.org/fhir/scopes/fhirUser \
                 http://smarthealthit.org/fhir/scopes/patient/*.read \
                 http://smarthealthit.org/fhir/scopes/launch/patient \
                 http://openid.net/specs/openid-connect-core-1_0#offline_access \
                 http://smarthealthit.org/fhir/scopes/patient/Observation.rs?category=laboratory";
    let set = scopes(asked);
    assert_eq!(set.to_string(), asked);
    assert!(set.has_openid() && set.has_fhir_user() && set.launch_patient() && set.offline_access());
    assert!(set.same_rights(&scopes(
        "openid fhirUser patient/*.read launch/patient offline_access patient/Observation.rs?category=laboratory"
    )));
}

#[test]
fn a_uri_with_a_known_prefix_and_an_unknown_name_is_no_extension() {
    for text in [
        "http://smarthealthit.org/fhir/scopes/patient/Observation.dus",
        "http://smarthealthit.org/fhir/scopes/__mine",
        "http://smarthealthit.org/fhir/scopes/openid",
        "http://openid.net/specs/openid-connect-core-1_0#patient/*.rs",
        "http://smarthealthit.org/fhir/scopes/",
    ] {
        assert_eq!(printed(text), "", "{text}");
    }
}

/// SCP-17.
#[test]
fn extensions_are_full_uris_or_start_with_two_underscores() {
    for text in ["__launch.create", "https://example.org/scopes/audit?x=1", "urn:example:scope"] {
        assert_eq!(scope(text), Scope::Extension(text.into()));
        assert_eq!(printed(text), text);
    }
    for text in ["__", "_one", "email", "https:", ":x", "1http://x", "a b:c".split(' ').next().unwrap()] {
        assert_eq!(printed(text), "", "{text}");
    }
}

/// RFC 6749 section 3.3.
#[test]
fn quotes_backslashes_controls_and_other_alphabets_are_no_scope_characters() {
    for text in ["__a\"b", "__a\\b", "__a\tb", "__a\nb", "__a\u{7f}", "__ä", "__a\u{a0}b", "openid\n", "\u{feff}openid"]
    {
        assert_eq!(printed(text), "", "{text:?}");
    }
}

/// SCP-15.
#[test]
fn only_a_single_space_separates_and_nothing_is_decoded_again() {
    for text in ["openid%20fhirUser", "openid+fhirUser", "openid,fhirUser", "openid\tfhirUser"] {
        assert_eq!(ScopeSet::parse(text).set.len(), 0, "{text}");
    }
    let text =
        "patient/Observation.rs?category=http%3A%2F%2Fexample.org%7Claboratory patient/Condition.rs?code=a|b+c%2Bd%20e";
    assert_eq!(printed(text), text);
}
