//! What the checking page says.

use kit::{TestServer, html::elements};

async fn check(server: &TestServer, what: &str, text: &str) -> String {
    server.post(&format!("/launcher/validate/{what}"), &[("text", text)], &[]).await.body
}

fn marks(page: &str) -> Vec<String> {
    elements(page).iter().filter_map(|element| element.attribute("data-mark").map(str::to_owned)).collect()
}

#[tokio::test]
async fn each_scope_is_said_in_words_and_each_mistake_pointed_at() {
    let server = TestServer::local().await;
    let page =
        check(&server, "scope", "openid patient/Observation.rs?category=laboratory user/*.srd patient/Observaton.rs")
            .await;
    assert_eq!(marks(&page)[..4], ["good", "good", "bad", "bad"]);
    assert!(page.contains("See laboratory results") && page.contains("What is Observaton?"));
}

#[tokio::test]
async fn a_registration_is_checked_line_by_line() {
    let server = TestServer::local().await;
    let good = "client_id = \"x\"\nclient_name = \"X\"\ntoken_endpoint_auth_method = \"none\"\n\
                redirect_uris = [\"https://app.example/cb\"]\nscope = \"patient/*.rs\"";
    assert!(check(&server, "registration", good).await.contains("data-verdict=\"good\""));
    let page = check(&server, "registration", &good.replace("redirect_uris", "redirect_uri")).await;
    assert!(page.contains("line 4, column 1") && page.contains("perhaps `redirect_uris`"));
}

#[tokio::test]
async fn a_private_key_in_a_key_set_is_a_leak() {
    let server = TestServer::local().await;
    let page = check(&server, "jwks", include_str!("../../infra/local/tenants/keys/home-backend-service.json")).await;
    assert!(page.contains("put it into"));
    let set = format!("{{\"keys\":[{}]}}", include_str!("../../infra/local/tenants/keys/home-backend-service.json"));
    let page = check(&server, "jwks", &set).await;
    assert!(page.contains("data-verdict=\"bad\"") && page.contains("leaked"));
}

#[tokio::test]
async fn a_client_assertion_and_its_access_token_are_verified() {
    let server = TestServer::local().await;
    let run = server.post("/app/riverside/server/backend-service/backend", &[], &[]).await.body;
    let after = |mark: &str| run.split_once(mark).unwrap().1.split(['&', '<', '\n']).next().unwrap().to_owned();
    for jwt in [after("client_assertion="), after("access_token&#34;: &#34;")] {
        let page = check(&server, "jwt", &jwt).await;
        assert!(page.contains("data-verdict=\"good\""), "{page}");
    }
    let page = check(&server, "jwt", "eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0.").await;
    assert!(page.contains("data-verdict=\"bad\""));
}

#[tokio::test]
async fn nonsense_is_answered_calmly() {
    let server = TestServer::local().await;
    for what in ["scope", "jwt", "jwks", "registration"] {
        for text in ["", "{", "[[", "a.b.c", "\u{0}\u{1F600}", "{\"keys\":[1,{}]}", "{\"keys\":[{\"kty\":{}}]}"] {
            check(&server, what, text).await;
        }
        assert_eq!(server.get(&format!("/launcher/validate/{what}?text=%FF&x")).await.status, 200);
    }
    assert_eq!(server.get("/launcher/validate/other").await.status, 404);
}
