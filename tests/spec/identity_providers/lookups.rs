//! A claim says who somebody is at the FHIR server; the FHIR server says whether there is such a person, and in use.

use super::*;

async fn staff(provider: &Provider) -> TestServer {
    server_with(provider, PUBLIC).await
}

fn as_hannah() -> Value {
    json!({ "sub": "s", "name": "Hannah", "fhirUser": "Practitioner/hannah-patel" })
}

const HANNAH: &str = "/Practitioner/hannah-patel";

#[tokio::test]
async fn somebody_whom_the_fhir_server_does_not_have_is_unknown() {
    let provider = Provider::start().await;
    let server = staff(&provider).await;
    for reference in ["Practitioner/nobody", "Patient/nobody", "RelatedPerson/nobody", "Person/nobody"] {
        let page = is_refused(&server, &provider, json!({ "sub": "s", "fhirUser": reference })).await;
        assert_eq!(page.answer.status, 403, "{reference}");
        assert!(page.answer.body.contains("not known here"), "{reference}");
    }
    let url = format!("{}/Practitioner/nobody", server.fhir.url);
    assert_eq!(is_refused(&server, &provider, json!({ "sub": "s", "fhirUser": url })).await.answer.status, 403);
}

#[tokio::test]
async fn so_is_one_that_a_pattern_makes() {
    let provider = Provider::start().await;
    let lines = "token_endpoint_auth_method = \"none\"\nfhir_user_pattern = \"Practitioner/{employee}\"";
    let server = server_with(&provider, lines).await;
    let page = is_refused(&server, &provider, json!({ "sub": "s", "employee": "nobody" })).await;
    assert_eq!(page.answer.status, 403);
    assert!(
        ends_with(&server, &provider, json!({ "sub": "s", "employee": "hannah-patel" })).await.page().asks("patient")
    );
}

/// What is gone, out of use or somebody else's signs nobody in; what gives no answer is an outage.
#[tokio::test]
async fn what_the_fhir_server_says_of_them_decides() {
    let provider = Provider::start().await;
    let server = staff(&provider).await;
    let hannah = |change: Value| {
        let mut resource = json!({ "resourceType": "Practitioner", "id": "hannah-patel" });
        for (name, value) in change.as_object().expect("members") {
            resource[name] = value.clone();
        }
        resource.to_string()
    };
    for (status, body, shown) in [
        (404, String::new(), 403),
        (410, String::new(), 403),
        (200, hannah(json!({ "active": false })), 403),
        (200, hannah(json!({ "id": "somebody-else" })), 403),
        (200, hannah(json!({ "resourceType": "Patient" })), 403),
        (200, json!({ "resourceType": "OperationOutcome" }).to_string(), 403),
        (500, String::new(), 502),
        (503, String::new(), 502),
        (401, String::new(), 502),
        (403, String::new(), 502),
        (200, "<html>".to_owned(), 502),
    ] {
        server.fhir.answers_at(HANNAH, status, body.clone());
        let page = is_refused(&server, &provider, as_hannah()).await;
        assert_eq!(page.answer.status, shown, "{status} {body}");
    }
    for good in [json!({}), json!({ "active": true })] {
        server.fhir.answers_at(HANNAH, 200, hannah(good));
        assert!(ends_with(&server, &provider, as_hannah()).await.page().asks("patient"));
    }
    server.fhir.breaks();
    assert_eq!(is_refused(&server, &provider, as_hannah()).await.answer.status, 502);
}

#[tokio::test]
async fn a_person_is_active_too_and_a_patient_may_have_died() {
    let provider = Provider::start().await;
    let server = staff(&provider).await;
    let person = |active: bool| json!({ "resourceType": "Person", "id": "p", "active": active }).to_string();
    server.fhir.answers_at("/Person/p", 200, person(false));
    let claims = json!({ "sub": "s", "fhirUser": "Person/p" });
    assert_eq!(is_refused(&server, &provider, claims).await.answer.status, 403);
    let amy_shaw = json!({ "resourceType": "Patient", "id": "amy-shaw", "deceasedBoolean": true }).to_string();
    server.fhir.answers_at("/Patient/amy-shaw", 200, amy_shaw);
    assert!(ends_with(&server, &provider, amy()).await.page().asks("decision"));
}

/// A token that opens nothing more than this needs.
#[tokio::test]
async fn they_are_read_with_a_token_for_their_type_alone() {
    let provider = Provider::start().await;
    let server = staff(&provider).await;
    ends_with(&server, &provider, as_hannah()).await;
    assert_eq!(server.fhir.paths()[0], HANNAH);
    let asked = server.fhir.tokens();
    assert_eq!(kit::app::claims(&asked[0])["scope"], "system/Practitioner.r");
}

#[tokio::test]
async fn each_patient_that_somebody_acts_for_must_be_there() {
    let provider = Provider::start().await;
    let server = server_with(&provider, &format!("{PUBLIC}\npatients_claim = \"wards\"")).await;
    let acts_for = |wards: Value| json!({ "sub": "s", "fhirUser": "RelatedPerson/rosa-rivera", "wards": wards });
    let both = acts_for(json!(["mia-rivera", "amy-shaw", "mia-rivera"]));
    assert!(ends_with(&server, &provider, both).await.page().asks("patient"));
    let asked = server.fhir.paths();
    let reads = |path: &str| asked.iter().filter(|asked| *asked == path).count();
    assert_eq!((reads("/RelatedPerson/rosa-rivera"), reads("/Patient/amy-shaw")), (1, 1));
    for wards in [json!(["mia-rivera", "nobody"]), json!("nobody")] {
        assert_eq!(is_refused(&server, &provider, acts_for(wards)).await.answer.status, 403);
    }
    let merged = json!({ "resourceType": "Patient", "id": "amy-shaw", "active": false }).to_string();
    server.fhir.answers_at("/Patient/amy-shaw", 200, merged);
    let page = is_refused(&server, &provider, acts_for(json!(["mia-rivera", "amy-shaw"]))).await;
    assert_eq!(page.answer.status, 403);
    server.fhir.answers_at("/Patient/amy-shaw", 500, "");
    let page = is_refused(&server, &provider, acts_for(json!(["mia-rivera", "amy-shaw"]))).await;
    assert_eq!(page.answer.status, 502);
}
