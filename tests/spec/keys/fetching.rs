//! The request that fetches a key set.

use super::*;
use kit::key_server::new_key;
use rules::client::{Client, ClientAuthentication, RegisteredKeys};
use server::store::Write;

/// ASYM-1.
#[tokio::test]
async fn a_client_is_known_by_the_keys_at_its_url() {
    let key = new_key();
    let keys = KeyServer::with(&[&key]);
    let server = server_for(&keys).await;
    gets_a_token(&server, &key).await;
}

/// ASYM-10 MUST: "fetch JWKS by GET with `Accept: application/json`".
#[tokio::test]
async fn it_is_a_get_that_asks_for_json() {
    let key = new_key();
    let keys = KeyServer::with(&[&key]);
    let server = server_for(&keys).await;
    gets_a_token(&server, &key).await;
    let head = keys.requests().remove(0).to_ascii_lowercase();
    assert!(head.starts_with("get /jwks.json http/1.1\r\n"), "{head}");
    assert!(head.contains("\r\naccept: application/json\r\n"), "{head}");
    for leak in ["authorization", "cookie", "referer"] {
        assert!(!head.contains(leak), "{head}");
    }
}

#[tokio::test]
async fn an_assertion_by_another_key_is_refused() {
    let (key, other) = (new_key(), new_key());
    let keys = KeyServer::with(&[&key]);
    let server = server_for(&keys).await;
    is_refused(&server, &other).await;
}

/// ASYM-12: https only, no private address, unless the tenant's policy says otherwise. The client is written past the
/// tenant file, which would not take such a URL.
#[tokio::test]
async fn without_the_switch_nothing_on_this_machine_is_touched() {
    let key = new_key();
    let keys = KeyServer::with(&[&key]);
    let port = keys.port;
    for url in [
        keys.url.clone(),
        format!("https://127.0.0.1:{port}/jwks.json"),
        format!("https://localhost:{port}/jwks.json"),
        format!("https://localhost.:{port}/jwks.json"),
        format!("https://2130706433:{port}/jwks.json"),
        format!("https://0x7f.1:{port}/jwks.json"),
        format!("https://[::1]:{port}/jwks.json"),
        format!("https://[::ffff:127.0.0.1]:{port}/jwks.json"),
        format!("https://0.0.0.0:{port}/jwks.json"),
        "https://169.254.169.254/latest/meta-data/".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let server =
            TestServer::start_with(|toml| format!("{toml}{}", client(CLIENT, "https://client.example/jwks"))).await;
        register(&server, &url).await;
        let answer = asks(&server, CLIENT, &key).await;
        assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_client"), "{url}");
    }
    assert_eq!(keys.connections(), 0);
}

/// The switch is for this machine alone: it opens neither plain http nor private networks elsewhere.
#[tokio::test]
async fn with_the_switch_only_this_machine_is_allowed() {
    let key = new_key();
    let keys = KeyServer::with(&[&key]);
    for url in
        ["http://192.168.1.1/jwks", "http://169.254.169.254/jwks", "https://10.0.0.1/jwks", "http://0.0.0.0/jwks"]
    {
        let server = server_for(&keys).await;
        register(&server, url).await;
        let start = tokio::time::Instant::now();
        is_refused(&server, &key).await;
        assert!(start.elapsed().as_millis() < 1000, "{url} was tried");
    }
}

async fn register(server: &TestServer, url: &str) {
    let tenant = server.server.tenant("clinic", server.now()).await.expect("the table answers").expect("a tenant");
    let found = server.server.client(&tenant.id, CLIENT, server.now()).await.expect("the table answers");
    let authentication = ClientAuthentication::PrivateKeyJwt { keys: RegisteredKeys::JwksUri(url.to_owned()) };
    let client = Client { authentication, ..Client::clone(&found.expect("a client")) };
    server.server.store.write_unraced(vec![Write::overwrite(&client).expect("an item")]).await.expect("it is written");
    server.server.forget_configuration();
}
