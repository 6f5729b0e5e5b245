//! An operator keeps an app out that nobody registered, by the words for any other (CIMD-2, CIMD-21).

use super::*;
use rules::{client::Client, client::document::described::to_switch_off};
use serde_json::json;

async fn switches_off(server: &TestServer, client_id: &str) {
    let tenant = server.server.tenant("clinic", server.now()).await.expect("the table").expect("a tenant");
    let off: Client = to_switch_off(client_id, &tenant).expect("an address");
    server.server.store.write_unraced(vec![Write::create(&off).expect("an item")]).await.expect("it is written");
}

/// As for a registered client: within 30 seconds, with all that it has.
#[tokio::test]
async fn one_that_is_switched_off_is_as_unknown_as_if_there_were_no_document() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    let app = agent.app(&server);
    let tokens = tokens(&app).await;
    let mut amy = Person::named(&server, "amy");
    let page = amy.goes_to(&app.standalone(SCOPE), "decision", None).await;
    switches_off(&server, agent.client_id).await;
    server.passes(30);
    assert_page(&asks(&app).await, 400, "a new request");
    assert_page(&amy.answers(&page, &[("decision", "allow")]).await, 400, "one that has begun");
    assert_eq!(app.sends_refresh(tokens.refresh_token(), None).await.refusal(), "400 invalid_client");
    for server in [&server, &server.second_instance()] {
        assert_eq!(kit::app::introspect(server, tokens.access_token()).await, json!({ "active": false }));
        assert_eq!(server.get_with(tokens.access_token(), "/clinic/userinfo").await.status, 401);
    }
    assert_eq!(agent.fetches(), 1);
}
