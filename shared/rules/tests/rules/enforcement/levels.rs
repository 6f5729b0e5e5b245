//! By which of its levels a token may make a request (SMART App Launch 2.2, scopes for FHIR resources).

use super::Asked;
use crate::given::ParseSet;
use proptest::{prelude::*, sample::select};
use rules::{
    enforcement::{Bearer, FhirRequest, Seen, levels, need},
    scope::Level,
};

/// What a token of this scope lets a person do, who has Amy in context.
fn of_amy(scope: &str, line: &str) -> Vec<Level> {
    judged(scope, Some("amy"), true, line)
}

fn judged(scope: &str, patient: Option<&str>, is_user: bool, line: &str) -> Vec<Level> {
    let asked = Asked::read(line);
    let request = asked.request();
    let bearer = Bearer { scope: &scope.parse_set(), patient, is_user };
    levels(&bearer, &need(&request).unwrap(), &request)
}

#[test]
fn each_level_allows_by_its_own_scopes() {
    use Level::{Patient, System, User};
    for (scope, allowed) in [
        ("patient/Observation.r", &[Patient][..]),
        ("user/Observation.r", &[User]),
        ("system/Observation.r", &[System]),
        ("system/*.cruds user/*.read patient/Observation.r", &[Patient, User, System]),
        ("patient/Observation.cuds user/Condition.r", &[]),
        ("openid fhirUser launch/patient", &[]),
    ] {
        assert_eq!(of_amy(scope, "GET Observation/1"), allowed, "{scope}");
    }
}

#[test]
fn a_level_that_has_nobody_behind_it_allows_nothing() {
    let all = "patient/*.rs user/*.rs system/*.rs";
    for (patient, is_user, allowed) in [
        (Some("amy"), false, &[Level::Patient, Level::System][..]),
        (None, true, &[Level::User, Level::System]),
        (None, false, &[Level::System]),
    ] {
        assert_eq!(judged(all, patient, is_user, "GET Observation/1"), allowed, "{patient:?} {is_user}");
    }
}

/// The FHIR server bounds `user/` and `system/`; a path says whose record it is in.
#[test]
fn a_patient_scope_opens_the_record_of_the_patient_in_context() {
    for (line, by_patient) in [
        ("GET Patient/amy", true),
        ("GET Patient/wei", false),
        ("GET Patient/amy/Observation", true),
        ("GET Patient/wei/Observation", false),
        ("GET Patient/amy/$everything", true),
        ("GET Patient/wei/$everything", false),
        ("GET $export", false),
        ("POST Observation/$lastn", false),
        ("DELETE Observation?code=x", false),
        ("POST Patient", false),
        ("POST Observation", true),
        ("PUT Observation?code=x", true),
    ] {
        assert_eq!(of_amy("patient/*.cruds", line) == [Level::Patient], by_patient, "{line}");
        assert_eq!(of_amy("user/*.cruds", line), [Level::User], "{line}");
    }
}

#[test]
fn a_search_that_names_another_patient_is_not_for_this_token() {
    for (query, good) in [
        ("patient=amy", true),
        ("patient=Patient/amy", true),
        ("patient=https://fhir.example/r4/Patient/amy", true),
        ("subject=Patient/amy,amy", true),
        ("subject:Patient=amy", true),
        ("patient:Patient=amy", true),
        // No patients.
        ("subject=Group/wei", true),
        ("subject=InPatient/wei", true),
        ("performer=wei", true),
        ("_id=wei", true),
        ("code=wei", true),
        ("patient=wei", false),
        ("subject=wei", false),
        ("subject=Patient/wei", false),
        ("subject=https://fhir.example/r4/Patient/wei", false),
        ("subject:Patient=wei", false),
        ("patient:Patient=wei", false),
        ("patient=amy,wei", false),
        ("patient=amy&subject=Patient/wei", false),
    ] {
        let line = format!("GET Observation?{query}");
        assert_eq!(of_amy("patient/*.rs", &line) == [Level::Patient], good, "{query}");
        assert_eq!(of_amy("user/*.rs", &line), [Level::User], "{query}");
    }
}

#[test]
fn the_id_in_a_search_for_patients_names_a_patient() {
    for (line, good) in [
        ("GET Patient?_id=amy", true),
        ("GET Patient?_id=wei", false),
        ("GET Patient?_id=amy,wei", false),
        ("GET Patient/$match?_id=amy", false),
        ("GET Patient/amy?_id=wei", true),
        ("GET Encounter/1/Patient?_id=wei", false),
    ] {
        assert_eq!(of_amy("patient/*.rs", line) == [Level::Patient], good, "{line}");
    }
}

#[test]
fn all_interactions_must_be_allowed_on_all_types() {
    for (scope, line, good) in [
        ("user/Task.cus", "PUT Task?code=x", true),
        ("user/Task.us", "PUT Task?code=x", false),
        ("user/Task.cu", "PUT Task?code=x", false),
        ("user/Task.rs user/Goal.rs", "GET $export?_type=Task,Goal", true),
        ("user/Task.rs user/Goal.r", "GET $export?_type=Task,Goal", false),
        ("user/Task.rs", "GET $export?_type=Task,Goal", false),
        ("user/Task.rs", "GET $export", false),
        ("user/*.rs", "GET $export", true),
        ("user/*.cruds", "POST ", true),
        ("user/*.crus", "POST ", false),
        ("user/Task.rs", "GET metadata", true),
        ("openid", "GET metadata", true),
    ] {
        assert_eq!(of_amy(scope, line).contains(&Level::User), good, "{scope}: {line}");
    }
}

/// What a search brings along is read, at the same level, and whole.
#[test]
fn what_a_search_brings_along_must_be_readable() {
    let line = "GET Observation?_include=Observation:subject:Patient";
    for (scope, good) in [
        ("patient/Observation.s patient/Patient.r", true),
        ("patient/Observation.s patient/*.r", true),
        ("patient/Observation.rs", false),
        ("patient/Observation.rs patient/Patient.s", false),
        ("patient/Observation.rs user/Patient.r", false),
        ("patient/Observation.rs patient/Patient.r?gender=male", false),
        ("patient/Patient.r", false),
    ] {
        assert_eq!(of_amy(scope, line) == [Level::Patient], good, "{scope}");
    }
}

/// "A server that can't evaluate a query must not serve by it": only a search says by itself what it will find.
#[test]
fn a_limit_is_kept_by_a_search_that_says_it() {
    let limited = "user/Task.rs?status=draft user/Task.rs?code=x user/Task.rs?owner:missing=true&focus=y";
    for (line, good) in [
        ("GET Task?status=draft", true),
        ("GET Task?code=x&status=final", true),
        ("POST Task/_search?code=x", true),
        ("GET Task?focus=y&owner:missing=true", true),
        ("GET Task?focus=y&owner=true", false),
        ("GET Task?owner:missing=true", false),
        ("GET Task?status=final", false),
        ("GET Task", false),
        ("GET Task/1", false),
        ("GET Task/1?status=draft", false),
        ("GET Task/_history?status=draft", false),
    ] {
        assert_eq!(of_amy(limited, line) == [Level::User], good, "{line}");
    }
}

/// What paths are made of, well and badly.
fn segment() -> impl Strategy<Value = &'static str> {
    select(vec![
        "Patient",
        "%50atient",
        "PATIENT",
        "Observation",
        "Encounter",
        "amy",
        "wei",
        "%77ei",
        "1",
        "*",
        "_search",
        "_history",
        "$everything",
        "$merge",
        ".",
        "..",
        "",
        "a;b",
        "%2F",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// However it is written: what is below another patient is not for this token.
    #[test]
    fn no_path_leads_from_a_patient_scope_into_the_record_of_another(
        method in select(vec!["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]),
        whose in select(vec!["Patient/wei", "/Patient/wei", "%50atient/wei", "Patient/%77ei", "PATIENT/wei", "Patient/./wei"]),
        rest in prop::collection::vec(segment(), 0..4),
    ) {
        let path = rest.iter().fold(whose.to_owned(), |path, segment| format!("{path}/{segment}"));
        let scope = "patient/*.cruds".parse_set();
        let bearer = Bearer { scope: &scope, patient: Some("amy"), is_user: true };
        let request = FhirRequest { method, path: &path, query: &[], if_none_exist: None, seen: Seen::All };
        let allowed = need(&request).map(|need| levels(&bearer, &need, &request)).unwrap_or_default();
        prop_assert_eq!(allowed, [], "{}", path);
    }

    /// SCP-4: scopes add up.
    #[test]
    fn another_scope_takes_nothing_away(
        method in select(vec!["GET", "POST", "PUT", "DELETE"]),
        segments in prop::collection::vec(segment(), 0..4),
        scope in select(vec!["patient/*.rs", "user/Observation.cruds", "system/*.r", "user/*.s?code=x"]),
        another in select(vec!["patient/*.cud", "user/*.cruds", "system/Patient.rs", "user/Observation.s?code=y"]),
    ) {
        let path = segments.join("/");
        let request = FhirRequest { method, path: &path, query: &[], if_none_exist: None, seen: Seen::All };
        if let Some(need) = need(&request) {
            let by = |scope: &str| {
                let scope = scope.parse_set();
                levels(&Bearer { scope: &scope, patient: Some("amy"), is_user: true }, &need, &request)
            };
            let both = by(&format!("{scope} {another}"));
            prop_assert!(by(scope).iter().all(|level| both.contains(level)), "{}", path);
        }
    }
}
