//! The door itself: the local server with `--fhir`, its own tokens, and what apps and people see of HAPI through it.

use super::kit::{Asks, Proxied, root, server};
use ::kit::{App, Person, TestServer};
use local::options::{ExternalFhir, Options};
use rules::{jws::TokenKind, scope::ScopeSet, token::AccessTokenClaims};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The sample tenant `riverside` with HAPI for its FHIR server.
fn at_the_door(act: impl AsyncFnOnce(TestServer, &Proxied)) {
    before_the_door(server(), act);
}

fn before_the_door(hapi: Proxied, act: impl AsyncFnOnce(TestServer, &Proxied)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let behind = vec![ExternalFhir { tenant: "riverside".to_owned(), url: hapi.behind.clone() }];
    runtime.block_on(async {
        let options = Options { port: 0, in_memory: true, fhir: behind, ..Options::default() };
        act(TestServer::local_with(options).await, &hapi).await;
    });
}

/// What the bearer of a token gets. HAPI's address is not in it, whatever it is.
async fn reads(admit: &TestServer, hapi: &Proxied, url: &str, token: &str) -> (u16, Value) {
    let url = if url.starts_with("http") { url.to_owned() } else { format!("{}/{url}", admit.fhir.url) };
    let answer = admit.get_with(token, &url).await;
    let told = format!("{:?} {}", answer.headers, answer.body);
    assert!(!told.contains(&hapi.behind), "{told}");
    (answer.status, serde_json::from_str(&answer.body).unwrap_or_default())
}

/// All pages of a search.
async fn finds(admit: &TestServer, hapi: &Proxied, query: &str, token: &str) -> Vec<Value> {
    let (mut found, mut next) = (vec![], Some(query.to_owned()));
    while let Some(url) = next {
        let (status, page) = reads(admit, hapi, &url, token).await;
        assert_eq!(status, 200, "{url}: {page}");
        let entries = page["entry"].as_array().into_iter().flatten().map(|entry| entry["resource"].clone());
        found.extend(entries.filter(|resource| resource["resourceType"] != "OperationOutcome"));
        let links = page["link"].as_array().into_iter().flatten();
        next = links.filter(|link| link["relation"] == "next").find_map(|link| link["url"].as_str().map(str::to_owned));
    }
    found
}

fn of_all<'a>(found: &'a [Value], pointer: &str) -> BTreeSet<&'a str> {
    found.iter().filter_map(|resource| resource.pointer(pointer)?.as_str()).collect()
}

#[test]
fn a_patients_app_finds_their_own_record_page_after_page() {
    at_the_door(async |admit, hapi| {
        let app = App::sample(&admit);
        let mut amy = Person::named(&admit, "amy");
        amy.password = "demo-amy".to_owned();
        let code = app.code_from(&mut amy, "launch/patient patient/*.rs", None).await;
        let tokens = app.exchanges(&code).await;
        assert_eq!(tokens.0["patient"], "amy-shaw");
        let token = tokens.access_token();
        assert_eq!(reads(&admit, hapi, "Patient/amy-shaw", token).await.1["name"][0]["family"], "Shaw");
        for (status, url) in [
            (403, "Patient/leo-shaw"),
            (403, "Observation/wei-chen-ldl-2026-10"),
            (404, "Observation/nobodys"),
            (501, "Patient/amy-shaw/$everything"),
            (501, "Patient/amy-shaw/_history"),
            (501, "Observation?_include=Observation:subject"),
        ] {
            assert_eq!(reads(&admit, hapi, url, token).await.0, status, "{url}");
        }
        let observations = finds(&admit, hapi, "Observation?_count=5", token).await;
        let ids = of_all(&observations, "/id");
        assert!(ids.len() > 10 && ids.len() == observations.len(), "each is found once: {ids:?}");
        assert_eq!(of_all(&observations, "/subject/reference"), BTreeSet::from(["Patient/amy-shaw"]));
        assert_eq!(finds(&admit, hapi, "Observation?patient=wei-chen", token).await, Vec::<Value>::new());
    });
}

/// TOK-16.
#[test]
fn a_service_finds_everybody_and_a_token_for_elsewhere_expired_or_changed_opens_nothing() {
    at_the_door(async |admit, hapi| {
        let store = &admit.server;
        let tenant = store.tenant("riverside", store.now()).await.unwrap().unwrap();
        let scope = ScopeSet::strict("system/Patient.rs").unwrap();
        let good = AccessTokenClaims::of_client(&tenant, "backend-service", &admit.fhir.url, &scope, 300, store.now());
        let signed = async |claims: &AccessTokenClaims| {
            store.signer.sign(&tenant, TokenKind::AccessToken, claims).await.unwrap().expose().to_owned()
        };
        let token = signed(&good).await;
        let found = finds(&admit, hapi, "Patient?_count=4", &token).await;
        assert_eq!((found.len(), of_all(&found, "/id").len()), (15, 15));
        assert_eq!(reads(&admit, hapi, "Condition/amy-shaw-migraine", &token).await.0, 403);
        let elsewhere = AccessTokenClaims { aud: format!("{}/home/fhir", admit.base), ..good.clone() };
        let expired = AccessTokenClaims { exp: store.now(), ..good.clone() };
        let (elsewhere, expired) = (signed(&elsewhere).await, signed(&expired).await);
        // The first letter of a signature is wholly part of it.
        let (rest, signature) = token.rsplit_once('.').unwrap();
        let changed = format!("{rest}.{}{}", if signature.starts_with('A') { 'B' } else { 'A' }, &signature[1..]);
        for bad in [elsewhere.as_str(), expired.as_str(), changed.as_str(), "nonsense"] {
            assert_eq!(reads(&admit, hapi, "Patient/amy-shaw", bad).await.0, 401, "{bad}");
        }
    });
}

#[test]
fn a_clinician_picks_one_of_hapis_patients_and_sees_the_name_on_consent() {
    at_the_door(async |admit, hapi| {
        let app = App::sample(&admit);
        let mut patel = Person::named(&admit, "patel");
        patel.password = "demo-patel".to_owned();
        let url = app.standalone("launch/patient openid fhirUser patient/*.rs");
        let list = patel.goes_to(&url, "patient", None).await;
        assert!(
            ["amy-shaw", "wei-chen", "jada-brown"].iter().all(|id| list.answer.body.contains(id)),
            "{}",
            list.answer.body
        );
        let consent = patel.goes_to(&url, "decision", Some("wei-chen")).await;
        assert!(consent.answer.body.contains("Wei") && consent.answer.body.contains("Chen"), "{}", consent.answer.body);
        let code = app.code_from(&mut patel, "launch/patient openid fhirUser patient/*.rs", Some("wei-chen")).await;
        let tokens = app.exchanges(&code).await;
        assert_eq!(tokens.0["patient"], "wei-chen");
        let found = finds(&admit, hapi, "Patient", tokens.access_token()).await;
        assert_eq!(of_all(&found, "/id"), BTreeSet::from(["wei-chen"]));
    });
}

#[test]
fn the_launcher_lists_hapis_patients() {
    let hapi = server();
    let name = json!([{ "family": "Of-Hapi", "given": ["Only"] }]);
    let only = json!({ "resourceType": "Patient", "id": "only-at-hapi", "name": name });
    assert_eq!(hapi.sends(&root(), "PUT", "Patient/only-at-hapi", &only).status, 201);
    before_the_door(hapi, async |admit, _| {
        let page = admit.get("/?tenant=riverside&type=provider-ehr").await.body;
        assert!(page.contains("Only Of-Hapi") && page.contains("Amy"), "{page}");
    });
}
