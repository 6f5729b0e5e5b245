//! What a person can choose, and what of it is granted (AUTHZ-20, SCP-8).

use crate::given::ParseSet;
use rules::{
    authorize::consent::{Choice, Ticks, approved, choices, chosen, is_choice, is_denial, lasts},
    scope::Scope,
};

/// Boxes that are ticked: a whole, and a part of this whole.
struct Form<'a> {
    wholes: &'a [&'a str],
    parts: &'a [(&'a str, &'a str)],
}

impl Ticks for Form<'_> {
    fn whole(&self, scope: &Scope) -> bool {
        self.wholes.contains(&scope.to_string().as_str())
    }

    fn part(&self, whole: &Scope, part: &Scope) -> bool {
        self.parts.contains(&(whole.to_string().as_str(), part.to_string().as_str()))
    }
}

fn made(offered: &str, required: &str, wholes: &[&str], parts: &[(&str, &str)]) -> String {
    let choices = choices(&offered.parse_set(), &required.parse_set());
    chosen(&choices, &Form { wholes, parts }).to_string()
}

fn names(choices: &[Choice]) -> Vec<String> {
    choices.iter().map(|choice| choice.scope.to_string()).collect()
}

/// Launch scopes say what is in view, which the launch already showed.
#[test]
fn everything_but_the_launch_is_a_choice_in_the_order_of_the_offer() {
    let offered = "patient/Task.rs launch openid launch/patient offline_access __mine.x user/*.rs".parse_set();
    let found = choices(&offered, &Default::default());
    assert_eq!(names(&found), ["patient/Task.rs", "openid", "offline_access", "__mine.x", "user/*.rs"]);
    let is = offered.iter().map(is_choice).collect::<Vec<_>>();
    assert_eq!(is, [true, false, true, false, true, true, true]);
}

/// SCP-8: types of `*`, categories of Condition and Observation.
#[test]
fn a_wildcard_and_types_with_categories_have_parts() {
    let offered = "openid patient/Task.rs patient/Condition.rs patient/Observation.rs patient/*.rs".parse_set();
    let found = choices(&offered, &Default::default());
    // Task is no type of US Core: it is a part because the app asks for it as well.
    assert_eq!(found.iter().map(|choice| choice.parts.len()).collect::<Vec<_>>(), [0, 26 + 1]);
    for (name, categories) in [("patient/Condition.rs", 3), ("patient/Observation.rs", 6), ("patient/Task.rs", 0)] {
        let part = found[1].parts.iter().find(|part| part.scope.to_string() == name).unwrap();
        assert_eq!(part.parts.len(), categories, "{name}");
    }
    assert!(found.iter().all(|choice| !choice.required && choice.parts.iter().all(|part| !part.required)));
}

/// `.read` is `.rs`: two boxes for it could not be told apart.
#[test]
fn a_scope_in_another_spelling_is_no_other_part() {
    let offered = "patient/*.rs patient/Goal.read patient/Observation.read";
    let found = choices(&offered.parse_set(), &Default::default());
    assert_eq!(found.iter().map(|choice| choice.parts.len()).collect::<Vec<_>>(), [26]);
    let chosen = made(offered, "", &[], &[("patient/*.rs", "patient/Goal.rs")]);
    assert_eq!(approved(&offered.parse_set(), &chosen.parse_set()).to_string(), "patient/Goal.read");
}

#[test]
fn what_the_app_can_not_run_without_is_required_whole_in_part_or_beside_the_parts() {
    let choices = |offered: &str, required: &str| choices(&offered.parse_set(), &required.parse_set());
    let whole = &choices("patient/*.rs openid", "patient/*.rs")[0];
    assert!(whole.required && whole.parts.is_empty());
    for (needed, parts) in [("patient/Goal.rs", 26), ("patient/Task.rs", 26 + 1)] {
        let in_part = &choices("patient/*.rs", needed)[0];
        let required: Vec<_> = in_part.parts.iter().filter(|part| part.required).cloned().collect();
        // Task is no type of US Core, and stands beside those.
        assert_eq!((in_part.required, names(&required), in_part.parts.len()), (false, vec![needed.to_owned()], parts));
    }
    let beside = &choices("patient/Task.rs openid", "patient/Task.r")[0];
    assert_eq!((beside.required, names(&beside.parts)), (false, vec!["patient/Task.r".to_owned()]));
    assert!(beside.parts[0].required && beside.parts[0].parts.is_empty());
}

#[test]
fn a_part_is_ticked_for_the_whole_that_it_stands_below() {
    let offered = "patient/*.rs user/*.rs";
    let goal = ("patient/*.rs", "patient/Goal.rs");
    assert_eq!(made(offered, "", &[], &[goal]), "patient/Goal.rs");
    assert_eq!(made(offered, "", &["user/*.rs"], &[goal]), "patient/Goal.rs user/*.rs");
    assert_eq!(made(offered, "", &["patient/*.rs"], &[("user/*.rs", "patient/Goal.rs")]), "patient/*.rs");
    // A name of a whole is not one of a part.
    assert_eq!(made("patient/*.rs", "", &["patient/Goal.rs"], &[]), "");
    assert_eq!(made("patient/*.rs openid", "", &[], &[("patient/*.rs", "patient/*.rs"), ("openid", "openid")]), "");
}

#[test]
fn whoever_ticks_parts_wants_those_and_what_is_required() {
    let goal = ("patient/*.rs", "patient/Goal.rs");
    for (required, wholes, parts, expected) in [
        ("", &[][..], &[][..], ""),
        ("", &["patient/*.rs"], &[], "patient/*.rs"),
        ("", &["patient/*.rs"], &[goal], "patient/Goal.rs"),
        ("patient/Device.rs", &[], &[], "patient/Device.rs"),
        ("patient/Device.rs", &[], &[goal], "patient/Device.rs patient/Goal.rs"),
        ("patient/Device.rs", &["patient/*.rs"], &[], "patient/*.rs"),
        ("patient/*.rs", &[], &[goal], "patient/*.rs"),
        ("patient/Goal.r", &[], &[], "patient/Goal.r"),
    ] {
        assert_eq!(made("patient/*.rs", required, wholes, parts), expected, "{required} {wholes:?} {parts:?}");
    }
}

/// SCP-7, SCP-12.
#[test]
fn what_is_approved_is_offered_and_chosen_and_what_goes_without_choosing() {
    let offered = "launch/patient openid fhirUser profile patient/*.rs".parse_set();
    for (chosen, expected) in [
        ("openid fhirUser profile patient/*.rs", "launch/patient openid fhirUser profile patient/*.rs"),
        ("openid fhirUser", "launch/patient openid fhirUser"),
        ("fhirUser profile patient/Goal.rs", "launch/patient patient/Goal.rs"),
        ("patient/*.cruds user/*.rs launch/encounter", "launch/patient patient/*.rs"),
        ("", "launch/patient"),
    ] {
        assert_eq!(approved(&offered, &chosen.parse_set()).to_string(), expected, "{chosen}");
    }
    let nothing_in_view = "openid patient/*.rs".parse_set();
    assert_eq!(approved(&nothing_in_view, &"launch/patient openid".parse_set()).to_string(), "openid");
}

/// AUTHZ-21.
#[test]
fn a_yes_to_nothing_of_use_is_a_no() {
    for (offered, approved, denial) in [
        ("openid offline_access", "offline_access", true),
        ("openid online_access launch/patient", "online_access launch/patient", true),
        ("launch/patient openid", "launch/patient", true),
        ("openid", "", true),
        ("launch/patient openid", "openid", false),
        ("patient/Goal.rs offline_access", "patient/Goal.rs offline_access", false),
        ("launch/patient", "launch/patient", false),
        ("", "", false),
    ] {
        assert_eq!(is_denial(&offered.parse_set(), &approved.parse_set()), denial, "{offered}: {approved}");
    }
}

#[test]
fn lasting_access_says_how_long_and_nothing_about_what() {
    let all = "offline_access online_access openid fhirUser profile launch patient/*.rs __mine.x".parse_set();
    assert_eq!(
        all.iter().filter(|scope| lasts(scope)).map(Scope::to_string).collect::<Vec<_>>(),
        ["offline_access", "online_access"]
    );
}
