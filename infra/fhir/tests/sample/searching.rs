//! Search parameters, paging, sorting, includes.

use crate::kit::{Asks, BASE, ids, is_refused, outcome_of, root, server};

const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";

#[test]
fn patients_are_found_by_name_birth_date_sex_and_identifier() {
    let server = server();
    let finds = |url: &str| server.finds(&root(), url);
    assert_eq!(finds("Patient?name=shaw"), ["Patient/amy-shaw", "Patient/leo-shaw"]);
    assert_eq!(finds("Patient?family=Shaw&given=leo"), ["Patient/leo-shaw"]);
    assert_eq!(finds("Patient?family:exact=shaw"), [""; 0]);
    assert_eq!(finds("Patient?family:contains=ove"), finds("Patient?family:contains=OVE"));
    assert_eq!(finds("Patient?name:contains=kafo"), ["Patient/samuel-okafor"]);
    assert_eq!(finds("Patient?birthdate=1987-02-20"), ["Patient/amy-shaw"]);
    assert_eq!(finds("Patient?birthdate=1987"), ["Patient/amy-shaw"]);
    assert_eq!(finds("Patient?birthdate=lt1940"), ["Patient/edith-clarke"]);
    assert_eq!(finds("Patient?birthdate=ge2011&birthdate=lt2020"), ["Patient/mia-rivera", "Patient/noah-kim"]);
    assert_eq!(finds("Patient?identifier=http://riverside.example/mrn|MRN-1006"), ["Patient/amy-shaw"]);
    assert_eq!(finds("Patient?identifier=http://other.example|MRN-1006"), [""; 0]);
    assert_eq!(finds("Patient?_id=amy-shaw,leo-shaw").len(), 2);
    let men = finds("Patient?gender=male").len();
    assert_eq!(men + finds("Patient?gender:not=male").len(), finds("Patient").len());
    assert_eq!(finds("Patient?death-date:missing=false"), ["Patient/rafael-ortega"]);
}

#[test]
fn observations_are_found_by_patient_category_code_date_and_value() {
    let server = server();
    let finds = |url: &str| server.finds(&root(), url);
    let labs = finds("Observation?patient=amy-shaw&category=laboratory");
    assert_eq!(labs.len(), 5);
    assert_eq!(finds(&format!("Observation?subject=Patient/amy-shaw&category={CATEGORY}|laboratory")), labs);
    assert_eq!(finds(&format!("Observation?subject={BASE}/Patient/amy-shaw&category=laboratory")), labs);
    assert_eq!(finds("Observation?patient:Patient=amy-shaw&category=laboratory"), labs);
    assert_eq!(finds("Observation?patient=amy-shaw&code=http://loinc.org|3016-3").len(), 2);
    assert_eq!(finds("Observation?patient=amy-shaw&code=3016-3,718-7").len(), 3);
    assert_eq!(finds("Observation?patient=amy-shaw&code=3016-3&date=gt2026"), [""; 0]);
    assert_eq!(finds("Observation?patient=amy-shaw&code=3016-3&date=ge2026").len(), 1);
    assert_eq!(finds("Observation?patient=amy-shaw&code=3016-3&value-quantity=gt4||m[IU]/L").len(), 1);
    assert_eq!(finds("Observation?code:text=thyrotropin&patient=amy-shaw").len(), 2);
}

#[test]
fn a_chained_parameter_follows_the_reference() {
    let server = server();
    let found = server.finds(&root(), "Condition?patient.name=clarke");
    assert!(found.len() == 4 && found.iter().all(|id| id.contains("edith-clarke")), "{found:?}");
    assert_eq!(server.finds(&root(), "Condition?subject:Patient.family=clarke"), found);
    assert_eq!(server.finds(&root(), "Encounter?patient.general-practitioner.name=lee").len(), 3);
}

#[test]
fn post_search_is_the_same_search() {
    let server = server();
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let response = server.asks(&root(), "POST", "Patient/_search?gender=female", &headers, b"family=shaw&_count=5");
    assert_eq!(ids(&response.json()), ["Patient/amy-shaw"]);
    let response = server.asks(&root(), "POST", "Patient/_search", &[("content-type", "text/plain")], b"family=shaw");
    is_refused(&response, 415, "not-supported");
}

#[test]
fn pages_follow_the_next_link_and_miss_nothing() {
    let server = server();
    let all = server.finds(&root(), "Patient");
    let mut url = "Patient?_count=5".to_owned();
    let mut found = vec![];
    loop {
        let page = server.gets(&root(), &url).json();
        assert_eq!(page["total"], all.len());
        found.extend(ids(&page));
        let links = page["link"].as_array().unwrap();
        let Some(next) = links.iter().find(|link| link["relation"] == "next") else { break };
        url = next["url"].as_str().unwrap().to_owned();
        assert!(url.starts_with(BASE));
    }
    assert_eq!(found, all);
}

#[test]
fn the_count_alone_has_no_entries() {
    let server = server();
    for url in ["Patient?_summary=count", "Patient?_count=0"] {
        let bundle = server.gets(&root(), url).json();
        assert_eq!((&bundle["total"], &bundle["entry"]), (&15.into(), &serde_json::Value::Null));
    }
}

#[test]
fn results_are_sorted() {
    let server = server();
    let youngest = server.finds(&root(), "Patient?_sort=-birthdate");
    assert_eq!(
        (youngest.first().unwrap().as_str(), youngest.last().unwrap().as_str()),
        ("Patient/leo-shaw", "Patient/edith-clarke")
    );
    assert_eq!(server.finds(&root(), "Patient?_sort=family,-birthdate&_count=1"), ["Patient/jada-brown"]);
}

#[test]
fn includes_come_beside_the_matches() {
    let server = server();
    let bundle = server
        .gets(&root(), "MedicationRequest?patient=amy-shaw&status=active&_include=MedicationRequest:requester")
        .json();
    assert_eq!(bundle["total"], 2);
    assert_eq!(ids(&bundle).last().unwrap(), "Practitioner/hannah-patel");
    assert_eq!(bundle["entry"].as_array().unwrap().last().unwrap()["search"]["mode"], "include");
    let found =
        server.finds(&root(), "Patient?_id=amy-shaw&_revinclude=Condition:patient&_revinclude=Provenance:target");
    assert_eq!(found.len(), 1 + 4 + 1, "{found:?}");
    let found = server.finds(
        &root(),
        "Practitioner?_id=marcus-lee&_revinclude=Encounter:practitioner&_include:iterate=Encounter:subject",
    );
    assert!(found.contains(&"Patient/leo-shaw".to_owned()), "{found:?}");
}

#[test]
fn an_unknown_parameter_is_passed_over_with_a_warning_or_refused_when_strict() {
    let server = server();
    let bundle = server.gets(&root(), "Patient?favourite-colour=green&name=clarke").json();
    assert_eq!(ids(&bundle), ["Patient/edith-clarke"]);
    assert!(outcome_of(&bundle).unwrap().contains("favourite-colour"));
    assert!(!bundle["link"][0]["url"].as_str().unwrap().contains("favourite"));
    let strict = server.asks(&root(), "GET", "Patient?favourite-colour=green", &[("Prefer", "handling=strict")], b"");
    is_refused(&strict, 400, "not-supported");
}

#[test]
fn a_value_or_a_modifier_without_meaning_is_refused() {
    let server = server();
    for url in [
        "Patient?birthdate=yesterday",
        "Patient?name:above=x",
        "Patient?_count=many",
        "Patient?gender=",
        "Patient?active:missing=maybe",
    ] {
        is_refused(&server.gets(&root(), url), 400, "invalid");
    }
}

#[test]
fn a_compartment_search_keeps_to_the_compartment() {
    let server = server();
    assert_eq!(
        server.finds(&root(), "Patient/amy-shaw/Condition"),
        server.finds(&root(), "Condition?patient=amy-shaw")
    );
}

#[test]
fn everything_is_the_whole_record_and_those_it_names() {
    let server = server();
    let found = server.finds(&root(), "Patient/leo-shaw/$everything");
    for id in [
        "Patient/leo-shaw",
        "RelatedPerson/amy-shaw-mother",
        "Practitioner/marcus-lee",
        "Organization/riverside-clinic",
        "Binary/leo-shaw-visit-note",
    ] {
        assert!(found.contains(&id.to_owned()), "{id} is missing");
    }
    assert!(!found.iter().any(|id| id.contains("wei-chen") || id == "Patient/amy-shaw"));
    assert_eq!(server.finds(&root(), "Patient/leo-shaw/$everything?_type=Goal"), ["Goal/leo-shaw-goal"]);
}
