//! Koppeltaal's scopes (KT-4).

use super::{printed, scopes};
use rules::scope::{Access, FhirInteraction, Level, Permissions, Query, ResourceScope, ResourceType};

#[test]
fn own_granted_and_all_are_read_and_printed_exactly() {
    for text in [
        "system/Patient.rs",
        "system/RelatedPerson.crus?resource-origin=Device/own",
        "system/Task.rs?resource-origin=Device/a,Device/b",
    ] {
        assert_eq!(printed(text), text);
    }
}

#[test]
fn a_role_can_write_them_without_going_through_text() {
    let query = Query::parse("resource-origin=Device/a,Device/b").unwrap();
    let task = ResourceType::parse("Task").unwrap();
    let scope = ResourceScope::new(Level::System, task, Permissions::READ.or(Permissions::SEARCH)).limited_to(query);
    assert_eq!(scope.to_string(), "system/Task.rs?resource-origin=Device/a,Device/b");
}

#[test]
fn the_resource_server_sees_the_origins() {
    let set = scopes("system/Task.crus?resource-origin=Device/own system/Task.rs?resource-origin=Device/a,Device/b");
    let Access::Where(queries) = set.allows(Level::System, FhirInteraction::Search, "Task") else {
        panic!("not limited")
    };
    let origins: Vec<Vec<_>> = queries.iter().map(|query| query.parameters()[0].alternatives().collect()).collect();
    assert_eq!(origins, [vec!["Device/own"], vec!["Device/a", "Device/b"]]);
    assert_eq!(set.allows(Level::System, FhirInteraction::Delete, "Task"), Access::Denied);
}
