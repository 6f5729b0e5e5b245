//! Whose records apps have access to: people are called by name, where the FHIR server tells it to somebody known there (LIVE-2).

use super::*;
use crate::authorize::two_servers::{moves_by_hand, with_second};
use kit::{
    Fhir,
    app::{authorize_url, with},
};
use rules::{tenant::TenantId, user::User};
use server::store::{Write, schema};

const ON_BEHALF: &str = "launch/patient offline_access patient/Observation.rs";

async fn rosa_for_mia(server: &TestServer) -> Person<'_> {
    let mut rosa = Person::named(server, "rosa");
    let answer = rosa.goes_through(&App::public(server).standalone(ON_BEHALF), Some("mia-rivera")).await;
    App::public(server).exchanges(&answer.query("code").expect("a code")).await;
    rosa
}

#[tokio::test]
async fn another_persons_record_is_called_by_name() {
    let server = TestServer::start().await;
    let mut rosa = rosa_for_mia(&server).await;
    let page = manages(&mut rosa).await;
    assert!(page.contains("Mia Elena Rivera, born 11 March 2019"), "{page}");
    let mut amy = Person::named(&server, "amy");
    grants(&App::public(&server), &mut amy, SCOPE).await;
    let page = manages(&mut amy).await;
    assert!(!page.contains(", born"), "her own record needs no name: {page}");
}

#[tokio::test]
async fn without_the_fhir_server_access_can_be_taken_away_all_the_same() {
    let server = TestServer::start().await;
    let mut rosa = rosa_for_mia(&server).await;
    server.fhir.breaks();
    let page = manages(&mut rosa).await;
    assert!(page.contains("mia-rivera"), "{page}");
    assert!(takes_away(&mut rosa, "public-app").await.contains("has no access any more"));
}

/// The app keeps what was granted until somebody takes it away; the person reads nothing more about that patient.
#[tokio::test]
async fn whom_a_person_no_longer_acts_for_is_not_read_for_them() {
    let server = TestServer::start().await;
    let mut rosa = rosa_for_mia(&server).await;
    let tenant = TenantId::parse("clinic").expect("a tenant");
    let found = server.server.store.find::<User>(schema::user(&tenant, "rosa"), server.now()).await;
    let user = found.expect("the table").expect("rosa").value;
    let user = User { patients: vec!["noah-kim".to_owned()], ..user };
    server.server.store.write_unraced(vec![Write::overwrite(&user).expect("an item")]).await.expect("written");
    let asked = server.fhir.tokens().len();
    let page = manages(&mut rosa).await;
    assert!(page.contains("mia-rivera") && !page.contains("Mia Elena"), "{page}");
    assert_eq!(server.fhir.tokens().len(), asked, "nothing was asked");
}

/// The same id at two FHIR servers is two people. Who has moved from one to the other is told nothing more of the first.
#[tokio::test]
async fn a_record_is_named_by_the_fhir_server_of_its_grant_and_to_somebody_known_there() {
    let second = Fhir::start().await;
    let server = with_second(&second.url, |toml| toml, "").await;
    let other =
        r#"{"resourceType":"Patient","id":"mia-rivera","name":[{"text":"Mia Tanaka"}],"birthDate":"1950-02-03"}"#;
    let found = format!("{{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"entry\":[{{\"resource\":{other}}}]}}");
    second.answers_at("/Patient", 200, found);
    let mut rosa = rosa_for_mia(&server).await;
    let asked = |fhir: &Fhir| fhir.paths().iter().filter(|path| *path == "/Patient").count();
    let (of_first, of_second) = (asked(&server.fhir), asked(&second));
    assert!(manages(&mut rosa).await.contains("Mia Elena Rivera, born 11 March 2019"));
    assert_eq!((asked(&server.fhir), asked(&second)), (of_first + 1, of_second), "she is nobody at the second");

    moves_by_hand(&server, "rosa", &second.url).await;
    let app = App::public(&server);
    let request = with(app.request(ON_BEHALF), "aud", Some(&second.url));
    let answer = rosa.goes_through(&authorize_url(&request), Some("mia-rivera")).await;
    app.exchanges(&answer.query("code").expect("a code")).await;
    let of_first = asked(&server.fhir);
    let page = manages(&mut rosa).await;
    assert!(page.contains("Mia Tanaka, born 3 February 1950"), "{page}");
    assert!(page.contains("mia-rivera") && !page.contains("Mia Elena"), "{page}");
    assert_eq!(asked(&server.fhir), of_first, "nothing is asked where she is nobody");
}
