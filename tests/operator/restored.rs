//! The table is put back to a moment of before, as docs/restore.md tells it: what was spent, ended or signed out since is not good again.

use kit::{App, Operator, Person, TestServer, app::introspect, browser::Place, server::ISSUER};
use local::engine::{TABLE, config};
use serde_json::json;
use server::{Clock, store::table};
use std::collections::BTreeMap;

const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs";
const RESTORED: &str = "restored";

/// What point-in-time recovery does: all items as they are now, in another table.
async fn snapshot(server: &TestServer) {
    let client = aws_sdk_dynamodb::Client::from_conf(config(&server.engine()).build());
    table::create(&client, RESTORED).await.expect("another table");
    let mut from = None;
    loop {
        let page = client.scan().table_name(TABLE).set_exclusive_start_key(from).send().await.expect("the table");
        for item in page.items() {
            client.put_item().table_name(RESTORED).set_item(Some(item.clone())).send().await.expect("copied");
        }
        from = page.last_evaluated_key;
        if from.is_none() {
            return;
        }
    }
}

/// Whether a browser with these cookies needs no sign-in.
async fn is_signed_in(server: &TestServer, cookies: &BTreeMap<String, String>) -> bool {
    let mut person = Person::named(server, "amy");
    person.cookies = cookies.clone();
    matches!(person.opens(&format!("{ISSUER}/manage")).await, Place::Page(page) if !page.asks("password"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_spent_or_ended_since_is_not_good_again_in_a_table_that_was_put_back() {
    let server = TestServer::start().await;
    // The commands have the clock of this machine.
    server.passes(Clock::System.now().0 - server.now().0);
    let app = App::public(&server);
    let mut amy = Person::named(&server, "amy");
    let tokens = app.exchanges(&app.code_from(&mut amy, SCOPE, None).await).await;
    let code = app.code("amy", SCOPE, None).await;
    snapshot(&server).await;

    // The world goes on: a token is rotated, a code redeemed, the person signs out.
    let next = app.refreshes(tokens.refresh_token()).await;
    app.exchanges(&code).await;
    let cookies = amy.cookies.clone();
    let hint = tokens.0["id_token"].as_str().expect("an id_token");
    amy.opens(&format!("{ISSUER}/logout?id_token_hint={hint}")).await;
    assert!(!is_signed_in(&server, &cookies).await);

    // In the table of before all of it is as it was.
    let restored = server.at_table(RESTORED);
    assert!(is_signed_in(&restored, &cookies).await, "so there is something to end");
    assert_eq!(introspect(&restored, tokens.access_token()).await["active"], true);
    let operator = Operator::of_table(&server.engine(), RESTORED);
    for words in [["grants", "revoke", "clinic", "--all", "--yes"], ["sessions", "end", "clinic", "--all", "--yes"]] {
        operator.runs(&words).good();
    }
    let restored = server.at_table(RESTORED);
    assert!(!is_signed_in(&restored, &cookies).await);
    let app = App::public(&restored);
    for token in [tokens.refresh_token(), next.refresh_token()] {
        assert_eq!(app.sends_refresh(token, None).await.refusal(), "400 invalid_grant");
    }
    assert_eq!(app.redeems(&code).await.refusal(), "400 invalid_grant");
    assert_eq!(introspect(&restored, tokens.access_token()).await, json!({ "active": false }));

    // What was ended in a second is ended for all of it. Then everybody signs in again, and the keys are those that the FHIR servers know.
    server.passes(Clock::System.now().0 + 2 - server.now().0);
    let again = app.gets_tokens("amy", SCOPE, None).await;
    assert_eq!(introspect(&restored, again.access_token()).await["active"], true);
}
