//! Bring your own app.

use crate::kit::{Desk, desk, desk_of, query};
use local::options::Options;
use reqwest::StatusCode;

const PUBLIC: [(&str, &str); 7] = [
    ("tenant", "riverside"),
    ("client_id", "my-app"),
    ("client_name", "My <App>"),
    ("kind", "public"),
    ("redirect_uris", "http://127.0.0.1:3000/callback"),
    ("launch_url", "http://127.0.0.1:3000/launch"),
    ("scope", "launch patient/*.rs"),
];

async fn register(desk: &Desk, form: &[(&str, &str)]) -> (StatusCode, String) {
    let answer = desk.http.post(format!("{}/launcher/register", desk.base)).form(form).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

fn with<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let unchanged = PUBLIC.into_iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    unchanged.chain(changes.iter().copied()).collect()
}

#[tokio::test]
async fn a_registered_app_is_launched_and_may_authorize_at_once() {
    let desk = desk().await;
    let (status, page) = register(&desk, &PUBLIC).await;
    assert_eq!(status, 200, "{page}");
    let there = desk.launch("tenant=riverside&app=my-app").await;
    assert!(there.as_str().starts_with("http://127.0.0.1:3000/launch?iss="));
    let redirect_uri = "http://127.0.0.1:3000/callback";
    let sign_in = desk.authorize_at("my-app", redirect_uri, &query(&there)["launch"]).await;
    assert!(sign_in.path().contains("/authorize/"), "{sign_in}");
}

#[tokio::test]
async fn the_lines_are_a_tenant_file_again() {
    let desk = desk().await;
    let (_, page) = register(&desk, &with(&[("kind", "secret")])).await;
    let (_, after) = page.split_once("<pre id=\"lines\">").unwrap();
    let lines =
        after.split_once("</pre>").unwrap().0.replace("&#34;", "\"").replace("&#60;", "<").replace("&#62;", ">");
    let file = format!("id = \"mine\"\nname = \"Mine\"\n{lines}");
    let clients = admin::tenant_file::parse("mine.toml", &file).unwrap().resolve(&desk.base).unwrap().clients;
    assert_eq!(clients[0].client_name, "My <App>");
    assert!(lines.contains("client_secret = "));
}

#[tokio::test]
async fn what_a_tenant_file_would_refuse_is_not_registered() {
    let desk = desk().await;
    for wrong in [
        ("redirect_uris", "http://app.example/callback"),
        ("redirect_uris", ""),
        ("scope", "patient/Observation.x"),
        ("client_id", ""),
        ("client_id", "sample-app"),
        ("kind", "key"),
    ] {
        let (status, page) = register(&desk, &with(&[wrong])).await;
        assert_eq!(status, 400, "{wrong:?}");
        assert!(page.contains("id=\"problem\""));
    }
}

#[tokio::test]
async fn a_form_on_another_site_registers_nothing() {
    let desk = desk().await;
    for (name, value) in [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
        let post = desk.http.post(format!("{}/launcher/register", desk.base)).header(name, value);
        assert_eq!(post.form(&PUBLIC).send().await.unwrap().status(), 403);
    }
    let post = desk.http.post(format!("{}/launcher/register", desk.base));
    let own = post.header("origin", "null").header("sec-fetch-site", "same-origin").form(&PUBLIC);
    assert_eq!(own.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn an_app_is_still_there_after_a_restart_and_its_pages_may_still_call() {
    let folder = std::env::temp_dir().join(format!("admit-{}", rules::secret::random_text::<9>()));
    let options = Options { port: 0, data: folder.clone(), ..Options::default() };
    let before = desk_of(local::prepare(&options).await.unwrap());
    let app = with(&[("redirect_uris", "https://app.example/callback"), ("launch_url", "https://app.example/launch")]);
    assert_eq!(register(&before, &app).await.0, 200);
    let after = desk_of(local::prepare(&options).await.unwrap());
    let page = after.page("/?tenant=riverside&type=provider-ehr").await;
    assert!(page.contains("<option value=\"my-app\""), "{page}");
    assert!(after.launch("tenant=riverside&app=my-app").await.as_str().starts_with("https://app.example/launch?iss="));
    let call = after.http.post(format!("{}/riverside/token", after.base)).header("origin", "https://app.example");
    let answer = call.send().await.unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], "https://app.example");
    assert_eq!(register(&after, &app).await.0, 200, "it may be registered anew");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn an_app_in_the_network_is_for_a_server_that_listens_there() {
    let desk = desk().await;
    let lan = with(&[("redirect_uris", "http://192.168.1.30:3000/callback"), ("launch_url", "")]);
    assert_eq!(register(&desk, &lan).await.0, 400);
    let listening = Options { port: 0, in_memory: true, listen: Some([127, 0, 0, 1].into()), ..Options::default() };
    assert_eq!(
        register(&desk_of(local::prepare(&listening).await.unwrap()), &lan).await.0,
        400,
        "loopback is no network"
    );
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
