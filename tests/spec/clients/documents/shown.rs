//! What a person sees of an app that nobody registered (CIMD-18, CIMD-21).

use super::{flows::Keyed, *};
use kit::{browser::Place, html::elements, key_server::new_key, server::ISSUER};
use serde_json::json;

/// Text of the page, without its tags.
fn text(page: &str) -> String {
    let body = page.split_once("<body").expect("a body").1;
    let mut text = String::new();
    for piece in body.split('<') {
        text += piece.split_once('>').map_or("", |(_, text)| text);
        text.push(' ');
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn consent_page(app: &App<'_>) -> String {
    Person::named(app.server, "amy").goes_to(&app.standalone(SCOPE), "decision", None).await.answer.body
}

/// CIMD-18.
#[tokio::test]
async fn the_page_leads_with_the_host_then_where_the_answer_goes_then_the_name_as_a_claim() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    let hostile = "Claude\u{202e} <b>verified</b>\u{200b}\n by Test Clinic";
    agent.gives(&agent.changed(&json!({
        "client_name": hostile, "logo_uri": "https://agent.example/logo.svg", "client_uri": "https://agent.example/about",
    })));
    let page = consent_page(&agent.app(&server)).await;
    let (host, shown) = (format!("127.0.0.1:{}", agent.web.port), text(&page));
    let at = |what: &str| shown.find(what).unwrap_or_else(|| panic!("no {what} in {shown}"));
    assert!(at(&format!("Give {host} access?")) < at("agent.example"), "{shown}");
    assert!(at("agent.example") < at("Calls itself"), "{shown}");
    assert!(shown.contains("Test Clinic does not know this app"), "{shown}");
    let claimed = "“ Claude &#60;b&#62;verified&#60;/b&#62; by Test Clinic ”";
    assert!(shown.contains(claimed), "{shown}");
    assert!(!page.contains("logo.svg") && !page.contains("agent.example/about") && !page.contains("class=\"badge\""));
    assert!(!shown.contains("On your own device"), "{shown}");
    // Nor does the claim stand anywhere before the page that says what it is worth.
    let sign_in = server.get(asks(&agent.app(&server)).await.location()).await;
    assert!(!sign_in.body.contains("Claude"), "{}", sign_in.body);
    assert!(elements(&page).iter().all(|element| element.attribute("src").is_none()), "{page}");
}

/// CIMD-18.
#[tokio::test]
async fn an_app_on_its_persons_own_machine_comes_with_a_warning() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    agent.gives(&agent.changed(&json!({ "redirect_uris": ["http://localhost/callback", "http://[::1]/callback"] })));
    let app = App { redirect_uri: "http://localhost:3333/callback", ..agent.app(&server) };
    let shown = text(&consent_page(&app).await);
    assert!(shown.contains("On your own device") && shown.contains("localhost:3333"), "{shown}");
}

/// CIMD-18: never skipped for one that proves nothing; for one that proves itself, a yes is to what its document said.
#[tokio::test]
async fn a_yes_is_remembered_for_an_app_with_a_key_and_for_this_document_alone() {
    let server = TestServer::start_with(|toml| {
        let remembering = "loopback_key_sets = true\nremember_consent_seconds = 86400";
        taking_documents(&toml, "[\"*\"]", CEILING).replace("loopback_key_sets = true", remembering)
    })
    .await;
    let (public, keyed) = (DocumentServer::start(), Keyed::start(&new_key()));
    let is_asked = async |amy: &mut Person<'_>, agent: &DocumentServer| match amy
        .opens(&agent.app(&server).standalone(SCOPE))
        .await
    {
        Place::App(_) => false,
        Place::Page(page) => page.asks("decision"),
        Place::End(answer) => panic!("{}", answer.body),
    };
    let mut amy = Person::named(&server, "amy");
    for agent in [&public, &keyed.0] {
        amy.goes_through(&agent.app(&server).standalone(SCOPE), None).await;
    }
    assert!(is_asked(&mut amy, &public).await);
    assert!(!is_asked(&mut amy, &keyed.0).await);
    let document = keyed.0.changed(&json!({
        "token_endpoint_auth_method": "private_key_jwt", "jwks": kit::key_server::jwks(&[&new_key()]),
    }));
    keyed.0.gives(&document);
    server.passes(301);
    assert!(!is_asked(&mut amy, &keyed.0).await, "a rotated key");
    let mut renamed = document;
    renamed["client_name"] = json!("Another");
    keyed.0.gives(&renamed);
    server.passes(301);
    assert!(is_asked(&mut amy, &keyed.0).await, "another name");
}

/// CIMD-21.
#[tokio::test]
async fn a_persons_own_page_shows_its_address_and_takes_its_access_away() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    let app = agent.app(&server);
    let mut amy = Person::named(&server, "amy");
    let answer = amy.goes_through(&app.standalone(SCOPE), None).await;
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    let page = amy.opens(&format!("{ISSUER}/manage")).await.page();
    assert!(page.answer.body.contains(agent.client_id), "{}", page.answer.body);
    assert!(!page.answer.body.contains("Agent Smith"), "{}", page.answer.body);
    amy.submits(&page.with("client_id", agent.client_id), &[("decision", "take-away")]).await;
    assert_eq!(app.sends_refresh(tokens.refresh_token(), None).await.refusal(), "400 invalid_grant");
}
