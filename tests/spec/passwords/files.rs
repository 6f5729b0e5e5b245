//! The operator's file is applied again.

use super::{NEW, applies_file, changed, signs_in};
use kit::{TestServer, server::PASSWORD};

/// The whole tenant, with this password of Amy's.
async fn applies(server: &TestServer, password: &str) {
    let text = kit::server::fill(include_str!("../../fixtures/clinic.toml"), &server.fhir.url);
    let (before, after) = text.split_once("username = \"amy\"\n").expect("Amy");
    let (_, after) = after.split_once('\n').expect("her password");
    let text = format!("{before}username = \"amy\"\n{password}\n{after}");
    applies_file(server, &text).await;
}

#[tokio::test]
async fn the_same_file_does_not_undo_a_changed_password() {
    let server = TestServer::start().await;
    let typed = format!("password = \"{PASSWORD}\"");
    applies(&server, &typed).await;
    let mut amy = changed(&server, "amy").await;
    applies(&server, &typed).await;
    assert!(signs_in(&server, "amy", NEW).await);
    assert!(!signs_in(&server, "amy", PASSWORD).await);
    assert!(amy.opens(&format!("{}/account", kit::server::ISSUER)).await.page().asks("current"), "nor end a session");
}

#[tokio::test]
async fn the_same_hash_does_not_undo_it_either() {
    let server = TestServer::start().await;
    let filled = kit::server::fill("password_hash = \"{password}\"", "");
    changed(&server, "amy").await;
    applies(&server, &filled).await;
    assert!(signs_in(&server, "amy", NEW).await);
}

#[tokio::test]
async fn another_password_in_the_file_is_a_reset() {
    let server = TestServer::start().await;
    applies(&server, &format!("password = \"{PASSWORD}\"")).await;
    let mut amy = changed(&server, "amy").await;
    applies(&server, "password = \"given at the front desk\"").await;
    assert!(signs_in(&server, "amy", "given at the front desk").await);
    assert!(!signs_in(&server, "amy", NEW).await);
    assert!(amy.opens(&format!("{}/account", kit::server::ISSUER)).await.page().asks("password"));
}
