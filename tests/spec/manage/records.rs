//! Whose records apps have access to: people are called by name, where the FHIR server tells it.

use super::*;
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
