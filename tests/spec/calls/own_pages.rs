//! A person's own pages.

use super::*;

#[tokio::test]
async fn an_own_page_costs_one_call_for_its_person() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    amy.goes_through(&App::public(&server).standalone(SCOPE), None).await;
    let meter = Meter::starts(&server);
    assert_eq!(amy.asks(&format!("{}/account", kit::server::ISSUER)).await.status, 200);
    meter.reads(&["BatchGetItem"], 0);
}

#[tokio::test]
async fn the_management_page_costs_two_queries_at_once_and_a_read_of_each_list() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut person = Person::named(&server, "amy");
    let url = format!("{}/manage", kit::server::ISSUER);
    for _ in 0..2 {
        person.goes_through(&app.standalone(SCOPE), None).await;
    }
    let meter = Meter::starts(&server);
    let page = person.opens(&url).await.page();
    // The session and its person; the lists of grants and of sessions at once; then the grants, and the sessions with what they were
    // made with.
    meter.is(&operations::MANAGE);
    let meter = Meter::starts(&server);
    let place = person.submits(&page, &[("decision", "take-away")]).await;
    assert!(matches!(place, kit::browser::Place::End(_)));
    // The grants, and a write of all of them with their lines; then the page without them.
    let taken = ["BatchGetItem", "Query", "BatchGetItem", "TransactWriteItems"];
    let shown = ["BatchGetItem", "Query", "Query", "BatchGetItem"];
    meter.reads(&[&taken[..], &shown[..]].concat(), 0);
    // Where they are signed in stands on the first page.
    let meter = Meter::starts(&server);
    let further = person.opens(&format!("{url}?from=1")).await;
    let kit::browser::Place::End(further) = further else { panic!("a page with a form") };
    assert!(further.status == 200 && !further.body.contains("sessions-title"), "{}", further.body);
    meter.reads(&["BatchGetItem", "Query"], 0);
}
