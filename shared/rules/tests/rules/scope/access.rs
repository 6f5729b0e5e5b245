//! The resource server's question (SCP-1, SCP-4, SCP-10).

use super::scopes;
use rules::scope::{
    Access,
    FhirInteraction::{self, *},
    Level, Query,
};

const ALL: [FhirInteraction; 9] = [Create, Read, VRead, HistoryInstance, Update, Patch, Delete, Search, HistoryType];

/// SCP-1.
#[test]
fn each_letter_allows_its_interactions_and_no_other() {
    let table: [(&str, &[FhirInteraction]); 8] = [
        ("c", &[Create]),
        ("r", &[Read, VRead, HistoryInstance]),
        ("u", &[Update, Patch]),
        ("d", &[Delete]),
        ("s", &[Search, HistoryType]),
        ("read", &[Read, VRead, HistoryInstance, Search, HistoryType]),
        ("write", &[Create, Update, Patch, Delete]),
        ("*", &ALL),
    ];
    for (permissions, allowed) in table {
        let set = scopes(&format!("user/Observation.{permissions}"));
        for interaction in ALL {
            let expected = if allowed.contains(&interaction) { Access::Everything } else { Access::Denied };
            assert_eq!(set.allows(Level::User, interaction, "Observation"), expected, "{permissions} {interaction:?}");
        }
    }
}

#[test]
fn only_scopes_of_the_level_and_the_type_count() {
    let set = scopes("patient/Observation.rs user/*.rs");
    assert_eq!(set.allows(Level::Patient, Read, "Observation"), Access::Everything);
    assert_eq!(set.allows(Level::Patient, Read, "Condition"), Access::Denied);
    assert_eq!(set.allows(Level::Patient, Read, "observation"), Access::Denied);
    assert_eq!(set.allows(Level::User, Read, "Condition"), Access::Everything);
    assert_eq!(set.allows(Level::System, Read, "Condition"), Access::Denied);
}

#[test]
fn an_interaction_on_the_whole_system_needs_a_wildcard() {
    assert_eq!(scopes("system/Patient.rs").allows(Level::System, Search, "*"), Access::Denied);
    assert_eq!(scopes("system/*.rs").allows(Level::System, Search, "*"), Access::Everything);
}

/// SCP-4: any of the scopes, all of a scope's parameters.
#[test]
fn limited_scopes_allow_what_matches_any_of_them() {
    let set = scopes("patient/Observation.rs?a=1&b=2 patient/*.r?c=3 patient/Observation.rs?a=1");
    let limit = |text| Query::parse(text).unwrap();
    assert_eq!(set.allows(Level::Patient, Read, "Observation"), Access::Where(vec![limit("c=3"), limit("a=1")]));
    assert_eq!(set.allows(Level::Patient, Search, "Observation"), Access::Where(vec![limit("a=1")]));
}

#[test]
fn a_broad_scope_beats_limited_ones() {
    let set = scopes("patient/Observation.rs?a=1 patient/*.rs");
    assert_eq!(set.allows(Level::Patient, Read, "Observation"), Access::Everything);
}

#[test]
fn scopes_that_are_not_about_resources_allow_nothing() {
    let set = scopes("openid fhirUser launch/patient offline_access __x https://example.org/patient/*.cruds");
    assert!(ALL.iter().all(|interaction| set.allows(Level::Patient, *interaction, "Patient") == Access::Denied));
}

/// Beyond 128 they are listed as they are: nobody can buy a second of work with a long list.
#[test]
fn up_to_128_limits_say_nothing_twice() {
    let limited = |count: usize| {
        let limits = (1..count).map(|n| format!("patient/Observation.r?code={n}")).collect::<Vec<_>>().join(" ");
        let implied = "patient/Observation.r?code=1&status=final";
        match scopes(&format!("{limits} {implied}")).allows(Level::Patient, Read, "Observation") {
            Access::Where(queries) => queries.len(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((limited(128), limited(129)), (127, 129));
}
