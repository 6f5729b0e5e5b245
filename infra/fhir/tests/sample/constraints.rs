//! Search parameters in scopes: `patient/Observation.rs?category=laboratory`.

use super::kit::{Asks, amy, caller, is_refused, server};
use serde_json::json;

const LABORATORY: &str =
    "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory";

#[test]
fn what_does_not_match_the_constraint_is_not_there_for_the_caller() {
    let server = server();
    let caller = amy(LABORATORY);
    assert_eq!(server.finds(&caller, "Observation").len(), 5);
    assert_eq!(server.finds(&caller, "Observation?category=vital-signs"), [""; 0]);
    assert_eq!(server.gets(&caller, "Observation/amy-shaw-tsh-2026-09").status, 200);
    is_refused(&server.gets(&caller, "Observation/amy-shaw-weight"), 403, "forbidden");
    is_refused(&server.gets(&caller, "Observation/wei-chen-ldl-2026-10"), 403, "forbidden");
}

#[test]
fn constraints_of_several_scopes_add_up_and_those_within_one_narrow() {
    let server = server();
    let two = amy("patient/Observation.rs?category=laboratory patient/Observation.rs?category=vital-signs");
    let all = server.finds(&amy("patient/Observation.rs"), "Observation").len();
    let found = server.finds(&two, "Observation").len();
    assert!(found > 5 && found < all, "{found} of {all}");
    let narrow = amy("patient/Observation.rs?category=laboratory&code=http://loinc.org|3016-3");
    assert_eq!(server.finds(&narrow, "Observation").len(), 2);
    let either = amy("patient/Observation.rs?code=http://loinc.org|3016-3,http://loinc.org|718-7");
    assert_eq!(server.finds(&either, "Observation").len(), 3);
}

#[test]
fn a_constraint_holds_at_every_level() {
    let server = server();
    let doctor = caller("user/Patient.rs?gender=female", None, Some("Practitioner/hannah-patel"));
    let women = server.finds(&doctor, "Patient");
    assert_eq!(women, server.finds(&super::kit::root(), "Patient?gender=female"));
    is_refused(&server.gets(&doctor, "Patient/wei-chen"), 403, "forbidden");
}

#[test]
fn a_constraint_that_cannot_be_judged_grants_nothing() {
    let server = server();
    for constraint in [
        "colour=green",
        "category:below=laboratory",
        "date=yesterday",
        "patient.name=shaw",
        "_has:X:y:z=1",
        "_sort=date",
        "_include=Observation:subject",
        "category=",
    ] {
        let caller = amy(&format!("patient/Observation.rs?{constraint}"));
        is_refused(&server.gets(&caller, "Observation"), 403, "forbidden");
        is_refused(&server.gets(&caller, "Observation/amy-shaw-weight"), 403, "forbidden");
    }
}

#[test]
fn a_write_must_meet_the_constraint_before_and_after() {
    let server = server();
    let caller = amy("patient/Observation.cruds?category=laboratory");
    let vital = server.resource("Observation", "amy-shaw-weight").unwrap();
    is_refused(&server.sends(&caller, "PUT", "Observation/amy-shaw-weight", &vital), 403, "forbidden");
    let mut as_laboratory = vital.clone();
    as_laboratory["category"] = json!([{"coding": [{"code": "laboratory"}]}]);
    is_refused(&server.sends(&caller, "PUT", "Observation/amy-shaw-weight", &as_laboratory), 403, "forbidden");
    is_refused(&server.sends(&caller, "POST", "Observation", &vital), 403, "forbidden");
    assert_eq!(server.sends(&caller, "POST", "Observation", &as_laboratory).status, 201);
    let out = json!([{"op": "replace", "path": "/category/0/coding/0/code", "value": "vital-signs"}]);
    is_refused(&server.patches(&caller, "Observation/amy-shaw-tsh-2026-09", &out), 403, "forbidden");
    is_refused(&server.asks(&caller, "DELETE", "Observation/amy-shaw-weight", &[], b""), 403, "forbidden");
}

/// `meta.lastUpdated` is the server's to say.
#[test]
fn a_constraint_on_the_last_update_cannot_be_met_by_claiming_one() {
    let server = server();
    let caller = amy("patient/Observation.cruds?_lastUpdated=lt2020");
    let mut old = server.resource("Observation", "amy-shaw-weight").unwrap();
    old["meta"] = json!({"lastUpdated": "2010-01-01T00:00:00Z"});
    is_refused(&server.sends(&caller, "POST", "Observation", &old), 403, "forbidden");
}
