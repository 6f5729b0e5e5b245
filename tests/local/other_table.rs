//! `--dynamodb`: the table may be somebody's.

use kit::TestServer;
use local::{engine, options::Options};
use std::path::PathBuf;

#[tokio::test]
async fn a_table_that_may_be_somebodys_gets_no_sample_tenants_and_what_is_in_it_is_served() {
    let url = engine::serve_in_memory().await.unwrap();
    let options = |tenants: Vec<PathBuf>| Options {
        dynamodb: Some(url.clone()),
        table: Some("somebodys".to_owned()),
        tenants,
        ..Options::default()
    };
    let server = TestServer::local_with(options(Vec::new())).await;
    assert!(server.server.store.tenants(server.now()).await.unwrap().is_empty());
    assert_eq!(server.get("/home/.well-known/smart-configuration").await.status, 404);
    assert_eq!(server.get("/").await.status, 200);
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/local/tenants/home.toml");
    TestServer::local_with(options(vec![file.into()])).await;
    assert_eq!(server.get("/home/.well-known/smart-configuration").await.status, 200);
}
