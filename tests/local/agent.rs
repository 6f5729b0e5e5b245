//! The agent that nobody registered, and the thief of its token.

use kit::{
    Person, TestServer,
    html::{Element, elements},
};
use local::options::Options;
use std::path::PathBuf;

/// The steps on a page: their names, and the statuses that came.
fn steps(page: &str) -> Vec<(String, String)> {
    let of = |element: &Element| {
        let text = |name: &str| element.attribute(name).map(str::to_owned);
        Some((text("data-step")?, text("data-status")?))
    };
    elements(page).iter().filter_map(of).collect()
}

fn attribute_of(page: &str, id: &str, name: &str) -> Option<String> {
    let found = elements(page);
    found.iter().find(|element| element.has("id", id))?.attribute(name).map(str::to_owned)
}

/// A person of the sample tenants at a browser.
fn amy(server: &TestServer) -> Person<'_> {
    let mut amy = Person::named(server, "amy");
    amy.password = "demo-amy".to_owned();
    amy
}

/// The page after the agent was sent to this tenant's FHIR server.
async fn sent_to(amy: &mut Person<'_>, tenant: &str) -> String {
    let fhir = format!("{}/{tenant}/fhir", amy.server().base);
    let url = format!("{}/launcher/agent", amy.server().base);
    match amy.posts(&url, &[("fhir", &fhir)]).await {
        kit::browser::Place::Page(page) => page.answer.body,
        other => panic!("{other:?}"),
    }
}

/// Its way from the address of a FHIR server to the record, and what its token is worth to somebody else.
#[tokio::test]
async fn it_needs_nothing_but_an_address_and_its_token_is_of_no_use_to_a_thief() {
    let server = TestServer::local().await;
    let mut amy = amy(&server);
    let page = sent_to(&mut amy, "lakeside").await;
    let named = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(name, status)| ((*name).to_owned(), (*status).to_owned())).collect()
    };
    let before = [("challenge", "401"), ("resource", "200"), ("server", "200"), ("document", "200"), ("push", "201")];
    assert_eq!(steps(&page), named(&before));
    let there = attribute_of(&page, "continue", "href").unwrap();
    let url = url::Url::parse(&there).unwrap();
    let names: Vec<String> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(names, ["client_id", "request_uri"], "the browser carries a reference and nothing else");
    let page = goes_through(&mut amy, &there).await;
    let after = [("answer", ""), ("token", "200"), ("read", "200")];
    let thief = [("thief-bearer", "401"), ("thief-key", "401"), ("thief-replay", "401"), ("thief-elsewhere", "401")];
    assert_eq!(steps(&page), named(&[&before[..], &after, &thief].concat()));
    assert!(page.contains("Amy V. Shaw") && page.contains("tried 4 times, and was refused 4 times"), "{page}");
    for why in ["it comes with the scheme DPoP", "another key", "jti was used before", "htu must be"] {
        assert!(page.contains(why), "{why}");
    }
    // The token names the key of the proofs.
    assert!(page.contains("&#34;jkt&#34;") && page.contains("token_type DPoP"), "{page}");
}

/// Signs in and agrees, and comes back to the agent.
async fn goes_through(amy: &mut Person<'_>, url: &str) -> String {
    let mut place = amy.opens(url).await;
    for _ in 0..4 {
        place = match place {
            kit::browser::Place::Page(page) if page.answer.body.contains("data-part") => return page.answer.body,
            kit::browser::Place::Page(page) => amy.does(&page, None).await,
            other => panic!("{other:?}"),
        };
    }
    panic!("{place:?}")
}

#[tokio::test]
async fn where_nobody_takes_it_unregistered_it_says_so_and_asks_nobody_to_sign_in() {
    let server = TestServer::local().await;
    let page = sent_to(&mut amy(&server), "riverside").await;
    assert!(page.contains("id=\"stopped\"") && page.contains("client_id_metadata_document_supported"), "{page}");
    assert_eq!(attribute_of(&page, "continue", "href"), None);
}

/// A tenant that takes no pushed requests, binds no tokens, and wants a nonce where it verifies proofs.
#[tokio::test]
async fn it_does_what_the_metadata_says() {
    let lines = |toml: &str, change: &[(&str, &str)]| {
        change.iter().fold(toml.to_owned(), |toml, (from, to)| {
            assert!(toml.contains(from), "{from}");
            toml.replace(from, to)
        })
    };
    let sample = include_str!("../../infra/local/tenants/lakeside.toml");
    let no_push = ("pushed_authorization_requests = \"accepted\"", "");
    let plain = lakeside(&lines(sample, &[no_push, ("dpop = \"accepted\"", "")])).await;
    let mut amy_there = amy(&plain);
    let page = sent_to(&mut amy_there, "lakeside").await;
    let there = attribute_of(&page, "continue", "href").unwrap();
    assert!(there.contains("code_challenge=") && !there.contains("request_uri="), "{there}");
    let page = goes_through(&mut amy_there, &there).await;
    assert!(page.contains("token_type Bearer"), "{page}");
    // What is bound to nothing is anybody's, and the page does not hide it.
    assert!(page.contains("let in: 200"), "{page}");

    let nonces = lakeside(&lines(sample, &[("[policy]", "[policy]\ndpop_nonce = true")])).await;
    let mut amy_there = amy(&nonces);
    let page = sent_to(&mut amy_there, "lakeside").await;
    let there = attribute_of(&page, "continue", "href").unwrap();
    let page = goes_through(&mut amy_there, &there).await;
    let pushes: Vec<(String, String)> = steps(&page).into_iter().filter(|(name, _)| name == "push").collect();
    assert_eq!(pushes.iter().map(|(_, status)| status.as_str()).collect::<Vec<_>>(), ["400", "201"]);
    assert!(page.contains("Amy V. Shaw"), "{page}");
}

async fn lakeside(toml: &str) -> TestServer {
    let path: PathBuf = std::env::temp_dir().join(format!("admit-agent-{}.toml", rules::secret::random_text::<9>()));
    std::fs::write(&path, toml).unwrap();
    let options = Options { port: 0, in_memory: true, tenants: vec![path.clone()], ..Options::default() };
    let server = TestServer::local_with(options).await;
    std::fs::remove_file(path).unwrap();
    server
}

/// A page that sends its visitors here gets no request made, and the agent asks no server that is none of ours.
#[tokio::test]
async fn it_goes_nowhere_for_a_page_elsewhere_nor_to_another_server() {
    let server = TestServer::local().await;
    let fhir = format!("{}/lakeside/fhir", server.base);
    let elsewhere = [("sec-fetch-site", "cross-site")];
    let refused = server.post("/launcher/agent", &[("fhir", &fhir)], &elsewhere).await;
    assert_eq!((refused.status, refused.header("set-cookie")), (403, None));
    for other in ["https://fhir.example/r4", "http://169.254.169.254/latest", "", "file:///etc/passwd"] {
        assert_eq!(server.post("/launcher/agent", &[("fhir", other)], &[]).await.status, 400, "{other}");
    }
}

/// Each state is good for one answer, and for the browser that it was made for.
#[tokio::test]
async fn an_answer_that_nobody_asked_for_is_refused() {
    let server = TestServer::local().await;
    let mut amy_there = amy(&server);
    sent_to(&mut amy_there, "lakeside").await;
    let callback = format!("{}/launcher/agent/callback", server.base);
    for query in ["", "?code=x", "?code=x&state=y", "?code=x&state="] {
        assert_eq!(amy_there.asks(&format!("{callback}{query}")).await.status, 400, "{query}");
    }
    let page = amy_there.asks(&format!("{}/launcher/agent/run", server.base)).await.body;
    assert!(attribute_of(&page, "continue", "href").is_some(), "the agent still waits");
    assert_eq!(server.get("/launcher/agent/run").await.location(), "/launcher/agent", "another browser has no run");
}

#[tokio::test]
async fn a_person_who_says_no_is_believed() {
    let server = TestServer::local().await;
    let mut amy_there = amy(&server);
    let page = sent_to(&mut amy_there, "lakeside").await;
    let there = attribute_of(&page, "continue", "href").unwrap();
    let consent = amy_there.goes_to(&there, "decision", None).await;
    let kit::browser::Place::Page(page) = amy_there.submits(&consent, &[("decision", "deny")]).await else {
        panic!("no page")
    };
    assert!(page.answer.body.contains("access_denied"), "{}", page.answer.body);
    assert!(!page.answer.body.contains("data-step=\"token\""));
}

/// Whoever can reach this server can't have it ask others for their documents (CIMD-3).
#[tokio::test]
async fn no_host_but_its_own_is_asked_for_a_document() {
    let server = TestServer::local().await;
    for client_id in ["https://stranger.example/client.json", "https://192.168.0.1/client.json"] {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("response_type", "code")
            .append_pair("client_id", client_id)
            .append_pair("redirect_uri", "https://stranger.example/callback")
            .finish();
        let answer = server.get(&format!("/lakeside/authorize?{query}")).await;
        assert_eq!(answer.status, 400, "{client_id}: {}", answer.body);
        assert!(answer.header("location").is_none(), "{client_id}");
    }
}
