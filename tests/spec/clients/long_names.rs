//! Names as long as some clients' are (CLI-8).

use kit::{App, TestServer, http::basic};

/// A URL as an id, with all that one may have in it.
fn long_id() -> String {
    let id = "https://app.example/clients/";
    format!("{id}{}", "x".repeat(1024 - id.len()))
}

#[tokio::test]
async fn a_client_id_of_1024_characters_is_good_at_every_endpoint() {
    let id: &str = Box::leak(long_id().into_boxed_str());
    let server = TestServer::start_with(|toml| {
        format!(
            "{toml}\n[policy]\nremember_consent_seconds = 3600\n\n[[clients]]\nclient_id = \"{id}\"\nclient_name = \"Long\"\n\
             token_endpoint_auth_method = \"none\"\nredirect_uris = [\"https://app.example/callback\"]\n\
             scope = \"openid fhirUser launch/patient offline_access patient/*.rs\"\n"
        )
    })
    .await;
    let app = App { client_id: id, ..App::public(&server) };
    let tokens = app.gets_tokens("amy", "openid launch/patient offline_access patient/*.rs", None).await;
    let next = app.refreshes(tokens.refresh_token()).await;
    let introspected = kit::app::introspect(&server, next.access_token()).await;
    assert_eq!((introspected["active"].as_bool(), introspected["client_id"].as_str()), (Some(true), Some(id)));
    assert_eq!(app.revokes(next.refresh_token()).await.status, 200);
    assert_eq!(kit::app::introspect(&server, next.access_token()).await["active"], false);
    // One that is longer is nobody's, and is refused like any.
    let longer = format!("{id}x");
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    let answer = server.post("/clinic/token", &form, &[("authorization", &basic(&longer, "x"))]).await;
    assert_eq!(answer.refusal(), "401 invalid_client");
}
