//! What an EHR hands over (LC-1 to LC-12, LCTX-4 to LCTX-6).

use crate::given::{FHIR, NOW, ParseSet, tenant};
use rules::{
    grant::GrantId,
    launch::{Launch, LaunchContext},
    secret::SecretHash,
};
use serde_json::{Value, json};

pub fn launch() -> Launch {
    Launch {
        tenant: tenant().id,
        handle: SecretHash::of("handle"),
        ehr: "ehr".into(),
        fhir_server: Some(FHIR.into()),
        context: LaunchContext::default(),
        client_id: None,
        user: None,
        begin_until: NOW.plus(300),
        expires_at: NOW.plus(1200),
        used: false,
        answered: None,
        vouched: None,
    }
}

/// LCTX-4, LCTX-5.
#[test]
fn a_launch_is_for_its_own_app_once_and_until_its_last_second() {
    let bound = |client_id: &str| Launch { client_id: Some(client_id.into()), ..launch() };
    for (launch, later, to_begin, to_finish) in [
        (launch(), 299, None, None),
        (launch(), 300, Some("has expired"), None),
        (bound("app"), 0, None, None),
        (bound("other"), 0, Some("belongs to another app"), Some("belongs to another app")),
        (Launch { used: true, ..launch() }, 0, Some("was used before"), Some("was used before")),
    ] {
        assert_eq!(launch.refusal_to_begin("app", FHIR, NOW.plus(later)), to_begin, "{launch:?}");
        assert_eq!(launch.refusal("app"), to_finish, "{launch:?}");
    }
}

fn parsed(members: Value) -> Result<LaunchContext, String> {
    let Value::Object(members) = members else { panic!("an object") };
    LaunchContext::parse(members)
}

fn refused(members: Value) -> String {
    parsed(members).unwrap_err()
}

/// LC-1, LC-2, LC-10, LC-11, LCTX-9.
#[test]
fn every_member_that_smart_defines_comes_back_as_it_was_given() {
    let members = json!({
        "patient": "123",
        "encounter": "456",
        "fhirContext": [{ "reference": "ImagingStudy/1", "type": "ImagingStudy", "role": "https://x.example/role" }],
        "need_patient_banner": false,
        "intent": "reconcile-medications",
        "smart_style_url": "https://ehr.example/style.json",
        "tenant": "org-1",
        "appContext": { "any": [1, null] },
        "__own": 1,
        "https://ehr.example/member": true,
    });
    let context = parsed(members.clone()).unwrap();
    assert_eq!(serde_json::to_value(&context).unwrap(), members);
    assert_eq!(serde_json::from_value::<LaunchContext>(members).unwrap(), context, "as it is kept");
}

/// LC-2: other servers give these too.
#[test]
fn a_patient_and_an_encounter_become_bare_ids() {
    let context = parsed(json!({ "patient": "Patient/123", "encounter": "Encounter/456" })).unwrap();
    assert_eq!((context.patient.as_deref(), context.encounter.as_deref()), (Some("123"), Some("456")));
    for (name, value, why) in [
        ("patient", json!("Encounter/1"), "patient must be the id of a Patient"),
        ("patient", json!("https://fhir.example/Patient/1"), "patient must be the id of a Patient"),
        ("patient", json!(""), "patient must be a text that is not empty"),
        ("patient", json!(123), "patient must be a text that is not empty"),
        ("encounter", json!("Patient/1"), "encounter must be the id of a Encounter"),
    ] {
        assert_eq!(refused(json!({ name: value })), why);
    }
}

/// LC-10, LC-11, LCTX-6.
#[test]
fn a_member_of_another_type_or_of_the_protocol_or_of_nobody_is_refused_by_name() {
    for (name, value, why) in [
        ("need_patient_banner", json!("yes"), "need_patient_banner must be true or false"),
        ("intent", json!(""), "intent must be a text that is not empty"),
        ("intent", json!(1), "intent must be a text that is not empty"),
        ("tenant", json!(null), "tenant must be a text that is not empty"),
        ("smart_style_url", json!("/style.json"), "smart_style_url must be an absolute http(s) URL"),
        ("smart_style_url", json!("data:text/css,x"), "smart_style_url must be an absolute http(s) URL"),
        ("fhirContext", json!({}), "fhirContext must be an array of objects"),
        ("own", json!(1), "own is no launch context that SMART App Launch defines"),
        ("_own", json!(1), "_own is no launch context that SMART App Launch defines"),
    ] {
        assert_eq!(refused(json!({ name: value })), why);
    }
    for name in [
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "id_token",
        "scope",
        "authorization_details",
        "error",
        "error_description",
    ] {
        let why = format!("{name} belongs to the token response and can't be launch context");
        assert_eq!(refused(json!({ name: "x" })), why);
    }
    for good in ["http://ehr.example/style.json", "https://ehr.example/style.json"] {
        assert!(parsed(json!({ "smart_style_url": good })).is_ok());
    }
}

/// LC-4 to LC-7.
#[test]
fn each_item_of_fhir_context_is_judged() {
    const ROLE: Option<&str> = Some("role must be `launch` or an absolute URI");
    const TYPE: Option<&str> = Some("type must be a resource type");
    const REFERENCE: Option<&str> = Some("reference must be relative, as in `ImagingStudy/123`");
    const MAIN: Option<&str> =
        Some("a Patient or Encounter needs a role other than `launch`; use patient and encounter instead");
    const CANONICAL: Option<&str> = Some("canonical must be a URL");
    const IDENTIFIER: Option<&str> = Some("identifier must be an object");
    const NOTHING: Option<&str> = Some("each item needs a reference, a canonical or an identifier");
    for (item, why) in [
        (json!({ "reference": "ImagingStudy/1" }), None),
        (json!({ "reference": "ImagingStudy/1", "role": "launch" }), None),
        (json!({ "reference": "ImagingStudy/1", "role": "https://x.example/role", "type": "ImagingStudy" }), None),
        (json!({ "canonical": "https://x.example/Questionnaire/1" }), None),
        (json!({ "identifier": { "value": "1" } }), None),
        (json!({ "identifier": { "value": "1" }, "type": "Task", "other": 1 }), None),
        (json!({ "reference": "Patient/1", "role": "https://x.example/donor" }), None),
        (json!({ "reference": "ImagingStudy/1", "role": "nurse" }), ROLE),
        (json!({ "reference": "ImagingStudy/1", "role": 1 }), ROLE),
        (json!({ "reference": "ImagingStudy/1", "type": "imaging study" }), TYPE),
        (json!({ "reference": "ImagingStudy/1", "type": 1 }), TYPE),
        (json!({ "reference": "https://fhir.example/ImagingStudy/1" }), REFERENCE),
        (json!({ "reference": "ImagingStudy" }), REFERENCE),
        (json!({ "reference": 1 }), REFERENCE),
        (json!({ "reference": "Patient/1" }), MAIN),
        (json!({ "reference": "Patient/1", "role": "launch" }), MAIN),
        (json!({ "reference": "Encounter/1" }), MAIN),
        (json!({ "canonical": "Questionnaire/1" }), CANONICAL),
        (json!({ "canonical": 1 }), CANONICAL),
        (json!({ "identifier": "1" }), IDENTIFIER),
        (json!({ "type": "Task" }), NOTHING),
        (json!({}), NOTHING),
    ] {
        let judged = parsed(json!({ "fhirContext": [{ "reference": "Task/1" }, item] })).err();
        assert_eq!(judged, why.map(|why| format!("fhirContext: {why}")), "{item}");
    }
    assert_eq!(refused(json!({ "fhirContext": ["Task/1"] })), "each item of fhirContext must be an object");
}

/// It is kept inside items of the table, and read again from there.
#[test]
fn a_context_is_at_most_32_levels_deep_and_64_kilobytes_long() {
    let arrays = |levels: usize| (1..levels).fold(json!([]), |inner, _| json!([1, [], inner]));
    let objects = |levels: usize| (1..levels).fold(json!({}), |inner, _| json!({ "a": 1, "b": inner, "c": {} }));
    for nested in [&arrays as &dyn Fn(usize) -> Value, &objects] {
        assert!(parsed(json!({ "appContext": nested(31) })).is_ok());
        let why = refused(json!({ "appContext": nested(32) }));
        assert_eq!(why, "the launch context is nested more than 32 levels deep");
    }
    let around = r#"{"appContext":""}"#.len();
    let long = |bytes: usize| json!({ "appContext": "x".repeat(bytes - around) });
    assert!(parsed(long(64 * 1024)).is_ok());
    assert_eq!(refused(long(64 * 1024 + 1)), "the launch context is larger than 64 kB");
}

/// LC-8, LC-12: a role that nobody knows still gets context of its type.
#[test]
fn a_launch_scope_is_answered_by_context_of_its_type() {
    let answers = |context: &LaunchContext, scope: &str| {
        let scope = scope.parse_set();
        let asked = scope.iter().next().unwrap().as_launch().unwrap();
        context.answers(asked)
    };
    let nothing = parsed(json!({})).unwrap();
    let all = parsed(json!({
        "patient": "1", "encounter": "2",
        "fhirContext": [{ "reference": "ImagingStudy/1" }, { "identifier": {}, "type": "Task" }],
    }));
    let all = all.unwrap();
    for (scope, empty_too) in [
        ("launch", true),
        ("launch/patient", false),
        ("launch/encounter", false),
        ("launch/imagingstudy", false),
        ("launch/imagingstudy?role=urn:x", false),
        ("launch/task", false),
    ] {
        assert!(answers(&all, scope), "{scope}");
        assert_eq!(answers(&nothing, scope), empty_too, "{scope}");
    }
    assert!(!answers(&all, "launch/practitioner"));
    // Another role is not the patient in context (LC-6).
    assert!(!answers(&all, "launch/patient?role=urn:donor"));
    let other = parsed(json!({ "fhirContext": [{ "reference": "Patient/1", "role": "urn:donor" }] })).unwrap();
    assert!(answers(&other, "launch/patient?role=urn:donor") && !answers(&other, "launch/patient"));
    let patient = LaunchContext { patient: Some("1".into()), ..LaunchContext::default() };
    assert!(answers(&patient, "launch/patient") && !answers(&patient, "launch/encounter"));
}

/// An EHR that knows a visit or a study knows whose it is.
#[test]
fn what_is_always_a_patients_is_no_context_without_the_patient() {
    let item = |item: Value| json!({ "fhirContext": [{ "reference": "Location/1" }, item] });
    for (context, what) in [
        (json!({ "encounter": "1" }), "an encounter"),
        (json!({ "encounter": "1", "fhirContext": [{ "reference": "ImagingStudy/1" }] }), "an encounter"),
        (item(json!({ "reference": "ImagingStudy/1" })), "ImagingStudy/1"),
        (item(json!({ "reference": "DiagnosticReport/1" })), "DiagnosticReport/1"),
        (item(json!({ "reference": "CarePlan/1", "role": "https://ehr.example/prior" })), "CarePlan/1"),
        (item(json!({ "reference": "Encounter/1", "role": "https://ehr.example/prior" })), "Encounter/1"),
        (item(json!({ "reference": "Patient/1", "role": "https://ehr.example/mother" })), "Patient/1"),
        (item(json!({ "identifier": { "value": "1" }, "type": "ServiceRequest" })), "a ServiceRequest"),
        (item(json!({ "reference": "Location/1", "type": "ImagingStudy" })), "Location/1"),
    ] {
        let bare = parsed(context.clone()).unwrap();
        assert_eq!(bare.lacks_the_patient_of().as_deref(), Some(what));
        assert_eq!(bare.allows_no_pick_beside().as_deref(), Some(what));
        let mut whole = context;
        whole["patient"] = json!("1");
        let whole = parsed(whole).unwrap();
        assert_eq!((whole.lacks_the_patient_of(), whole.allows_no_pick_beside()), (None, None));
    }
}

#[test]
fn beside_what_may_be_a_patients_no_patient_is_picked() {
    for (item, beside) in [
        (json!({ "reference": "Task/1" }), Some("Task/1")),
        (json!({ "reference": "List/1", "role": "https://ehr.example/worklist" }), Some("List/1")),
        (json!({ "reference": "Device/1" }), Some("Device/1")),
        (json!({ "identifier": { "value": "1" } }), Some("a resource")),
        (json!({ "reference": "OfAVersionToCome/1" }), Some("OfAVersionToCome/1")),
        (json!({ "reference": "Location/1" }), None),
        (json!({ "reference": "PractitionerRole/1", "type": "PractitionerRole" }), None),
        (json!({ "canonical": "http://codes.example/Questionnaire/phq-9", "type": "Questionnaire" }), None),
        (json!({ "canonical": "http://codes.example/PlanDefinition/1" }), None),
    ] {
        let context = parsed(json!({ "fhirContext": [item] })).unwrap();
        assert_eq!(context.lacks_the_patient_of(), None, "it may be launched");
        assert_eq!(context.allows_no_pick_beside().as_deref(), beside);
    }
    // A launch that was kept before an encounter needed its patient.
    let kept: LaunchContext = serde_json::from_value(json!({ "encounter": "1" })).unwrap();
    assert_eq!(kept.allows_no_pick_beside().as_deref(), Some("an encounter"));
}

/// CIMD-20.
#[test]
fn an_app_that_nobody_registered_begins_with_a_launch_that_names_it_alone() {
    let app = "https://agent.example/client";
    for (named, refused) in [(None, true), (Some("app"), true), (Some(app), false)] {
        let launch = Launch { client_id: named.map(str::to_owned), ..launch() };
        assert_eq!(launch.refusal_to_begin_unregistered(app).is_some(), refused, "{named:?}");
    }
}

/// What was answered at once can be answered again; for the same request, with the same grant.
#[test]
fn a_used_launch_remembers_the_grant_of_the_request_that_was_answered_at_once() {
    let (grant, request, other) = (GrantId("grant".into()), SecretHash::of("request"), SecretHash::of("other"));
    let answered = launch().used_for(Some(request.clone()), &grant);
    assert!(answered.used);
    assert_eq!((answered.answer_to(&request), answered.answer_to(&other)), (Some(&grant), None));
    let by_pages = launch().used_for(None, &grant);
    assert!(by_pages.used && by_pages.answer_to(&request).is_none());
}
