//! Method × path × scope: what is let through, and by which level of scopes.

use rules::{
    enforcement::{Bearer, FhirRequest, Seen, levels, need},
    scope::ScopeSet,
};

/// Scopes, a method with its path, and the levels that allow it: `p`, `u`, `s`. The patient in context is `amy`.
const TABLE: &[(&str, &str, &str)] = &[
    // read, vread, history of an instance: r
    ("patient/Observation.r", "GET /Observation/1", "p"),
    ("patient/Observation.r", "HEAD /Observation/1", "p"),
    ("patient/Observation.r", "GET /Observation/1/_history/2", "p"),
    ("patient/Observation.r", "GET /Observation/1/_history", "p"),
    ("patient/Observation.s", "GET /Observation/1", ""),
    ("patient/Condition.r", "GET /Observation/1", ""),
    ("user/*.read", "GET /Observation/1", "u"),
    ("system/*.rs", "GET /Observation/1", "s"),
    ("patient/*.rs user/*.rs system/*.rs", "GET /Observation/1", "pus"),
    // search, by GET and POST, and history of a type: s
    ("patient/Observation.s", "GET /Observation", "p"),
    ("patient/Observation.s", "GET /Observation?code=1", "p"),
    ("patient/Observation.s", "POST /Observation/_search", ""),
    ("patient/Observation.s patient/*.r", "POST /Observation/_search", "p"),
    ("patient/Observation.s", "GET /Observation/_history", "p"),
    ("patient/Observation.r", "GET /Observation", ""),
    ("patient/Observation.r", "POST /Observation/_search", ""),
    ("patient/Observation.read", "POST /Observation/_search", ""),
    ("patient/*.read", "POST /Observation/_search", "p"),
    // create, update, patch, delete
    ("user/Task.c", "POST /Task", "u"),
    ("user/Task.ruds", "POST /Task", ""),
    ("user/Task.u", "PUT /Task/1", "u"),
    ("user/Task.u", "PATCH /Task/1", "u"),
    ("user/Task.crds", "PUT /Task/1", ""),
    ("user/Task.crds", "PATCH /Task/1", ""),
    ("user/Task.d", "DELETE /Task/1", "u"),
    ("user/Task.crus", "DELETE /Task/1", ""),
    ("user/Task.write", "PUT /Task/1", "u"),
    ("user/Task.read", "DELETE /Task/1", ""),
    // conditional: the server searches as well
    ("user/Task.cu", "PUT /Task?identifier=1", ""),
    ("user/Task.cus", "PUT /Task?identifier=1", "u"),
    ("user/Task.ds", "DELETE /Task?identifier=1", "u"),
    ("patient/Task.ds", "DELETE /Task?identifier=1", ""),
    ("user/Task.us", "PATCH /Task?identifier=1", "u"),
    // the whole system
    ("user/Observation.rs", "GET /", ""),
    ("user/*.rs", "GET /?_type=Observation", "u"),
    ("user/*.rs", "GET /_history", "u"),
    ("user/*.rs", "POST /_search", "u"),
    ("user/Observation.rs", "GET /_history", ""),
    // a batch holds anything, of anybody
    ("system/*.cruds", "POST /", "s"),
    ("user/*.cruds", "POST ", "u"),
    ("patient/*.cruds", "POST /", ""),
    ("system/*.rs", "POST /", ""),
    ("system/Patient.cruds system/Observation.cruds", "POST /", ""),
    // the patient's own record, as far as the path tells
    ("patient/Patient.r", "GET /Patient/amy", "p"),
    ("patient/Patient.r", "GET /Patient/wei", ""),
    ("patient/Patient.r", "GET /Patient/wei/_history/1", ""),
    ("patient/Patient.r user/Patient.r", "GET /Patient/wei", "u"),
    ("patient/Patient.cruds", "PUT /Patient/wei", ""),
    ("patient/Patient.cruds", "PUT /Patient/amy", "p"),
    ("patient/Patient.cruds", "DELETE /Patient/wei", ""),
    ("patient/Patient.cruds", "POST /Patient", ""),
    ("user/Patient.c", "POST /Patient", "u"),
    ("patient/*.rs", "GET /Patient/amy/Observation", "p"),
    ("patient/*.rs", "GET /Patient/wei/Observation", ""),
    ("patient/*.rs", "POST /Patient/wei/Observation/_search", ""),
    ("patient/Condition.rs", "GET /Patient/amy/Observation", ""),
    ("patient/Condition.rs", "GET /Patient/amy/*", ""),
    ("patient/*.rs", "GET /Patient/amy/*", "p"),
    ("user/*.rs", "GET /Encounter/1/Observation", "u"),
    ("patient/*.rs", "GET /Observation?patient=amy", "p"),
    ("patient/*.rs", "GET /Observation?patient=Patient/amy", "p"),
    ("patient/*.rs", "GET /Observation?subject=https://fhir.example/Patient/amy", "p"),
    ("patient/*.rs", "GET /Observation?patient=wei", ""),
    ("patient/*.rs", "GET /Observation?patient=amy,wei", ""),
    ("patient/*.rs", "GET /Observation?subject:Patient=wei", ""),
    ("patient/*.rs", "GET /Observation?subject=Group/1", "p"),
    ("patient/*.rs", "GET /Patient?_id=wei", ""),
    ("patient/*.rs", "GET /Patient?_id=amy", "p"),
    ("patient/*.rs user/*.rs", "GET /Observation?patient=wei", "u"),
    // what a search brings along
    ("patient/Encounter.rs", "GET /Encounter?_include=Encounter:subject:Patient", ""),
    ("patient/Encounter.rs patient/Patient.r", "GET /Encounter?_include=Encounter:subject:Patient", "p"),
    ("patient/Encounter.rs patient/Patient.r", "GET /Encounter?_include=Encounter:subject", ""),
    ("patient/Encounter.rs", "GET /Encounter?_revinclude=Provenance:target", ""),
    ("patient/Encounter.rs patient/Provenance.r", "GET /Encounter?_revinclude:iterate=Provenance:target", "p"),
    // what a search goes by tells as much
    ("patient/Patient.rs", "GET /Patient?_has:Observation:patient:code=1", ""),
    ("patient/Patient.rs patient/Observation.rs", "GET /Patient?_has:Observation:patient:code=1", "p"),
    ("user/Patient.rs user/Observation.rs", "GET /Patient?_has:Observation:patient:_has:AuditEvent:entity:agent=1", ""),
    ("user/*.rs", "GET /Patient?_has:Observation:patient:_has:AuditEvent:entity:agent=1", "u"),
    ("user/Patient.rs", "GET /Patient?_has=Observation", ""),
    ("user/Observation.rs", "GET /Observation?subject:Patient.name=peter", ""),
    ("user/Observation.rs user/Patient.r", "GET /Observation?subject:Patient.name=peter", "u"),
    ("user/Observation.rs user/Patient.r", "GET /Observation?subject.name=peter", ""),
    ("user/*.rs", "GET /Observation?subject.organization.name=acme", "u"),
    ("user/Patient.rs", "GET /Patient?_filter=name%20eq%20peter", ""),
    ("user/Patient.rs", "GET /Patient?_query=everybody", ""),
    ("user/*.rs", "GET /Patient?_query=everybody", "u"),
    ("user/Patient.rs", "GET /Patient?_list=42", ""),
    ("user/Patient.rs user/List.r", "GET /Patient?_list=42", "u"),
    ("user/Patient.rs", "GET /Patient?%5Fhas%3AObservation%3Apatient%3Acode=1", ""),
    ("patient/Encounter.rs", "HEAD /Encounter?_include=Encounter:subject:Patient", ""),
    // operations: those that are known to read, those that gather, and all others
    ("user/Observation.rs", "GET /Observation/$lastn?category=vital-signs", "u"),
    ("user/Observation.r", "GET /Observation/$lastn", ""),
    ("user/DocumentReference.rs", "POST /DocumentReference/$docref", "u"),
    ("patient/*.rs", "GET /Patient/amy/$everything", "p"),
    ("patient/*.rs", "GET /Patient/wei/$everything", ""),
    ("patient/Observation.rs", "GET /Patient/amy/$everything", ""),
    ("patient/Observation.rs", "GET /Patient/amy/$everything?_type=Observation", "p"),
    ("patient/Observation.rs", "GET /Patient/amy/$everything?_type=Observation,Condition", ""),
    ("patient/Observation.rs", "POST /Patient/amy/$everything?_type=Observation", ""),
    ("system/*.rs", "GET /$export", "s"),
    ("system/*.rs", "GET /Group/1/$export", "s"),
    ("system/Patient.rs", "GET /$export", ""),
    ("system/Patient.rs", "GET /Patient/$export?_type=Patient", "s"),
    ("patient/*.rs", "GET /$export", ""),
    ("system/*.rs", "POST /$convert-anything", ""),
    ("system/*.cruds", "POST /$convert-anything", "s"),
    ("user/Task.cruds", "POST /Task/1/$close", ""),
    ("user/*.cruds", "POST /Task/1/$close", "u"),
    ("system/*.cruds", "POST /Task/1/$close", "s"),
    ("patient/Task.cruds", "POST /Task/1/$close", ""),
    ("patient/Patient.cruds", "GET /Patient/amy/$graphql?query={Patient{id}}", ""),
    ("patient/*.cruds", "POST /Patient/amy/$graphql", ""),
    ("patient/*.cruds", "POST /Patient/amy/$purge", ""),
    ("user/Patient.cruds", "POST /Patient/amy/$purge", ""),
    ("user/*.cruds system/*.cruds", "POST /Patient/amy/$purge", "us"),
    ("user/*.cuds", "POST /Patient/amy/$purge", ""),
    ("user/Task.rs", "GET /Task/1/$close", ""),
    // finer-grained: only a search says by itself that it keeps to the limit
    ("patient/Observation.rs?category=laboratory", "GET /Observation?category=laboratory", "p"),
    ("patient/Observation.rs?category=laboratory", "GET /Observation?category=laboratory&code=1", "p"),
    ("patient/Observation.rs?category=laboratory", "GET /Observation?category=laboratory,vital-signs", ""),
    ("patient/Observation.rs?category=laboratory", "GET /Observation?category:not=laboratory", ""),
    ("patient/Observation.rs?category=laboratory", "GET /Observation", ""),
    ("patient/Observation.rs?category=laboratory", "GET /Observation/1", ""),
    ("patient/Observation.rs?category=laboratory", "POST /Observation/_search", ""),
    ("patient/Observation.rs?category=laboratory patient/Observation.r", "GET /Observation/1", "p"),
    // whoever has a good token
    ("openid", "GET /metadata", "pus"),
    ("openid", "GET /Patient/amy", ""),
    ("launch/patient openid fhirUser", "GET /Patient", ""),
    // a slash at the end, letters that need not be escaped
    ("patient/Patient.r", "GET /Patient/amy/", "p"),
    ("patient/Patient.r", "GET /Patient/%61my", "p"),
    ("patient/Patient.r", "GET /Patient/%77ei", ""),
    ("patient/Observation.s", "HEAD /Observation", "p"),
    ("patient/Observation.s", "POST /Patient/amy/Observation/_search", ""),
    ("patient/Observation.s patient/*.r", "POST /Patient/amy/Observation/_search", "p"),
    ("patient/Observation.r", "GET /Patient/amy/Observation", ""),
    // v1 beside v2, and letters that are none
    ("patient/Observation.read", "GET /Observation/1", "p"),
    ("patient/Observation.write", "GET /Observation/1", ""),
    ("user/Observation.write", "POST /Observation", "u"),
    ("user/*.*", "DELETE /Observation/1", "u"),
    ("patient/Observation.read patient/Observation.c", "POST /Observation", "p"),
    ("patient/observation.rs", "GET /Observation/1", ""),
    ("Patient/Observation.rs", "GET /Observation/1", ""),
    ("patient/Observation.RS", "GET /Observation/1", ""),
    ("patient/Observation.sr", "GET /Observation/1", ""),
    ("", "GET /Observation/1", ""),
    // nothing of FHIR's
    ("system/*.cruds", "GET //Patient", ""),
    ("system/*.cruds", "GET /Patient/../Observation/1", ""),
    ("system/*.cruds", "GET /Patient/%2e%2e/Observation", ""),
    ("system/*.cruds", "GET /Patient%2Famy", ""),
    ("system/*.cruds", "GET /Patient/amy%2FObservation", ""),
    ("system/*.cruds", "GET /patient/amy", ""),
    ("system/*.cruds", "POST /Patient/amy", ""),
    ("system/*.cruds", "TRACE /Patient/amy", ""),
    ("system/*.cruds", "OPTIONS /Patient/amy", ""),
    ("system/*.cruds", "CONNECT /", ""),
    ("system/*.cruds", "get /Patient/amy", ""),
    ("system/*.cruds", "PROPFIND /Patient", ""),
    ("system/*.cruds", " /Patient", ""),
    ("system/*.cruds", "GET /PATIENT/amy", ""),
    ("system/*.cruds", "GET /Patient//amy", ""),
    ("system/*.cruds", "GET /Patient/amy//", ""),
    ("system/*.cruds", "GET /Patient/./amy", ""),
    ("system/*.cruds", "GET /Patient/..%2FObservation/1", ""),
    ("system/*.cruds", "GET /Patient/%252e%252e/Observation", ""),
    ("system/*.cruds", "GET /Patient/amy%5C..", ""),
    ("system/*.cruds", "GET /Patient/amy;v=1", ""),
    ("system/*.cruds", "GET /Patient/amy%00", ""),
    ("system/*.cruds", "GET /Patient/amy%0A", ""),
    ("system/*.cruds", "GET /Patient/amy%3F_include", ""),
    ("system/*.cruds", "GET /Patient/%FF", ""),
    ("system/*.cruds", "GET /Patient/amy/_HISTORY", ""),
    ("system/*.cruds", "PUT /Patient/amy/_history/1", ""),
    ("system/*.cruds", "DELETE /Patient/amy/_history", ""),
    ("system/*.cruds", "PUT /", ""),
    ("system/*.cruds", "DELETE /", ""),
    ("system/*.cruds", "PATCH /", ""),
    ("system/*.cruds", "PUT /Patient/_search", ""),
    ("system/*.cruds", "PUT /Patient/$merge", ""),
    ("system/*.cruds", "GET /Patient/amy/Observation/1", ""),
    ("system/*.cruds", "GET /Observation/1/Patient", ""),
];

fn let_through(scope: &str, asked: &str) -> String {
    let (method, target) = asked.split_once(' ').expect("METHOD /path");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let query: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let request = FhirRequest { method, path, query: &query, if_none_exist: None, seen: Seen::NoForms };
    let scope = ScopeSet::parse(scope).set;
    let bearer = Bearer { scope: &scope, patient: Some("amy"), is_user: true };
    let Some(need) = need(&request) else { return String::new() };
    levels(&bearer, &need, &request).iter().map(|level| &level.as_str()[..1]).collect()
}

#[test]
fn every_line_of_the_table_holds() {
    let wrong: Vec<String> = TABLE
        .iter()
        .filter(|(scope, asked, expected)| let_through(scope, asked) != *expected)
        .map(|(scope, asked, expected)| format!("{scope} | {asked}: {:?}, not {expected:?}", let_through(scope, asked)))
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_level_without_its_subject_allows_nothing() {
    let scope = ScopeSet::parse("patient/*.cruds user/*.cruds").set;
    let request =
        FhirRequest { method: "GET", path: "/Observation/1", query: &[], if_none_exist: None, seen: Seen::All };
    let need = need(&request).expect("a FHIR request");
    let of = |patient, is_user| levels(&Bearer { scope: &scope, patient, is_user }, &need, &request).len();
    assert_eq!((of(None, false), of(Some("amy"), false), of(None, true)), (0, 1, 1));
}

#[test]
fn a_conditional_create_searches_first() {
    let request =
        FhirRequest { method: "POST", path: "/Task", query: &[], if_none_exist: Some("identifier=1"), seen: Seen::All };
    let need = need(&request).expect("a FHIR request");
    for (scope, allowed) in [("user/Task.c", 0), ("user/Task.cs", 1)] {
        let scope = ScopeSet::parse(scope).set;
        let bearer = Bearer { scope: &scope, patient: None, is_user: true };
        assert_eq!(levels(&bearer, &need, &request).len(), allowed);
    }
}

/// What it searches by is judged as the query of a search is.
#[test]
fn a_conditional_create_asks_about_the_patient_in_context_alone() {
    for (condition, allowed) in [("patient=amy", 1), ("patient=wei", 0), ("Task?subject=Patient/wei", 0)] {
        let request = FhirRequest {
            method: "POST",
            path: "/Task",
            query: &[],
            if_none_exist: Some(condition),
            seen: Seen::NoForms,
        };
        let scope = ScopeSet::parse("patient/Task.cs").set;
        let bearer = Bearer { scope: &scope, patient: Some("amy"), is_user: true };
        let need = need(&request).expect("a FHIR request");
        assert_eq!(levels(&bearer, &need, &request).len(), allowed, "{condition}");
    }
}
