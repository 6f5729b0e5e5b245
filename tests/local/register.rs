//! Bring your own app.

use crate::launches::{authorize_at, launch, query};
use kit::{Answer, TestServer, html::elements};
use local::options::Options;

const PUBLIC: [(&str, &str); 7] = [
    ("tenant", "riverside"),
    ("client_id", "my-app"),
    ("client_name", "My <App>"),
    ("kind", "public"),
    ("redirect_uris", "http://127.0.0.1:3000/callback"),
    ("launch_url", "http://127.0.0.1:3000/launch"),
    ("scope", "launch patient/*.rs"),
];

async fn register(server: &TestServer, form: &[(&str, &str)]) -> (u16, String) {
    let Answer { status, body, .. } = server.post("/launcher/register", form, &[]).await;
    (status, body)
}

fn with<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let unchanged = PUBLIC.into_iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    unchanged.chain(changes.iter().copied()).collect()
}

#[tokio::test]
async fn a_registered_app_is_launched_and_may_authorize_at_once() {
    let server = TestServer::local().await;
    let (status, page) = register(&server, &PUBLIC).await;
    assert_eq!(status, 200, "{page}");
    let there = launch(&server, "tenant=riverside&app=my-app").await;
    assert!(there.as_str().starts_with("http://127.0.0.1:3000/launch?iss="));
    let redirect_uri = "http://127.0.0.1:3000/callback";
    let sign_in = authorize_at(&server, "my-app", redirect_uri, &query(&there)["launch"]).await;
    assert!(sign_in.path().contains("/authorize/"), "{sign_in}");
}

#[tokio::test]
async fn the_lines_are_a_tenant_file_again() {
    let server = TestServer::local().await;
    let (_, page) = register(&server, &with(&[("kind", "secret")])).await;
    let elements = elements(&page);
    let lines = &elements.iter().find(|element| element.has("id", "lines")).unwrap().text;
    let file = format!("id = \"mine\"\nname = \"Mine\"\n{lines}");
    let clients = admin::tenant_file::parse("mine.toml", &file).unwrap().resolve(&server.base).unwrap().clients;
    assert_eq!(clients[0].client_name, "My <App>");
    assert!(lines.contains("client_secret = "));
}

#[tokio::test]
async fn what_a_tenant_file_would_refuse_is_not_registered() {
    let server = TestServer::local().await;
    for wrong in [
        ("redirect_uris", "http://app.example/callback"),
        ("redirect_uris", ""),
        ("scope", "patient/Observation.x"),
        ("client_id", ""),
        ("client_id", "sample-app"),
        ("kind", "key"),
    ] {
        let (status, page) = register(&server, &with(&[wrong])).await;
        assert_eq!(status, 400, "{wrong:?}");
        assert!(page.contains("id=\"problem\""));
    }
}

#[tokio::test]
async fn a_form_on_another_site_registers_nothing() {
    let server = TestServer::local().await;
    for (name, value) in [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
        assert_eq!(server.post("/launcher/register", &PUBLIC, &[(name, value)]).await.status, 403);
    }
    let own = [("origin", "null"), ("sec-fetch-site", "same-origin")];
    assert_eq!(server.post("/launcher/register", &PUBLIC, &own).await.status, 200);
}

#[tokio::test]
async fn an_app_is_still_there_after_a_restart_and_its_pages_may_still_call() {
    let folder = std::env::temp_dir().join(format!("admit-{}", rules::secret::random_text::<9>()));
    let options = Options { port: 0, data: folder.clone(), ..Options::default() };
    let before = TestServer::local_with(options.clone()).await;
    let app = with(&[("redirect_uris", "https://app.example/callback"), ("launch_url", "https://app.example/launch")]);
    assert_eq!(register(&before, &app).await.0, 200);
    let after = TestServer::local_with(options.clone()).await;
    let page = after.get("/?tenant=riverside&type=provider-ehr").await.body;
    assert!(page.contains("<option value=\"my-app\""), "{page}");
    assert!(
        launch(&after, "tenant=riverside&app=my-app").await.as_str().starts_with("https://app.example/launch?iss=")
    );
    let answer = after.post("/riverside/token", &[], &[("origin", "https://app.example")]).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"));
    assert_eq!(register(&after, &app).await.0, 200, "it may be registered anew");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn an_app_in_the_network_is_for_a_server_that_listens_there() {
    let server = TestServer::local().await;
    let lan = with(&[("redirect_uris", "http://192.168.1.30:3000/callback"), ("launch_url", "")]);
    assert_eq!(register(&server, &lan).await.0, 400);
    let listening = Options { port: 0, in_memory: true, listen: Some([127, 0, 0, 1].into()), ..Options::default() };
    assert_eq!(register(&TestServer::local_with(listening.clone()).await, &lan).await.0, 400, "loopback is no network");
    for elsewhere in [[0, 0, 0, 0], [8, 8, 8, 8]] {
        let options = Options { listen: Some(elsewhere.into()), ..listening.clone() };
        assert!(local::prepare(&options).await.is_err());
    }
    let lines = "[[clients]]\nclient_id = \"a\"\nclient_name = \"A\"\ntoken_endpoint_auth_method = \"none\"\n\
        allow_loopback = true\nscope = \"openid\"\nredirect_uris = ";
    let file = |uri: &str| format!("id = \"mine\"\nname = \"Mine\"\n{lines}[\"{uri}\"]\n");
    let resolved = |uri: &str| {
        let file = admin::tenant_file::parse_on_lan("mine.toml", &file(uri)).ok()?;
        file.resolve("http://192.168.1.20:9000").ok()
    };
    for near in [
        "http://192.168.1.30:3000/callback",
        "http://10.0.0.2/callback",
        "{base}/callback",
        "http://[fd00::1]/callback",
    ] {
        assert!(resolved(near).is_some(), "{near}");
    }
    for far in ["http://app.example/callback", "http://8.8.8.8/callback", "http://192.168.1.30.example/callback"] {
        assert!(resolved(far).is_none(), "{far}");
    }
    let file = admin::tenant_file::parse("mine.toml", &file("https://app.example/callback")).unwrap();
    assert!(file.resolve("http://192.168.1.20:9000").is_err(), "an issuer with plain http is for --listen alone");
}
