//! The request that fetches a key set.

use super::*;
use kit::{
    key_server::{Reply, jwks, new_key},
    log::Log,
};
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
    assert!(head.contains("\r\naccept: application/json, application/jwk-set+json\r\n"), "{head}");
    assert!(head.contains("\r\naccept-encoding: identity\r\n"), "{head}");
    for leak in ["authorization", "cookie", "referer"] {
        assert!(!head.contains(leak), "{head}");
    }
}

/// ASYM-12: the operator reads why a key at a URL is none, as of one in the file.
#[tokio::test]
async fn a_key_that_cant_be_used_is_logged_with_its_reason() {
    let key = new_key();
    for (change, why) in [
        (("use", json!("enc")), "not for signatures"),
        (("key_ops", json!(["sign"])), "not for verifying signatures"),
        (("kty", json!("OKP")), "unsupported curve"),
        (("kty", json!("DSA")), "its kty is neither RSA, EC nor OKP"),
        (("crv", json!("P-521")), "unsupported curve"),
        (("x", json!("AAAA")), "coordinates of the wrong length"),
        (("y", json!(7)), "a member is missing, or of another type"),
    ] {
        let mut set = jwks(&[&key]);
        set["keys"][0][change.0] = change.1;
        let keys = KeyServer::with(&[]);
        keys.answers(Reply::of(&set).with("Cache-Control", "max-age=300"));
        let server = server_for(&keys).await;
        // Another instance has it from the table.
        for server in [&server, &server.second_instance()] {
            let (log, _listening) = Log::listen();
            is_refused(server, &key).await;
            assert!(
                log.text().contains(&format!("the key with this kid can't be used: {why}")),
                "{why}: {}",
                log.text()
            );
        }
    }
}

/// Compressed bytes are not read: that identity was asked for is in the request.
#[tokio::test]
async fn a_compressed_answer_is_refused_with_its_reason() {
    let key = new_key();
    for (coding, good) in
        [("gzip", false), ("br", false), ("x-unknown", false), ("identity, deflate", false), ("identity", true)]
    {
        let (log, _listening) = Log::listen();
        let keys = KeyServer::with(&[&key]);
        keys.answers(Reply::of(&jwks(&[&key])).with("Content-Encoding", coding));
        let server = server_for(&keys).await;
        assert_eq!(asks(&server, CLIENT, &key).await.status == 200, good, "{coding}");
        assert_eq!(log.text().contains("the answer is compressed"), !good, "{coding}: {}", log.text());
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
