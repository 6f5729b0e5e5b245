//! Which `client_id` is the address of a document, and whose documents are taken.

use super::*;
use kit::app::with;
use serde_json::json;

/// CIMD-1: whatever such an address leads to, it is not asked.
#[tokio::test]
async fn what_is_no_good_address_is_no_client() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    let (_log, _listening) = Log::listen();
    let port = agent.web.port;
    let long = format!("http://127.0.0.1:{port}/{}", "x".repeat(255));
    for bad in [
        format!("http://127.0.0.1:{port}"),
        format!("http://127.0.0.1:{port}?x=/oauth/client.json"),
        format!("http://amy@127.0.0.1:{port}/oauth/client.json"),
        format!("http://amy:secret@127.0.0.1:{port}/oauth/client.json"),
        format!("http://127.0.0.1:{port}/oauth/client.json#it"),
        format!("http://127.0.0.1:{port}/oauth/../oauth/client.json"),
        format!("http://127.0.0.1:{port}/oauth/./client.json"),
        format!("http://127.0.0.1:{port}/oauth/%2e%2E/oauth/client.json"),
        format!("http://127.0.0.1:{port}/oauth/.%2e/client.json"),
        format!("http://127.0.0.1:{port}/oauth/client json"),
        format!("http://127.0.0.1:{port}/oauth\\client.json"),
        format!("http://127.0.0.1:{port}/oauth/client.json\u{7f}"),
        format!("http://127.0.0.1:{port}/oauth/client.json\n"),
        format!("http://2130706433:{port}/oauth/client.json"),
        format!("http://0x7f.1:{port}/oauth/client.json"),
        format!("http://127.1:{port}/oauth/client.json"),
        format!("http://0.0.0.0:{port}/oauth/client.json"),
        format!("HTTP://127.0.0.1:{port}/oauth/client.json"),
        format!("ftp://127.0.0.1:{port}/oauth/client.json"),
        "http://client.example/oauth/client.json".to_owned(),
        "https://client.example:port/oauth/client.json".to_owned(),
        long,
    ] {
        let request = with(agent.app(&server).request(SCOPE), "client_id", Some(&bad));
        assert_page(&server.get(&kit::app::authorize_url(&request)).await, 400, &bad);
        let form = [("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", bad.as_str())];
        let answer = server.post("/clinic/token", &form, &[]).await;
        assert!(answer.status == 400, "{bad}: {}", answer.body);
    }
    assert_eq!(agent.web.connections(), 0);
}

/// CIMD-2.
#[tokio::test]
async fn a_registered_client_of_that_id_wins_and_nothing_is_fetched() {
    let agent = DocumentServer::start();
    let (id, callback) = (agent.client_id, kit::document_server::CALLBACK);
    let registered = format!(
        "[[clients]]\nclient_id = \"{id}\"\nclient_name = \"Registered\"\ntoken_endpoint_auth_method = \"none\"\n\
         redirect_uris = [\"{callback}\"]\nscope = \"openid patient/*.rs user/*.rs\"\n"
    );
    let server = TestServer::start_with(|toml| taking_documents(&toml, "[\"*\"]", CEILING) + &registered).await;
    let app = agent.app(&server);
    assert_eq!(app.gets_tokens("amy", "openid user/*.rs", None).await.scope(), "openid user/*.rs");
    assert_eq!(agent.web.connections(), 0);
}

/// CIMD-3: judged by the name, before anybody is asked what the name stands for.
#[tokio::test]
async fn a_host_that_is_not_listed_is_not_asked() {
    let (server, agent) = (clinic_of("[\"claude.ai\", \"*.example.org\"]").await, DocumentServer::start());
    let (_log, _listening) = Log::listen();
    assert_page(&asks(&agent.app(&server)).await, 400, agent.client_id);
    assert_eq!(agent.web.connections(), 0);
    for far in
        ["https://example.org/a", "https://evil.example/a", "https://claude.ai.evil.example/a", "https://xclaude.ai/a"]
    {
        let app = App { client_id: far, ..agent.app(&server) };
        let start = tokio::time::Instant::now();
        assert_page(&asks(&app).await, 400, far);
        assert!(start.elapsed().as_millis() < 1000, "{far} was looked up");
    }
    for near in
        ["https://claude.ai/oauth/client.json", "https://app.example.org/a", "https://a.b.example.org:8443/a?x=1"]
    {
        has_fetched(&server, near, &agent.changed(&json!({ "client_id": near }))).await;
        assert_goes_on(&asks(&App { client_id: near, ..agent.app(&server) }).await, near);
    }
}

/// CIMD-5: from a deployment nothing on this machine is reachable, in whatever clothes.
#[tokio::test]
async fn no_address_of_our_own_network_is_touched() {
    let agent = DocumentServer::start();
    let server = TestServer::start_with(|toml| {
        taking_documents(&toml, "[\"*\"]", CEILING).replace("loopback_key_sets = true", "loopback_key_sets = false")
    })
    .await;
    let (_log, _listening) = Log::listen();
    let port = agent.web.port;
    for inside in [
        agent.client_id.to_owned(),
        format!("https://127.0.0.1:{port}/a"),
        format!("https://localhost:{port}/a"),
        format!("https://localhost.:{port}/a"),
        format!("https://[::1]:{port}/a"),
        format!("https://[::ffff:127.0.0.1]:{port}/a"),
        format!("https://[::ffff:7f00:1]:{port}/a"),
        format!("https://[64:ff9b::7f00:1]:{port}/a"),
        "https://169.254.169.254/latest/meta-data/".to_owned(),
        "https://10.0.0.1/a".to_owned(),
    ] {
        let app = App { client_id: Box::leak(inside.clone().into_boxed_str()), ..agent.app(&server) };
        let answer = asks(&app).await;
        assert!([400, 503].contains(&answer.status), "{inside}: {}", answer.status);
        assert!(answer.header("location").is_none(), "{inside}");
        // The next one is another host, or another moment.
        server.passes(2);
    }
    assert_eq!(agent.web.connections(), 0);
}

/// CIMD-5: nor by the address of its keys.
#[tokio::test]
async fn nor_are_keys_fetched_from_there() {
    let (server, keyed) = (clinic().await, flows::Keyed(DocumentServer::start()));
    let key = kit::key_server::new_key();
    for inside in ["https://169.254.169.254/jwks", "https://10.0.0.1/jwks", "https://[::ffff:10.0.0.1]/jwks"] {
        let there = json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": inside });
        keyed.0.gives(&keyed.0.changed(&there));
        server.passes(301);
        let start = tokio::time::Instant::now();
        let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        let answer = keyed.posts(&server, &key, "token", &form).await;
        assert_eq!(answer.refusal(), "401 invalid_client", "{inside}");
        assert!(start.elapsed().as_millis() < 1000, "{inside} was tried");
    }
}
