//! A set keeps order and spelling, and is one string in JSON.

use super::scopes;
use rules::scope::{Level, Scope, ScopeSet};

#[test]
fn order_and_spelling_stay_and_repetitions_go() {
    let set = scopes("patient/*.read openid patient/*.rs openid patient/*.read");
    assert_eq!(set.to_string(), "patient/*.read openid patient/*.rs");
    assert_eq!((set.len(), set.is_empty()), (3, false));
}

#[test]
fn an_app_may_be_careless_with_spaces_but_a_configuration_may_not() {
    let parsed = ScopeSet::parse("  openid   fhirUser ");
    assert_eq!(parsed.set.to_string(), "openid fhirUser");
    assert!(parsed.unusable.is_empty());
    assert!(ScopeSet::strict("openid  fhirUser").is_err());
    assert!(ScopeSet::strict(" openid").is_err());
    assert!(ScopeSet::strict("").unwrap().is_empty());
}

#[test]
fn a_configuration_with_an_unknown_scope_is_refused_with_the_scope_and_the_reason() {
    let error = ScopeSet::strict("openid patient/Observation.dus").unwrap_err();
    assert_eq!(error.text, "patient/Observation.dus");
    assert_eq!(
        error.to_string(),
        "\"patient/Observation.dus\": expected letters of cruds in that order, or read, write, *"
    );
}

#[test]
fn in_json_a_set_is_one_string() {
    let set: ScopeSet = serde_json::from_str(r#""openid patient\/Observation.rs?category=a|b""#).unwrap();
    assert_eq!(serde_json::to_string(&set).unwrap(), r#""openid patient/Observation.rs?category=a|b""#);
    assert!(serde_json::from_str::<ScopeSet>(r#""openid email""#).is_err());
    assert_eq!(serde_json::from_str::<Scope>(r#""openid""#).unwrap(), Scope::OpenId);
    assert_eq!(serde_json::from_str::<Level>(r#""patient""#).unwrap(), Level::Patient);
}

#[test]
fn scopes_can_be_taken_out() {
    let set = scopes("openid patient/*.rs offline_access system/*.rs");
    let without = set.without(|scope| scope.as_resource().is_some_and(|resource| resource.level == Level::System));
    assert_eq!(without.to_string(), "openid patient/*.rs offline_access");
    let mut kept = set.clone();
    kept.retain(|scope| scope.as_resource().is_some());
    assert_eq!(kept.to_string(), "patient/*.rs system/*.rs");
}

#[test]
fn the_questions_of_token_and_authorize_are_answered() {
    let set = scopes("openid fhirUser offline_access patient/Patient.r");
    assert!(set.has_openid() && set.has_fhir_user() && set.offline_access() && !set.online_access());
    assert!(set.has_level(Level::Patient) && !set.has_level(Level::User));
    assert_eq!(set.resources().count(), 1);
    assert!(scopes("online_access").online_access() && !scopes("online_access").offline_access());
    assert!(!scopes("openid").has_fhir_user() && !scopes("fhirUser").has_openid());
    let levels = [Level::Patient, Level::User, Level::System].map(|level| level.to_string());
    assert_eq!(levels, ["patient", "user", "system"]);
}
