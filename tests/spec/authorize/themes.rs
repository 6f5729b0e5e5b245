//! The tenant's own name, logo and colours, and the style that apps may take on (EXT-3).

use super::SCOPE;
use kit::{App, Ehr, Person, TestServer};
use serde_json::json;

const PAGES: &str = "[pages]\nlogo = \"https://cdn.example/clinic/logo.svg\"\naccent = \"#4b2e83\"\n\
                     smart_style_url = \"https://cdn.example/style-1.json\"\n";

async fn themed() -> TestServer {
    TestServer::start_with(|toml| format!("{toml}\n{PAGES}")).await
}

fn stylesheet_of(page: &str) -> String {
    let href = page.split("rel=\"stylesheet\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
    href.expect("a stylesheet").replace("&#38;", "&").replace("&amp;", "&")
}

#[tokio::test]
async fn the_logo_is_shown_and_pictures_come_from_its_origin_alone() {
    let server = themed().await;
    let page = Person::named(&server, "amy").opens(&App::public(&server).standalone(SCOPE)).await.page().answer;
    assert!(page.body.contains("src=\"https://cdn.example/clinic/logo.svg\" alt=\"\""), "{}", page.body);
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.split(';').any(|part| part.trim() == "img-src data: https://cdn.example"), "{policy}");
    let plain = TestServer::start().await;
    let page = Person::named(&plain, "amy").opens(&App::public(&plain).standalone(SCOPE)).await.page().answer;
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.split(';').any(|part| part.trim() == "img-src data:"), "{policy}");
    assert!(!page.body.contains("<img"));
}

/// The colours are in the stylesheet, whose URL changes with them, and in nothing inline.
#[tokio::test]
async fn each_tenant_has_a_stylesheet_of_its_own_with_its_colours() {
    let server = themed().await;
    let page = Person::named(&server, "amy").opens(&App::public(&server).standalone(SCOPE)).await.page().answer;
    let ours = stylesheet_of(&page.body);
    let others = stylesheet_of(&server.get("/other/authorize?client_id=unknown").await.body);
    assert_ne!(ours.split('=').nth(1), others.split('=').nth(1), "the same hash");
    assert!(server.get(&ours).await.body.contains("--accent:#4b2e83"));
    assert!(!server.get(&others).await.body.contains("#4b2e83"));
    assert!(!page.body.contains("#4b2e83"));
}

/// Even a page about a tenant that does not exist can be read.
#[tokio::test]
async fn a_page_without_a_tenant_has_a_stylesheet_that_nobody_keeps() {
    let server = TestServer::start().await;
    let answer = server.get(&stylesheet_of(&server.get("/nobody/authorize").await.body)).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
}

/// EXT-3, SMART App Launch 2.2, styling: the EHR's own style, or else the tenant's.
#[tokio::test]
async fn the_app_is_told_the_tenants_style_where_the_ehr_has_none() {
    let server = themed().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    assert_eq!(tokens.0["smart_style_url"], "https://cdn.example/style-1.json");
    let context = json!({ "patient": "amy-shaw", "smart_style_url": "https://ehr.example/style.json" });
    let launch = Ehr::of(&server).launches(context).await;
    let code = Person::named(&server, "amy").goes_through(&app.with_launch("launch patient/*.rs", &launch), None).await;
    let tokens = app.exchanges(&code.query("code").expect("a code")).await;
    assert_eq!(tokens.0["smart_style_url"], "https://ehr.example/style.json");
    let plain = TestServer::start().await;
    let tokens = App::public(&plain).gets_tokens("amy", SCOPE, None).await;
    assert!(tokens.0.get("smart_style_url").is_none());
}
