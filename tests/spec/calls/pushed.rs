//! Requests that apps push (RFC 9126).

use super::*;

/// A write more in all, which is the push.
#[tokio::test]
async fn a_pushed_request_costs_the_write_of_it_and_no_further_call() {
    let server = TestServer::start_with(kit::journeys::pushing).await;
    let app = App::public(&server);
    app.code("amy", SCOPE, None).await;
    let mut person = Person::named(&server, "amy");
    let meter = Meter::starts(&server);
    let url = app.pushed(&app.request(SCOPE)).await;
    meter.is(&operations::PUSHED_REQUEST);
    let meter = Meter::starts(&server);
    let sign_in = person.opens(&url).await.page();
    // What was pushed; that it was opened, in one transaction with the interaction; its first page.
    meter.is(&operations::AUTHORIZE_BEGINS_PUSHED);
    let meter = Meter::starts(&server);
    let consent = person.does(&sign_in, None).await.page();
    meter.is(&operations::AUTHORIZE_SIGN_IN);
    let meter = Meter::starts(&server);
    person.does(&consent, None).await.app();
    meter.is(&operations::AUTHORIZE_CONSENT_PUSHED);
    // Opened again it is used, and that costs a read.
    let meter = Meter::starts(&server);
    person.opens(&url).await.end();
    meter.reads(&["BatchGetItem"], 0);
}

#[tokio::test]
async fn a_pushed_request_of_a_key_costs_its_jti_and_one_with_a_launch_a_read_of_that() {
    let server = TestServer::start_with(kit::journeys::pushing).await;
    let app = App::asymmetric(&server, rules::tenant::SigningAlg::ES384);
    app.code("amy", SCOPE, None).await;
    let meter = Meter::starts(&server);
    app.pushed(&app.request(SCOPE)).await;
    meter.reads(&["PutItem", "PutItem"], 0);
    let app = App::public(&server);
    app.code("amy", SCOPE, None).await;
    let launch = Ehr::of(&server).launches_patient("amy-shaw").await;
    let request = kit::app::with(app.request("launch patient/*.rs"), "launch", Some(&launch));
    let meter = Meter::starts(&server);
    app.pushed(&request).await;
    meter.reads(&["BatchGetItem", "PutItem"], 0);
}

#[tokio::test]
async fn a_pushed_request_that_is_answered_at_once_costs_a_read_more() {
    let server = TestServer::start_with(kit::journeys::pushing_and_remembering).await;
    let app = App::public(&server);
    let mut person = Person::named(&server, "amy");
    person.goes_through(&app.standalone(SCOPE), None).await;
    let url = app.pushed(&app.request(SCOPE)).await;
    let meter = Meter::starts(&server);
    person.asks(&url).await.query("code").expect("a code");
    // What was pushed, with the session and its person; the remembered yes, which depends on it; then all is written at once.
    meter.reads(&["BatchGetItem", "BatchGetItem", "TransactWriteItems"], 0);
}
