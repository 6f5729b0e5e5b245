//! What can't be used is dropped and explained, never an error of the request (SCP-13, SCP-15).

use rules::scope::{Reason, ScopeSet};

#[test]
fn the_rest_goes_on_without_it() {
    let parsed = ScopeSet::parse("openid email patient/Observation.dus patient/*.rs patient/obs.rs");
    assert_eq!(parsed.set.to_string(), "openid patient/*.rs");
    let reasons: Vec<_> = parsed.unusable.iter().map(|unusable| (unusable.text.as_str(), unusable.reason)).collect();
    assert_eq!(
        reasons,
        [
            ("email", Reason::Unknown),
            ("patient/Observation.dus", Reason::Permissions),
            ("patient/obs.rs", Reason::ResourceType)
        ]
    );
}

#[test]
fn each_mistake_has_its_own_reason() {
    for (text, reason) in [
        ("__\"", Reason::Character),
        ("patient/Observation", Reason::Permissions),
        ("patient/Observation.read?a=1", Reason::QueryOnV1),
        ("patient/Observation.rs?a", Reason::Query),
        ("patient/Observation.rs?a=%zz", Reason::PercentEncoding),
        ("patient/Observation.rs?_include=a", Reason::NotAFilter),
        ("launch/Patient", Reason::LaunchContext),
        ("launch/task?role=x", Reason::Role),
    ] {
        assert_eq!(ScopeSet::parse(text).unusable[0].reason, reason, "{text}");
    }
}

#[test]
fn shown_to_an_operator_it_is_escaped_and_short() {
    let text = format!("<b>\r\n\"{}", "x".repeat(5_000));
    let shown = ScopeSet::parse(&text).unusable[0].to_string();
    assert!(shown.starts_with(r#""<b>\r\n\"xxx"#), "{shown}");
    assert!(shown.len() < 300 && !shown.contains('\n'));
}
