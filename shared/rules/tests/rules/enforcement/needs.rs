//! Which interactions a request is, on which type, in whose record (FHIR R4, RESTful API).

use super::Asked;
use rules::enforcement::{FhirRequest, Need, Seen, Whose, need};

const ALL: &str = "Create Read Update Delete Search";

/// As one line: the interactions, on the types, in whose record.
fn said(need: &Need) -> String {
    let interactions: Vec<String> = need.interactions.iter().map(|one| format!("{one:?}")).collect();
    let whose = match &need.whose {
        Whose::Unknown => String::new(),
        Whose::Patient(id) => format!(" of {id}"),
        Whose::Anybody => " of anybody".to_owned(),
    };
    format!("{} on {}{whose}", interactions.join(" "), need.types.join(" "))
}

fn needed(line: &str) -> Option<Need> {
    need(&Asked::read(line).request())
}

#[track_caller]
fn is(line: &str, expected: &str) {
    assert_eq!(needed(line).as_ref().map(said).as_deref(), Some(expected), "{line}");
}

#[test]
fn a_method_and_a_path_say_what_is_done_and_to_what() {
    for (line, expected) in [
        ("GET ", "Search on *"),
        ("GET /", "Search on *"),
        ("GET _search", "Search on *"),
        ("POST _search", "Search on *"),
        ("GET _history", "HistoryType on *"),
        ("GET Observation", "Search on Observation"),
        ("GET Observation/_search", "Search on Observation"),
        ("POST Observation/_search", "Search on Observation"),
        ("GET Observation/_history", "HistoryType on Observation"),
        ("POST Observation", "Create on Observation"),
        ("GET Observation/1", "Read on Observation"),
        ("PUT Observation/1", "Update on Observation"),
        ("PATCH Observation/1", "Patch on Observation"),
        ("DELETE Observation/1", "Delete on Observation"),
        ("GET Observation/1/_history", "HistoryInstance on Observation"),
        ("GET Observation/1/_history/2", "VRead on Observation"),
        ("HEAD Observation/1", "Read on Observation"),
        ("HEAD Observation", "Search on Observation"),
    ] {
        is(line, expected);
    }
}

/// Whoever has a good token may ask what the server can do.
#[test]
fn what_the_server_says_of_itself_needs_nothing() {
    for line in ["GET metadata", "GET .well-known/smart-configuration", "HEAD metadata"] {
        is(line, " on *");
    }
}

#[test]
fn a_path_below_a_patient_is_in_their_record() {
    for (line, expected) in [
        ("GET Patient/amy", "Read on Patient of amy"),
        ("PUT Patient/amy", "Update on Patient of amy"),
        ("PATCH Patient/amy", "Patch on Patient of amy"),
        ("DELETE Patient/amy", "Delete on Patient of amy"),
        ("GET Patient/amy/_history", "HistoryInstance on Patient of amy"),
        ("GET Patient/amy/_history/2", "VRead on Patient of amy"),
        ("GET Patient/amy/Observation", "Search on Observation of amy"),
        ("GET Patient/amy/Observation/_search", "Search on Observation of amy"),
        ("POST Patient/amy/Observation/_search", "Search on Observation of amy"),
        ("GET Patient/amy/*", "Search on * of amy"),
        // Of the other compartments the path doesn't tell.
        ("GET Encounter/1/Observation", "Search on Observation"),
        ("GET Device/1/*", "Search on *"),
        ("GET Practitioner/1/Task", "Search on Task"),
        ("GET RelatedPerson/1/Task", "Search on Task"),
    ] {
        is(line, expected);
    }
}

/// The server searches for what it changes: what it finds can be in any record.
#[test]
fn a_conditional_change_needs_the_search_too() {
    is("PUT Observation?code=x", "Update Create Search on Observation");
    is("PATCH Observation?code=x", "Patch Search on Observation");
    is("DELETE Observation?code=x", "Delete Search on Observation of anybody");
    for (path, expected) in [
        ("Observation", "Create Search on Observation"),
        ("Patient", "Create Search on Patient of anybody"),
        ("Observation/1", "Read on Observation"),
    ] {
        let method = if path.contains('/') { "GET" } else { "POST" };
        let request = FhirRequest { method, path, query: &[], if_none_exist: Some("identifier=1"), seen: Seen::All };
        assert_eq!(need(&request).as_ref().map(said).as_deref(), Some(expected), "{path}");
    }
}

/// SCP-10: what is in a batch, nobody sees here; and whoever is created is not the patient in context.
#[test]
fn a_batch_needs_everything_and_a_new_patient_is_anybody() {
    is("POST ", &format!("{ALL} on * of anybody"));
    is("POST /", &format!("{ALL} on * of anybody"));
    is("POST Patient", "Create on Patient of anybody");
}

#[test]
fn an_operation_that_is_not_known_can_do_anything() {
    is("POST $reindex", &format!("{ALL} on * of anybody"));
    is("GET Observation/$merge", &format!("{ALL} on * of anybody"));
    for operation in ["$merge", "$purge", "$graphql", "$expunge", "$"] {
        is(&format!("POST Patient/amy/{operation}"), &format!("{ALL} on * of anybody"));
        is(&format!("GET Patient/amy/{operation}"), &format!("{ALL} on * of anybody"));
    }
}

#[test]
fn an_operation_that_is_known_to_read_needs_no_more_than_that() {
    for operation in [
        "$docref",
        "$expand",
        "$find-matches",
        "$lastn",
        "$lookup",
        "$match",
        "$stats",
        "$subsumes",
        "$translate",
        "$validate",
        "$validate-code",
    ] {
        is(&format!("GET Observation/{operation}"), "Read Search on Observation of anybody");
        is(&format!("POST Observation/1/{operation}"), "Read Search on Observation of anybody");
        is(&format!("GET {operation}"), "Read Search on * of anybody");
    }
}

#[test]
fn a_record_that_is_gathered_is_of_all_types_unless_the_query_names_them() {
    for (line, expected) in [
        ("GET Patient/amy/$everything", "Read Search on * of amy"),
        ("POST Patient/amy/$summary", "Read Search on * of amy"),
        ("GET Patient/$export", "Read Search on * of anybody"),
        ("GET $export?_type=Observation,Task", "Read Search on Observation Task of anybody"),
        ("GET $export?_type=Observation&_type=Task", "Read Search on Observation Task of anybody"),
        ("GET Patient/amy/$everything?_type=Task&_count=1", "Read Search on Task of amy"),
        // Its body may name others, where nobody sees them.
        ("POST $export?_type=Observation", "Read Search on * of anybody"),
    ] {
        is(line, expected);
    }
    for line in ["GET $export?_type=observation", "GET $export?_type=Task,", "POST $export?_type=*"] {
        assert_eq!(needed(line), None, "{line}");
    }
}

#[test]
fn what_is_no_request_of_fhir_needs_a_no() {
    for line in [
        "OPTIONS Observation",
        "get Observation",
        "PUT ",
        "PUT metadata",
        "GET observation",
        "GET Obs-ervation",
        "POST Observation/1",
        "PUT Observation/$lastn",
        "GET Observation/1/Task",
        "GET Observation/1/*",
        "GET Observation/1/Task/_search",
        "PUT Patient/amy/Observation",
        "POST Patient/amy/Observation",
        "GET Patient/amy/observation",
        "GET Patient/amy/Observation/1",
        "POST Observation/1/_history",
        "GET Observation/1/_history/2/3",
        "GET a/b/c/d/e",
    ] {
        assert_eq!(needed(line), None, "{line}");
    }
    // Neither is what has no good id.
    for line in ["GET Patient/a_b", "PUT Patient/a b", "GET Patient/a_b/Observation", "POST Patient/a_b/$everything"] {
        assert_eq!(needed(line), None, "{line}");
    }
}

/// Whoever sees no bodies can't know what a form asks for, and whoever is told no query knows it of no search.
#[test]
fn a_search_that_is_not_seen_may_bring_anything_along() {
    let included = |seen, method, path| {
        let request = FhirRequest { method, path, query: &[], if_none_exist: None, seen };
        need(&request).unwrap().included
    };
    for (method, path) in [
        ("POST", "Observation/_search"),
        ("POST", "/Observation/%5Fsearch/"),
        ("POST", "_search"),
        ("POST", "Patient/amy/Observation/_search"),
    ] {
        assert_eq!(included(Seen::NoForms, method, path), ["*"], "{path}");
        assert_eq!(included(Seen::NoQuery, method, path), ["*"], "{path}");
        assert!(included(Seen::All, method, path).is_empty(), "{path}");
    }
    for (method, path) in
        [("GET", "Observation"), ("GET", "Observation/_search"), ("POST", "DocumentReference/$docref")]
    {
        assert!(included(Seen::NoForms, method, path).is_empty(), "{path}");
        assert_eq!(included(Seen::NoQuery, method, path), ["*"], "{path}");
    }
    assert!(included(Seen::NoQuery, "GET", "Observation/1").is_empty());
}

/// Whether somebody has a positive test can be asked by `If-None-Exist` as well.
#[test]
fn what_a_conditional_create_searches_by_is_a_search_too() {
    for (condition, included) in [
        ("identifier=1", &[][..]),
        ("_has:Observation:patient:code=x", &["Observation"]),
        ("?_has:Observation:patient:code=x", &["Observation"]),
        ("Patient?_filter=x", &["*"]),
        ("subject.name=x", &["*"]),
    ] {
        let request = FhirRequest {
            method: "POST",
            path: "Task",
            query: &[],
            if_none_exist: Some(condition),
            seen: Seen::NoForms,
        };
        assert_eq!(need(&request).unwrap().included, included, "{condition}");
    }
}

/// A server that is not particular about it would open a record that nobody bounded.
#[test]
fn a_compartment_in_other_letters_is_no_type() {
    for line in ["GET PATIENT/amy", "GET PatienT", "POST PAtient", "GET ENCOUNTER/1", "GET RELATEDPERSON/1/Task"] {
        assert_eq!(needed(line), None, "{line}");
    }
    is("GET OBSERVATION/1", "Read on OBSERVATION");
}

/// The place of the version takes any text, so what is asked here is the path alone.
#[test]
fn a_path_that_two_servers_could_read_in_two_ways_is_nobodys() {
    for segment in
        ["", ".", "..", "%2e", "%2E%2e", "a%2fb", "a%2Fb", "a\\b", "a%5Cb", "a;b", "a%3Bb", "a%25b", "%ff", "a%"]
    {
        let line = format!("GET Observation/1/_history/{segment}/");
        assert_eq!(needed(&line), None, "{line}");
    }
    for line in ["GET //Observation", "GET Observation//", "GET Observation//1", "GET Patient/./amy"] {
        assert_eq!(needed(line), None, "{line}");
    }
}

#[test]
fn a_slash_at_each_end_and_an_escape_change_nothing() {
    for line in ["GET /Patient/amy", "GET Patient/amy/", "GET /Patient/amy/", "GET /Patient/%61my", "GET %50atient/amy"]
    {
        is(line, "Read on Patient of amy");
    }
    is("GET Observation/1/_history/any_thing", "VRead on Observation");
    is("GET Observation/%24lastn", "Read Search on Observation of anybody");
}

#[test]
fn a_search_needs_the_types_that_it_brings_along() {
    for (query, included) in [
        ("code=x&_count=2&name:exact=a", &[][..]),
        ("_revinclude=Provenance:target", &["Provenance"]),
        ("_revinclude:iterate=Provenance:target", &["Provenance"]),
        ("_revinclude=*", &["*"]),
        ("_include=Encounter:subject:Patient", &["Patient"]),
        ("_include:iterate=Encounter:subject:Patient", &["Patient"]),
        ("_include=Encounter:subject", &["*"]),
        ("_include=*", &["*"]),
        ("_include=Encounter:subject:patient", &["*"]),
        ("_list=42", &["List"]),
        ("_include=A:b:Patient&_revinclude=Task:focus", &["Patient", "Task"]),
    ] {
        assert_eq!(needed(&format!("GET Encounter?{query}")).unwrap().included, included, "{query}");
    }
}

/// Whether Amy's glucose is high can be asked of `Patient?_has:Observation:patient:…`.
#[test]
fn what_a_search_goes_by_tells_as_much_as_what_it_brings() {
    for (query, included) in [
        ("_has:Observation:patient:code=x", &["Observation"][..]),
        ("_has:Observation:patient:_has:AuditEvent:entity:agent=x", &["Observation", "AuditEvent"]),
        ("_has=x", &["*"]),
        ("_has:observation:patient:code=x", &["*"]),
        ("_filter=name eq x", &["*"]),
        ("_query=current-high-risk", &["*"]),
        ("subject:Patient.name=x", &["Patient"]),
        ("subject.name=x", &["*"]),
        ("subject:Patient.organization.name=x", &["Patient", "*"]),
        ("subject:Patient.organization:Organization.name:exact=x", &["Patient", "Organization"]),
    ] {
        assert_eq!(needed(&format!("GET Encounter?{query}")).unwrap().included, included, "{query}");
    }
}
