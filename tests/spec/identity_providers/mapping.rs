//! From the provider's claims to the person at the FHIR server.

use super::*;

/// Of Amy Shaw in the sample data.
const MRN: (&str, &str) = ("http://riverside.example/mrn", "MRN-1006");
const STAFF: &str = "token_endpoint_auth_method = \"none\"\nuser_types = [\"Practitioner\"]";

fn pattern(pattern: &str) -> String {
    format!("{STAFF}\nfhir_user_pattern = \"{pattern}\"")
}

#[tokio::test]
async fn a_pattern_makes_a_reference_of_a_claim() {
    let provider = Provider::start().await;
    let server = server_with(&provider, &pattern("Practitioner/{employee}")).await;
    let claims = json!({ "sub": "s", "name": "Hannah", "employee": "hannah-patel" });
    let tokens = gets_tokens(&server, &provider, claims).await;
    assert_eq!(tokens.claims("id_token")["fhirUser"], format!("{}/Practitioner/hannah-patel", server.fhir.url));
}

#[tokio::test]
async fn a_claim_that_is_no_id_makes_nobody() {
    let provider = Provider::start().await;
    let server = server_with(&provider, &pattern("Practitioner/{employee}")).await;
    for employee in ["../Patient/amy-shaw", "a/b", "a b", "?", ""] {
        let page = is_refused(&server, &provider, json!({ "sub": "s", "employee": employee })).await;
        assert_eq!(page.answer.status, 403, "{employee}");
    }
}

#[tokio::test]
async fn only_the_types_that_a_provider_is_for_may_use_it() {
    let provider = Provider::start().await;
    let server = server_with(&provider, &format!("{STAFF}\nfhir_user_claim = \"fhirUser\"")).await;
    for claims in [amy(), json!({ "sub": "s" })] {
        let page = is_refused(&server, &provider, claims).await;
        assert_eq!(page.answer.status, 403);
        assert!(page.answer.body.contains("not known here"));
    }
    let staff = json!({ "sub": "s", "fhirUser": "Practitioner/hannah-patel" });
    assert!(ends_with(&server, &provider, staff).await.page().asks("patient"));
}

/// The sample patients have medical record numbers.
#[tokio::test]
async fn an_identifier_is_searched_and_must_be_one_persons_alone() {
    let provider = Provider::start().await;
    let (system, value) = MRN;
    let lines = format!(
        "token_endpoint_auth_method = \"none\"\nuser_types = [\"Patient\"]\nfhir_user_identifier = \"{system}|{{mrn}}\""
    );
    let server = server_with(&provider, &lines).await;
    let tokens = gets_tokens(&server, &provider, json!({ "sub": "s", "name": "A", "mrn": value })).await;
    assert_eq!(tokens.0["patient"], "amy-shaw");
    for mrn in ["nobody's", "", &format!("{value},x")] {
        let page = is_refused(&server, &provider, json!({ "sub": "s", "mrn": mrn })).await;
        assert_eq!(page.answer.status, 403, "{mrn}");
    }
    let asked = server.fhir.tokens();
    let claims = kit::app::claims(asked.last().expect("it was asked"));
    assert_eq!(claims["scope"], "system/Patient.rs", "no more than it needs");
}

#[tokio::test]
async fn a_fhir_server_that_is_down_is_not_nobody() {
    let provider = Provider::start().await;
    let (system, value) = MRN;
    let lines = format!(
        "token_endpoint_auth_method = \"none\"\nuser_types = [\"Patient\"]\nfhir_user_identifier = \"{system}|{{mrn}}\""
    );
    let server = server_with(&provider, &lines).await;
    server.fhir.breaks();
    let page = is_refused(&server, &provider, json!({ "sub": "s", "mrn": value })).await;
    assert_eq!(page.answer.status, 502);
}

#[tokio::test]
async fn a_person_acts_for_the_patients_that_the_provider_names() {
    let provider = Provider::start().await;
    let (system, value) = MRN;
    let claim = format!("{PUBLIC}\npatients_claim = \"wards\"");
    let search = format!("{PUBLIC}\npatients_identifier = \"{system}|{{wards}}\"");
    for (lines, wards) in [(claim, json!(["amy-shaw"])), (search, json!([value]))] {
        let server = server_with(&provider, &lines).await;
        let claims = json!({ "sub": "s", "name": "R", "fhirUser": "RelatedPerson/rosa-rivera", "wards": wards });
        let tokens = gets_tokens(&server, &provider, claims).await;
        assert_eq!(tokens.0["patient"], "amy-shaw");
    }
}

#[tokio::test]
async fn claims_of_userinfo_count_where_the_tenant_says_so_and_never_over_the_id_tokens() {
    let provider = Provider::start().await;
    let server = server_with(&provider, &format!("{PUBLIC}\nuserinfo = true")).await;
    provider.userinfo_says(json!({ "sub": "s", "fhirUser": "Patient/amy-shaw" }));
    assert_eq!(gets_tokens(&server, &provider, json!({ "sub": "s" })).await.0["patient"], "amy-shaw");
    provider.userinfo_says(json!({ "sub": "s", "fhirUser": "Practitioner/hannah-patel" }));
    assert_eq!(gets_tokens(&server, &provider, amy_as("s")).await.0["patient"], "amy-shaw");
    // OpenID Connect Core §5.3.2: "the UserInfo Response values MUST NOT be used".
    provider.userinfo_says(json!({ "sub": "somebody else", "fhirUser": "Patient/amy-shaw" }));
    is_refused(&server, &provider, json!({ "sub": "s" })).await;
}

fn amy_as(sub: &str) -> Value {
    json!({ "sub": sub, "name": "Amy", "fhirUser": "Patient/amy-shaw" })
}

/// OIDC Core §2: never the same for two people, always the same for one; and ours tells nothing of theirs.
#[tokio::test]
async fn a_sub_is_stable_and_no_other_providers() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let mut subs = Vec::new();
    for provider in [&one, &one, &two] {
        let server = server_with(provider, PUBLIC).await;
        let tokens = gets_tokens(&server, provider, amy_as("1")).await;
        let sub = tokens.claims("id_token")["sub"].as_str().expect("a sub").to_owned();
        assert!(sub.len() <= 255 && sub.is_ascii() && sub != "1");
        subs.push(sub);
    }
    assert_eq!(subs[0], subs[1]);
    assert_ne!(subs[0], subs[2]);
}

/// A launch that the EHR bound to a user of this server is not for whoever calls themselves so elsewhere.
#[tokio::test]
async fn nobody_becomes_a_local_user_by_their_name() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let context = json!({ "patient": "amy-shaw", "user": "hannah" });
    let handle = kit::Ehr::of(&server).launches(context).await;
    let url = App::public(&server).with_launch("openid fhirUser launch patient/*.rs", &handle);
    let mut person = somebody(&server);
    let location = is_sent_by(&mut person, &url).await;
    let claims = json!({ "sub": "hannah", "preferred_username": "hannah", "fhirUser": "Practitioner/marcus-lee" });
    let answer = person.opens(&provider.signs_in(&location, claims, server.now().0)).await.app();
    assert_eq!(answer.query("error").as_deref(), Some("access_denied"));
}
