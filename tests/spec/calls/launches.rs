//! Launches by an EHR.

use super::*;

#[tokio::test]
async fn a_launch_costs_a_write_when_it_is_made_and_two_reads_on_the_way() {
    let server = TestServer::start().await;
    let (app, ehr) = (App::public(&server), Ehr::of(&server));
    app.code("amy", SCOPE, None).await;
    let meter = Meter::starts(&server);
    let launch = ehr.launches_patient("amy-shaw").await;
    meter.is(&operations::LAUNCH_CONTEXT);
    let mut person = Person::named(&server, "amy");
    let meter = Meter::starts(&server);
    let sign_in = person.opens(&app.with_launch("launch patient/*.rs", &launch)).await.page();
    meter.reads(&["BatchGetItem", "PutItem", "BatchGetItem"], 0);
    let consent = person.does(&sign_in, None).await.page();
    let meter = Meter::starts(&server);
    person.does(&consent, None).await.app();
    // The launch is used up in the same transaction.
    meter.reads(&["BatchGetItem", "GetItem", "TransactWriteItems"], 0);
}

/// Whose record an EHR shows is in the launch; where a yes holds for every record, or needs none, all is read together.
#[tokio::test]
async fn a_launch_without_pages_costs_two_calls_and_one_more_where_each_record_has_a_yes_of_its_own() {
    for (policy, consent, calls) in [
        ("remember_consent_seconds = 0", "never", &["BatchGetItem", "TransactWriteItems"][..]),
        (
            "remember_consent_seconds = 86400\nremember_consent_for = \"user\"",
            "ask",
            &["BatchGetItem", "TransactWriteItems"],
        ),
        ("remember_consent_seconds = 86400", "ask", &["BatchGetItem", "GetItem", "TransactWriteItems"]),
    ] {
        let server = TestServer::start_with(|toml| {
            let toml = toml.replacen("[[fhir_servers]]", &format!("[policy]\n{policy}\n[[fhir_servers]]"), 1);
            let own = format!("client_id = \"public-app\"\nconsent = \"{consent}\"");
            toml.replacen("client_id = \"public-app\"", &own, 1)
        })
        .await;
        let (app, ehr) = (App::public(&server), Ehr::of(&server));
        let mut hannah = Person::named(&server, "hannah");
        for turn in 0..2 {
            let launch = ehr.launches_patient("wei-chen").await;
            let url = app.with_launch("launch patient/*.rs", &launch);
            if turn == 0 {
                hannah.goes_through(&url, None).await;
                continue;
            }
            let meter = Meter::starts(&server);
            assert!(hannah.asks(&url).await.query("code").is_some(), "{policy}");
            meter.reads(calls, 0);
        }
    }
}
