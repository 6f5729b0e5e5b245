//! Bring your own app.

use crate::kit::{Desk, desk, query};
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
