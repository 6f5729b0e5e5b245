//! What reaches the server behind, and what of its answers comes out.

use super::kit::{ALWAYS_COUNTS, Asks, BASE, amy, caller, in_this_process, is_refused, root, server};
use serde_json::json;

#[test]
fn the_token_and_other_headers_stay_here() {
    let server = server();
    let headers = [("authorization", "Bearer secret"), ("cookie", "a=b"), ("prefer", "respond-async"), ("x-own", "1")];
    let forwarded = server.forwards(|| drop(server.asks(&root(), "GET", "Patient/amy-shaw", &headers, b"")));
    let [one] = forwarded.as_slice() else { panic!("{forwarded:?}") };
    assert_eq!(one.headers, [("accept", "application/fhir+json".to_owned())]);
}

#[test]
fn what_no_scope_allows_is_not_even_asked() {
    let server = server();
    let caller = amy("patient/Patient.r");
    let forwarded = server.forwards(|| {
        for url in
            ["Patient", "Condition/amy-shaw-migraine", "Condition", "Condition/_history", "Nonsense/1", "_history"]
        {
            assert!(server.gets(&caller, url).status >= 400, "{url}");
        }
        let body = json!({"resourceType": "Patient", "id": "amy-shaw"});
        is_refused(&server.sends(&caller, "PUT", "Patient/amy-shaw", &body), 403, "forbidden");
        is_refused(&server.sends(&caller, "POST", "Patient", &body), 403, "forbidden");
    });
    assert!(forwarded.is_empty(), "{forwarded:?}");
}

/// A count, a page, or the time that it takes would tell of what was left out.
#[test]
fn a_search_is_narrowed_before_it_is_asked() {
    let server = server();
    let forwarded =
        server.forwards(|| drop(server.gets(&amy("patient/Observation.rs?category=laboratory"), "Observation")));
    let urls: Vec<&str> = forwarded.iter().map(|one| one.url.as_str()).collect();
    assert_eq!(urls.len(), 2, "{urls:?}");
    assert!(
        urls.iter().all(|url| url.contains("=Patient%2Famy-shaw") && url.contains("category=laboratory")),
        "{urls:?}"
    );
}

#[test]
fn addresses_of_the_server_behind_do_not_come_out() {
    let server = server();
    let clinician = caller("user/*.cruds", None, Some("Practitioner/hannah-patel"));
    let page = server.gets(&clinician, "Patient?_count=5").json();
    if ALWAYS_COUNTS {
        assert_eq!(page["total"], 15);
    }
    assert_eq!(
        page["entry"][0]["fullUrl"],
        format!("{BASE}/Patient/{}", page["entry"][0]["resource"]["id"].as_str().unwrap())
    );
    let next = page["link"].as_array().unwrap().iter().find(|link| link["relation"] == "next").unwrap();
    assert!(next["url"].as_str().unwrap().starts_with(BASE));
    assert_eq!(server.finds(&clinician, next["url"].as_str().unwrap()).len(), 5);
    let reference = format!("{}/Patient/amy-shaw", server.behind);
    let condition = json!({"resourceType": "Condition", "subject": {"reference": reference}});
    let made = server.sends(&clinician, "POST", "Condition", &condition);
    assert_eq!(made.status, 201);
    assert!(made.header("location").unwrap().starts_with(&format!("{BASE}/Condition/")));
    assert_eq!(made.json()["subject"]["reference"], "Patient/amy-shaw");
}

#[test]
fn an_address_behind_does_not_smuggle_another_patient_in() {
    let server = server();
    for reference in [format!("{}/Patient/wei-chen", server.behind), format!("{BASE}/Patient/wei-chen")] {
        let amy_and_wei = json!({"resourceType": "Condition", "subject": {"reference": "Patient/amy-shaw"},
            "asserter": {"reference": reference}});
        is_refused(&server.sends(&amy("patient/*.cruds"), "POST", "Condition", &amy_and_wei), 403, "forbidden");
    }
}

/// Between the look and the write somebody else could have moved it into another record.
#[test]
fn a_write_is_sent_for_the_version_that_was_judged() {
    let server = server();
    let version = server.resource("Condition", "amy-shaw-migraine").unwrap()["meta"]["versionId"].clone();
    let judged = format!("W/\"{}\"", version.as_str().unwrap());
    let patch = json!([{"op": "replace", "path": "/code/text", "value": "Headache"}]);
    let forwarded = server.forwards(|| {
        assert_eq!(server.patches(&amy("patient/*.cruds"), "Condition/amy-shaw-migraine", &patch).status, 200);
    });
    let sent = forwarded.iter().find(|one| one.method == "PATCH").unwrap();
    assert!(sent.headers.contains(&("if-match", judged.clone())), "{sent:?}");
    let headers = [("content-type", "application/json-patch+json"), ("if-match", judged.as_str())];
    let stale = server.asks(&root(), "PATCH", "Condition/amy-shaw-migraine", &headers, patch.to_string().as_bytes());
    is_refused(&stale, 412, "conflict");
}

#[test]
fn a_parameter_that_is_not_known_is_passed_over_or_refused_when_strict() {
    let server = server();
    for parameter in ["_text=x", "_elements=id", "colour=green"] {
        let url = format!("Patient?{parameter}");
        let forwarded = server.forwards(|| assert_eq!(server.gets(&amy("patient/*.rs"), &url).status, 200));
        let (name, _) = parameter.split_once('=').unwrap();
        assert!(forwarded.iter().all(|one| !one.url.contains(name)), "{forwarded:?}");
        let strict = server.asks(&amy("patient/*.rs"), "GET", &url, &[("prefer", "handling=strict")], b"");
        is_refused(&strict, 400, "not-supported");
    }
}

#[test]
fn an_address_that_could_be_read_in_two_ways_is_nobodys() {
    let server = server();
    let forwarded = server.forwards(|| {
        for url in ["Patient/a%2Fb", "Patient/..%2F..", "Patient/../Condition/x", "/Patient//amy-shaw", "a/b/c/d/e"] {
            is_refused(&server.gets(&root(), url), 404, "not-found");
        }
    });
    assert!(forwarded.is_empty(), "{forwarded:?}");
}

/// Two servers may read two different subjects in it.
#[test]
fn a_member_that_comes_twice_is_sent_once_as_it_was_judged() {
    let server = server();
    let twice = r#"{"resourceType":"Condition","subject":{"reference":"Patient/wei-chen"},"subject":{"reference":"Patient/amy-shaw"}}"#;
    let patch = r#"[{"op":"replace","path":"/subject","value":{"reference":"Patient/wei-chen","reference":"Patient/amy-shaw"}}]"#;
    let json_patch = [("content-type", "application/json-patch+json")];
    let caller = amy("patient/*.cruds");
    let forwarded = server.forwards(|| {
        assert_eq!(server.asks(&caller, "POST", "Condition", &[], twice.as_bytes()).status, 201);
        let migraine = "Condition/amy-shaw-migraine";
        assert_eq!(server.asks(&caller, "PATCH", migraine, &json_patch, patch.as_bytes()).status, 200);
    });
    assert!(forwarded.iter().all(|one| !one.body.contains("wei-chen")), "{forwarded:?}");
}

#[test]
fn the_capability_statement_names_this_door() {
    let statement = server().metadata();
    assert_eq!(statement["implementation"]["url"], BASE);
    assert_eq!(statement["rest"][0]["security"]["service"][0]["coding"][0]["code"], "SMART-on-FHIR");
    assert_eq!(statement["fhirVersion"], "4.0.1");
    let patient = &statement["rest"][0]["resource"][0];
    let mut codes: Vec<&str> =
        patient["interaction"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["create", "delete", "patch", "read", "search-type", "update"], "and nothing that is refused");
    assert!(patient["operation"].is_null() && patient["searchInclude"].is_null());
}

#[test]
fn a_server_that_is_not_there_is_an_outage() {
    let mut server = server();
    server.stops();
    is_refused(&server.gets(&root(), "Patient/amy-shaw"), 502, "transient");
    is_refused(&server.gets(&root(), "Patient"), 502, "transient");
}

/// Whoever is judged by the same rules finds the same, wherever the resources are.
#[test]
fn the_answers_are_those_of_the_sample_server() {
    let (behind, here) = (server(), in_this_process());
    let clinician = caller("user/*.rs", Some("amy-shaw"), Some("Practitioner/hannah-patel"));
    let two = amy("patient/Observation.rs?category=laboratory patient/Observation.rs?category=vital-signs");
    for caller in [&amy("patient/*.rs"), &clinician, &two] {
        for url in [
            "Observation?_count=1000",
            "Observation?patient=amy-shaw&category=laboratory&_sort=-date",
            "Observation?_count=3&_offset=3",
            "Observation?_summary=count",
        ] {
            let (found, expected) = (behind.gets(caller, url).json(), here.gets(caller, url).json());
            if ALWAYS_COUNTS || !found["total"].is_null() {
                assert_eq!(found["total"], expected["total"], "{url}");
            }
            let sorted = |bundle| {
                let mut all = super::kit::ids(bundle);
                all.sort();
                all
            };
            assert_eq!(sorted(&found), sorted(&expected), "{url}");
        }
    }
}
