//! Search parameters in scopes (SCP-4, SCP-8, SCP-9).

use super::{printed, scope, scopes};
use rules::scope::{Category, ONC_CATEGORIES, Query, Reason, ResourceScope};

fn resource(text: &str) -> Option<ResourceScope> {
    scope(text).as_resource().cloned()
}

#[test]
fn parameters_are_decoded_once_for_the_resource_server() {
    let resource = resource("patient/Observation.rs?category=http%3A%2F%2Fx%7Clab%252C&code:in=a,b").unwrap();
    let parameters = resource.query.parameters();
    assert_eq!(
        (parameters[0].name(), parameters[0].modifier(), parameters[0].value()),
        ("category", None, "http://x|lab%2C")
    );
    assert_eq!((parameters[1].name(), parameters[1].modifier(), parameters[1].value()), ("code", Some("in"), "a,b"));
    assert_eq!(parameters[1].alternatives().collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn an_escaped_comma_does_not_separate_alternatives() {
    let query = Query::parse("code=a%5C,b,c").unwrap();
    assert_eq!(query.parameters()[0].alternatives().collect::<Vec<_>>(), ["a\\,b", "c"]);
}

/// SCP-9: recognised, and marked for the tenant's policy.
#[test]
fn modifiers_chains_and_filter_are_experimental() {
    for query in [
        "code:in=http://example.org/set",
        "status:not=final",
        "subject:Patient.name=x",
        "subject.organization.name=x",
        "subject:Patient=1",
        "_filter=status%20eq%20final",
        "_has:Observation:patient:code=1",
        "_text=x",
    ] {
        let text = format!("patient/Observation.rs?{query}");
        assert!(scope(&text).is_experimental(), "{query}");
        assert_eq!(printed(&text), text);
    }
    for query in [
        "category=a",
        "_id=1,2",
        "_lastUpdated=ge2020-01-01",
        "_tag=a|b",
        "code-value-quantity=a",
        "resource-origin=Device/a",
    ] {
        assert!(!scope(&format!("patient/Observation.rs?{query}")).is_experimental(), "{query}");
    }
}

#[test]
fn a_chain_keeps_its_type_and_the_modifier_is_the_last_word() {
    let resource = resource("patient/Observation.rs?subject:Patient.name:exact=x").unwrap();
    let parameter = &resource.query.parameters()[0];
    assert_eq!((parameter.name(), parameter.modifier()), ("subject:Patient.name", Some("exact")));
}

#[test]
fn broken_queries_are_dropped() {
    let sixteen = vec!["a=1"; 17].join("&");
    for query in [
        "",
        "category",
        "=x",
        "category=",
        "&",
        "a=1&",
        "&a=1",
        "a=1&&b=2",
        "a=1,",
        "a=,1",
        "a=%",
        "a=%2",
        "a=%zz",
        "a=%ff",
        "a=%0A",
        "a=%00",
        "cat%65gory=x",
        "ca tegory",
        "a:=1",
        "a:b:c=1",
        ":a=1",
        "a..b=1",
        "1a=x",
        "a?b=1",
        &sixteen,
    ] {
        assert_eq!(printed(&format!("patient/Observation.rs?{query}")), "", "{query}");
    }
}

/// It would look limited on the consent page and limit nothing.
#[test]
fn parameters_that_only_shape_the_answer_are_no_limit() {
    for query in
        ["_include=Observation:subject", "_include:iterate=x", "_count=5", "_sort=date", "category=a&_summary=true"]
    {
        assert_eq!(printed(&format!("patient/Observation.rs?{query}")), "", "{query}");
    }
}

/// HL-10: HealthLake doesn't take these; its policy can tell them.
#[test]
fn a_query_on_a_wildcard_can_be_told() {
    assert!(resource("patient/*.rs?_tag=x").unwrap().is_filtered_wildcard());
    assert!(!resource("patient/*.rs").unwrap().is_filtered_wildcard());
    assert!(!resource("patient/Observation.rs?_tag=x").unwrap().is_filtered_wildcard());
}

/// SCP-4: what one scope says is ANDed, so each parameter more grants less.
#[test]
fn more_parameters_grant_less() {
    let (one, both) = (scopes("patient/Observation.rs?a=1"), scopes("patient/Observation.rs?a=1&b=2"));
    assert!(one.covers(&both) && !both.covers(&one));
    assert!(scopes("patient/Observation.rs").covers(&one) && !one.covers(&scopes("patient/Observation.rs")));
}

#[test]
fn the_order_and_the_encoding_of_parameters_do_not_matter() {
    let (one, other) = (scopes("patient/Observation.rs?a=x|y&b=2"), scopes("patient/Observation.rs?b=2&a=x%7Cy"));
    assert!(one.same_rights(&other));
    assert_ne!(one, other);
}

#[test]
fn fewer_alternatives_grant_less_but_not_under_a_modifier() {
    assert!(scopes("system/Task.rs?o=a,b").covers(&scopes("system/Task.rs?o=b")));
    assert!(!scopes("system/Task.rs?o=b").covers(&scopes("system/Task.rs?o=a,b")));
    assert!(!scopes("system/Task.rs?o:not=a,b").covers(&scopes("system/Task.rs?o:not=b")));
    assert!(!scopes("system/Task.rs?_filter=a,b").covers(&scopes("system/Task.rs?_filter=b")));
}

/// SCP-8: exactly the scopes that certification asks for.
#[test]
fn the_category_scopes_of_certification_print_as_they_are() {
    for category in ONC_CATEGORIES {
        let text = format!("patient/{}.rs?category={}", category.resource_type, category.token);
        assert_eq!(printed(&text), text);
        let made = category.scope(rules::scope::Level::Patient, rules::scope::Permissions::READ_SEARCH).unwrap();
        assert_eq!(made.to_string(), text);
    }
}

#[test]
fn a_whole_observation_scope_can_be_split_into_its_categories_and_a_limited_one_not() {
    let count = |text| Category::choices_for(scope(text).as_resource().unwrap()).count();
    assert_eq!((count("patient/Observation.rs"), count("patient/Condition.rs")), (6, 3));
    assert_eq!(
        (count("patient/Patient.rs"), count("patient/*.rs"), count("patient/Observation.rs?category=survey")),
        (0, 0, 0)
    );
}

/// SCP-8. Apps in the field also write the code without its system.
#[test]
fn a_limit_to_one_category_is_known_by_its_token_or_its_code() {
    let category = |text: &str| {
        let resource = resource(text).unwrap();
        Category::of(&resource.resource, &resource.query).map(|category| category.token)
    };
    let laboratory = "http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
    assert_eq!(category("patient/Observation.rs?category=laboratory"), Some(laboratory));
    assert_eq!(category(&format!("patient/Observation.rs?category={laboratory}")), Some(laboratory));
    for none in [
        "patient/Observation.rs",
        "patient/Condition.rs?category=laboratory",
        "patient/*.rs?category=laboratory",
        "patient/Observation.rs?category=lab",
        "patient/Observation.rs?category=other|laboratory",
        "patient/Observation.rs?code=laboratory",
        "patient/Observation.rs?category:not=laboratory",
        "patient/Observation.rs?category=laboratory&status=final",
        "patient/Observation.rs?category=laboratory,survey",
    ] {
        assert_eq!(category(none), None, "{none}");
    }
}

#[test]
fn a_scope_has_at_most_sixteen_parameters() {
    let query = |count: usize| Query::parse(&vec!["a=1"; count].join("&"));
    assert_eq!(query(16).unwrap().parameters().len(), 16);
    assert_eq!(query(17), Err(Reason::TooManyParameters));
}
