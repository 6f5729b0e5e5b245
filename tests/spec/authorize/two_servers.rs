//! A tenant with two FHIR servers: who somebody is at one says nothing of the other, where the same id is another human being
//! (LIVE-2, 3).

use crate::authority::{applies_to, tenant_id, writes};
use kit::{
    App, Ehr, Person, Provider, TestServer,
    app::{authorize_url, with},
    browser::Place,
    http::basic,
};
use rules::{tenant::CONFIGURATION_AGE, user::User};
use serde_json::json;
use server::store::{Write, schema};

const CLINIC: &str = include_str!("../../fixtures/clinic.toml");
const SECOND: &str = "https://second-fhir.example/r4";
const SCOPES: &str = "openid fhirUser launch/patient patient/*.rs";

async fn with_two(more: &str) -> TestServer {
    with_second(SECOND, |toml| toml, more).await
}

/// With a FHIR server `second` at this URL and these sections at the end of the tenant file, changed once more.
pub async fn with_second(url: &str, change: impl Fn(String) -> String, more: &str) -> TestServer {
    TestServer::start_with(|toml| change(and_second(&toml, url, more))).await
}

fn and_second(toml: &str, url: &str, more: &str) -> String {
    let secret = "introspection_secret = \"second-secret-of-more-than-thirty-two-characters\"";
    let second = format!("[[fhir_servers]]\nname = \"second\"\nurl = \"{url}\"\n{secret}\n\n[[ehrs]]");
    format!("{}{more}", toml.replacen("[[ehrs]]", &second, 1))
}

/// The operator changes this person's FHIR server in the table, and nothing else.
pub async fn moves_by_hand(server: &TestServer, username: &str, url: &str) {
    let key = schema::user(&tenant_id(server).await, username);
    let found = server.server.store.find::<User>(key, server.now()).await.expect("the table").expect("a user");
    let moved = User { fhir_server: Some(url.to_owned()), ..found.value.clone() };
    writes(server, Write::update(&found, &moved).expect("an item")).await;
}

fn at_second(server: &TestServer, more: &[(&str, &str)]) -> String {
    let request = with(App::public(server).request(SCOPES), "aud", Some(SECOND));
    authorize_url(&more.iter().fold(request, |request, (name, value)| with(request, name, Some(value))))
}

#[tokio::test]
async fn whoever_is_somebody_at_one_is_refused_at_the_other() {
    let server = with_two("").await;
    for name in ["amy", "hannah", "rosa"] {
        let answer = Person::named(&server, name).goes_through(&at_second(&server, &[]), None).await;
        assert_eq!(answer.query("error").as_deref(), Some("access_denied"), "{name}");
    }
}

#[tokio::test]
async fn a_session_of_one_signs_nobody_in_at_the_other() {
    let server = with_two("").await;
    let mut hannah = Person::named(&server, "hannah");
    hannah.goes_to(&App::public(&server).standalone(SCOPES), "patient", None).await;
    assert!(hannah.opens(&at_second(&server, &[])).await.page().asks("password"));
    let silent = hannah.opens(&at_second(&server, &[("prompt", "none")])).await.app();
    assert_eq!(silent.query("error").as_deref(), Some("login_required"));
    assert!(hannah.opens(&App::public(&server).standalone(SCOPES)).await.page().asks("patient"), "her session lives");
}

/// The provider's mapping finds them anew, and finds somebody else or nobody.
#[tokio::test]
async fn a_providers_person_is_found_anew_at_each() {
    let provider = Provider::start().await;
    let lines = "token_endpoint_auth_method = \"none\"\nfhir_user_claim = \"fhirUser\"";
    let sections = provider.in_tenant_file("okta", lines);
    let server = with_two(&format!("{sections}\n[policy]\nloopback_key_sets = true\n")).await;
    let mut person = Person::named(&server, "somebody");
    let claims = json!({ "sub": "s", "name": "S", "fhirUser": format!("{}/Patient/amy-shaw", server.fhir.url) });
    let page = person.opens(&App::public(&server).standalone(SCOPES)).await.page();
    let location = person.opens(&format!("{}/provider/okta", page.url)).await.app().location().to_owned();
    let place = person.opens(&provider.signs_in(&location, claims.clone(), server.now().0)).await;
    assert!(place.page().asks("decision"), "she is somebody at her own");
    let page = person.opens(&at_second(&server, &[])).await.page();
    assert!(page.answer.body.contains("/provider/okta"), "{}", page.answer.body);
    let location = person.opens(&format!("{}/provider/okta", page.url)).await.app().location().to_owned();
    let refused = person.opens(&provider.signs_in(&location, claims, server.now().0)).await.page();
    assert_eq!(refused.answer.status, 403, "{}", refused.answer.body);
}

/// The handle that one FHIR server's EHR made names records of that server.
#[tokio::test]
async fn a_launch_is_good_at_its_own_fhir_server_alone() {
    let server = with_two("").await;
    let patient = json!({ "patient": "amy-shaw" });
    let of = |user: &str, secret: &str| Ehr { server: &server, credentials: basic(user, secret) };
    let first = of("clinic-fhir", "clinic-fhir-secret-of-more-than-32-characters").launches(patient.clone()).await;
    let second = of("second", "second-secret-of-more-than-thirty-two-characters").launches(patient.clone()).await;
    let said = |iss: &str| json!({ "patient": "amy-shaw", "iss": iss });
    let ehr = Ehr::of(&server);
    for (launch, aud, good) in [
        (&first, server.fhir.url.as_str(), true),
        (&first, SECOND, false),
        (&second, server.fhir.url.as_str(), false),
        (&second, SECOND, true),
        (&ehr.launches(said(&server.fhir.url)).await, SECOND, false),
        (&ehr.launches(said(&format!("{SECOND}/"))).await, SECOND, true),
    ] {
        let request = App::public(&server).request("launch patient/*.rs");
        let request = with(with(request, "aud", Some(aud)), "launch", Some(launch));
        let place = Person::named(&server, "hannah").opens(&authorize_url(&request)).await;
        assert_eq!(matches!(place, Place::Page(_)), good, "{aud}: {place:?}");
    }
    // An EHR of several FHIR servers says which; a FHIR server speaks for itself.
    assert_eq!(ehr.sends(&patient).await.refusal(), "400 invalid_request");
    assert_eq!(ehr.sends(&said("https://another.example")).await.refusal(), "400 invalid_request");
    let stranger = of("second", "second-secret-of-more-than-thirty-two-characters");
    assert_eq!(stranger.sends(&said(&server.fhir.url)).await.refusal(), "400 invalid_request");
}

/// With one FHIR server there is nothing to say; with several, a bare reference is a mistake.
#[test]
fn a_users_fhir_server_is_named_where_there_are_several() {
    let file = |user: &str| {
        let text = format!(
            "id = \"t\"\nname = \"T\"\n[[fhir_servers]]\nname = \"a\"\nurl = \"https://a.example/r4\"\n[[fhir_servers]]\n\
             name = \"b\"\nurl = \"https://b.example/r4\"\n[[users]]\nusername = \"u\"\nname = \"U\"\npassword = \"p\"\n{user}\n"
        );
        let read = admin::tenant_file::parse("t.toml", &text).and_then(|file| file.resolve("https://auth.example"));
        read.map(|items| items.users[0].fhir_server.clone()).map_err(|mistakes| mistakes.to_string())
    };
    let at_b = Ok(Some("https://b.example/r4".to_owned()));
    assert_eq!(file("fhir_user = \"https://b.example/r4/Patient/1\""), at_b);
    assert_eq!(file("fhir_user = \"Patient/1\"\nfhir_server = \"b\""), at_b);
    assert_eq!(file("patients = [\"1\"]\nfhir_server = \"b\""), at_b);
    assert_eq!(file(""), Ok(None));
    for (wrong, line) in [
        ("fhir_user = \"Patient/1\"", "t.toml:13:"),
        ("patients = [\"1\"]", "t.toml:13:"),
        ("fhir_user = \"https://b.example/r4/Patient/1\"\nfhir_server = \"a\"", "t.toml:14:"),
        ("fhir_user = \"Patient/1\"\nfhir_server = \"c\"", "t.toml:14:"),
        ("fhir_user = \"https://c.example/r4/Patient/1\"", "t.toml:13:"),
    ] {
        let mistakes = file(wrong).expect_err(wrong);
        assert!(mistakes.contains(line), "{wrong}: {mistakes}");
    }
}

/// A page of this server's own is at no FHIR server: people of each open it.
#[tokio::test]
async fn the_own_pages_are_open_to_the_people_of_each() {
    let provider = Provider::start().await;
    let lines = "token_endpoint_auth_method = \"none\"\nfhir_user_claim = \"fhirUser\"";
    let sections = provider.in_tenant_file("okta", lines);
    let server = with_two(&format!("{sections}\n[policy]\nloopback_key_sets = true\n")).await;
    let mut person = Person::named(&server, "somebody");
    let page = person.opens(&format!("{}/manage", kit::server::ISSUER)).await.page();
    let location = person.opens(&format!("{}/provider/okta", page.url)).await.app().location().to_owned();
    let claims = json!({ "sub": "s", "name": "S", "fhirUser": format!("{}/Patient/amy-shaw", server.fhir.url) });
    let shown = person.opens(&provider.signs_in(&location, claims, server.now().0)).await.end();
    assert!(shown.body.contains("Apps with access"), "{}", shown.body);
}

/// Somebody with patients and no resource of their own, of whom the FHIR server alone says whose records these are.
#[tokio::test]
async fn apps_of_somebody_who_moved_to_another_fhir_server_are_not_kept_going() {
    let guardian = |server: &str| {
        format!(
            "\n[[users]]\nusername = \"gil\"\npassword_hash = \"{{password}}\"\nname = \"Gil\"\nfhir_server = \"{server}\"\n\
             patients = [\"mia-rivera\"]\n"
        )
    };
    let scope = "launch/patient offline_access patient/*.rs";
    for by_hand in [true, false] {
        let server = with_two(&guardian("clinic-fhir")).await;
        let app = App::public(&server);
        let first = app.gets_tokens("gil", scope, None).await;
        let tokens = app.refreshes(first.refresh_token()).await;
        assert_eq!(tokens.0["patient"], "mia-rivera");
        match by_hand {
            true => moves_by_hand(&server, "gil", SECOND).await,
            false => applies_to(&server, &and_second(CLINIC, SECOND, &guardian("second"))).await,
        }
        assert_eq!(app.sends_refresh(tokens.refresh_token(), None).await.refusal(), "400 invalid_grant", "at once");
        server.passes(CONFIGURATION_AGE);
        // What the operator's file says is known to whoever asks about a token, too.
        assert_eq!(app.introspected(tokens.access_token()).await["active"], by_hand);
    }
}
