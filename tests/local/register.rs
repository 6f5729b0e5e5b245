//! Bring your own app.

use crate::launches::{authorize_at, launch, query};
use kit::{Answer, TestServer, html::elements};
use local::options::Options;
use rules::tenant::Tenant;
use server::store::{Item, Write};

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

fn settings(page: &str) -> Vec<(String, String)> {
    let found = elements(page);
    let values = found.iter().filter(|element| element.name == "span" && element.attribute("class") == Some("value"));
    values.map(|value| (value.attribute("data-copy").unwrap_or_default().to_owned(), value.text.clone())).collect()
}

#[tokio::test]
async fn the_result_has_what_libraries_ask_for() {
    let server = TestServer::local().await;
    let (base, two) = (&server.base, "http://127.0.0.1:3000/callback\ncom.example.app:/callback");
    let (_, page) = register(&server, &with(&[("kind", "secret"), ("redirect_uris", two)])).await;
    let settings = settings(&page);
    let of =
        |name: &str| settings.iter().filter(|(of, _)| of == name).map(|(_, value)| value.as_str()).collect::<Vec<_>>();
    assert_eq!(of("issuer"), [format!("{base}/riverside")]);
    assert_eq!(of("iss"), [format!("{base}/riverside/fhir")]);
    assert_eq!(of("smart-configuration"), [format!("{base}/riverside/fhir/.well-known/smart-configuration")]);
    assert_eq!(of("redirect_uri"), ["http://127.0.0.1:3000/callback", "com.example.app:/callback"]);
    assert_eq!((of("client_id"), of("client_secret")[0].len()), (vec!["my-app"], 43));
    for discovery in ["smart-configuration", "openid-configuration"] {
        assert_eq!(server.get(of(discovery)[0].strip_prefix(base.as_str()).unwrap()).await.status, 200);
    }
    let found = elements(&page);
    for library in ["fhirclient-js", "openid-client", "spring", "python"] {
        let at = found.iter().position(|element| element.has("id", library)).unwrap();
        let text = &found[at..].iter().find(|element| element.name == "pre").unwrap().text;
        for needed in ["my-app", of("client_secret")[0], "riverside/fhir", "http://127.0.0.1:3000/callback"] {
            assert!(text.contains(needed), "{library} lacks {needed}: {text}");
        }
    }
}

#[tokio::test]
async fn a_key_is_made_shown_once_and_signs() {
    let server = TestServer::local().await;
    let form = with(&[("kind", "new_key"), ("scope", "launch/patient openid patient/*.rs")]);
    let (status, page) = register(&server, &form).await;
    assert_eq!(status, 200, "{page}");
    let found = elements(&page);
    let jwk = &found.iter().find(|element| element.has("data-copy", "the private key")).unwrap().text;
    let key = admin::private_key::PrivateKey::read(jwk).expect("a private JWK");
    let private = serde_json::from_str::<serde_json::Value>(jwk).unwrap()["d"].as_str().unwrap().to_owned();
    let assertion = key.assertion("my-app", &format!("{}/riverside/token", server.base), server.server.now()).unwrap();
    let answer = server
        .post(
            "/riverside/token",
            &[
                ("grant_type", "authorization_code"),
                ("code", "nobody's"),
                ("redirect_uri", "http://127.0.0.1:3000/callback"),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", &assertion),
            ],
            &[],
        )
        .await;
    assert_eq!(answer.error(), "invalid_grant", "the app is who it says, and its code is not good: {}", answer.body);
    let lines = &found.iter().find(|element| element.has("id", "lines")).unwrap().text;
    assert!(lines.contains("jwks = {") && !lines.contains(&private), "{lines}");
    for again in ["/launcher/register", "/launcher/register?tenant=riverside&client_id=my-app&show=yes"] {
        let page = server.get(again).await.body;
        assert!(page.contains("my-app") && !page.contains(&private), "{page}");
    }
}

#[tokio::test]
async fn registered_apps_are_listed_and_one_that_is_removed_has_nothing_any_more() {
    let server = TestServer::local().await;
    let app = with(&[("redirect_uris", "https://app.example/callback"), ("launch_url", "https://app.example/launch")]);
    assert!(!server.get("/launcher/register").await.body.contains("id=\"registered-here\""));
    register(&server, &app).await;
    let listed = async || server.get("/launcher/register").await.body.contains("data-app=\"my-app\"");
    let allowed = async || {
        let answer = server.post("/riverside/token", &[], &[("origin", "https://app.example")]).await;
        answer.header("access-control-allow-origin").is_some()
    };
    assert!(listed().await && allowed().await);
    let remove = [("tenant", "riverside"), ("client_id", "my-app")];
    let foreign = server.post("/launcher/register/remove", &remove, &[("origin", "https://evil.example")]).await;
    assert!(foreign.status == 403 && listed().await);
    let own =
        server.post("/launcher/register/remove", &[("tenant", "riverside"), ("client_id", "sample-app")], &[]).await;
    assert_eq!(own.status, 400, "what is in the file stays");
    assert_eq!(server.post("/launcher/register/remove", &remove, &[]).await.status, 303);
    assert!(!listed().await && !allowed().await);
    let refused = server.get("/launcher/launch?tenant=riverside&type=provider-ehr&app=my-app").await;
    assert_eq!(refused.status, 400);
}

/// The server has the tenant in memory for a while. What the operator wrote since is not undone.
#[tokio::test]
async fn an_app_is_registered_beside_what_was_written_into_the_tenant_since() {
    let server = TestServer::local().await;
    let (store, now) = (&server.server.store, server.server.now());
    let tenant = server.server.tenant("riverside", now).await.unwrap().unwrap().tenant.clone();
    let there = store.find::<Tenant>(tenant.key(), now).await.unwrap().unwrap();
    let next = Tenant { name: "Riverside, renamed".into(), ..there.value.clone() };
    store.write_unraced(vec![Write::update(&there, &next).unwrap()]).await.unwrap();
    let app = with(&[("redirect_uris", "https://app.example/callback"), ("launch_url", "https://app.example/launch")]);
    assert_eq!(register(&server, &app).await.0, 200);
    let left = store.find::<Tenant>(tenant.key(), now).await.unwrap().unwrap();
    assert_eq!(left.name, "Riverside, renamed");
    assert!(left.origins.contains("https://app.example"), "{:?}", left.origins);
}

/// A refresh token of before would otherwise be good again.
#[tokio::test]
async fn whoever_registers_under_the_same_name_later_begins_with_nothing() {
    let server = TestServer::local().await;
    let form = with(&[("scope", "launch/patient offline_access patient/*.rs")]);
    register(&server, &form).await;
    let app =
        kit::App { client_id: "my-app", redirect_uri: "http://127.0.0.1:3000/callback", ..kit::App::sample(&server) };
    let mut amy = kit::Person::named(&server, "amy");
    amy.password = "demo-amy".to_owned();
    let code = app.code_from(&mut amy, "launch/patient offline_access patient/*.rs", None).await;
    let tokens = app.exchanges(&code).await;
    server.post("/launcher/register/remove", &[("tenant", "riverside"), ("client_id", "my-app")], &[]).await;
    register(&server, &form).await;
    assert_eq!(app.sends_refresh(tokens.refresh_token(), None).await.status, 400);
}
