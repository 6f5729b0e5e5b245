//! What a person reads on the consent page (AUTHZ-20, SCP-8).

use authorize::texts::{ScopeWords, Texts};
use rules::{scope::ONC_CATEGORIES, tenant::Language};

fn in_english(text: &str) -> ScopeWords {
    Texts::of(Language::En).scope(&text.parse().expect("a scope"))
}

fn title(text: &str) -> String {
    in_english(text).title
}

fn explanation(text: &str) -> String {
    in_english(text).explanation
}

#[test]
fn titles_say_it_in_plain_language() {
    for (text, expected) in [
        (
            "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory",
            "See laboratory results",
        ),
        ("patient/Observation.rs?category=vital-signs", "See vital signs"),
        ("patient/AllergyIntolerance.read", "See allergies and intolerances"),
        ("user/MedicationRequest.cruds", "See, add, change and delete prescriptions"),
        ("user/Task.u", "Change tasks"),
        ("user/Appointment.cud", "Add, change and delete appointments"),
        ("patient/MolecularSequence.s", "See molecular sequence records"),
        ("patient/*.rs", "See all health information"),
        (
            "patient/Observation.rs?code=http://loinc.org|1234-5",
            "See some measurements, laboratory results and other observations",
        ),
        ("offline_access", "Keep access when you are not using the app"),
        ("launch/patient", "Know which patient is selected"),
        ("launch/task", "Know which task is selected"),
        ("__launch.create", "Use the permission __launch.create"),
    ] {
        assert_eq!(title(text), expected);
    }
}

#[test]
fn a_wildcard_mentions_what_will_be_added_in_the_future() {
    for text in ["patient/*.rs", "user/*.*", "system/*.rs?_tag=x"] {
        assert!(explanation(text).contains("future"), "{text}");
    }
    assert!(!explanation("patient/Observation.rs").contains("future"));
}

#[test]
fn a_limit_is_spelled_out() {
    let text = explanation("patient/Observation.rs?code=a%7Cb,c&status:not=final");
    assert!(text.contains("Only where code is a|b or c and status (not) is final."), "{text}");
}

#[test]
fn the_level_is_explained() {
    assert_ne!(explanation("patient/Observation.rs"), explanation("user/Observation.rs"));
    assert_ne!(explanation("user/Observation.rs"), explanation("system/Observation.rs"));
}

#[test]
fn deleting_is_pointed_out() {
    assert!(explanation("user/Task.d").contains("remove"));
    assert!(!explanation("user/Task.cru").contains("remove"));
}

#[test]
fn every_scope_has_words() {
    for text in
        ["openid", "fhirUser", "profile", "online_access", "offline_access", "launch", "launch/encounter", "urn:x:y"]
    {
        let words = in_english(text);
        assert!(!words.title.is_empty() && !words.explanation.is_empty(), "{text}");
    }
}

#[test]
fn every_category_has_a_name() {
    assert!(ONC_CATEGORIES.iter().all(|category| !category.name.is_empty()));
}
