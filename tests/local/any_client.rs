//! Tenants that take any app, and ask less of PKCE: for the local server alone.

use kit::{App, DocumentServer, Person, TestServer};
use local::options::Options;
use rules::client::Client;
use server::store::{Versioned, Write, schema};
use std::path::{Path, PathBuf};

/// The sample tenant with these lines of its own.
async fn riverside_with(lines: &str) -> TestServer {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/local/tenants/riverside.toml");
    let text =
        std::fs::read_to_string(sample).unwrap().replacen("simulate = true", &format!("{lines}\nsimulate = true"), 1);
    assert!(text.contains(lines));
    let path: PathBuf = std::env::temp_dir().join(format!("admit-any-{}.toml", rules::secret::random_text::<9>()));
    std::fs::write(&path, text).unwrap();
    let options = Options { port: 0, in_memory: true, tenants: vec![path.clone()], ..Options::default() };
    let server = TestServer::local_with(options).await;
    std::fs::remove_file(path).unwrap();
    server
}

const SCOPE: &str = "launch/patient openid fhirUser offline_access patient/*.rs";

fn stranger<'a>(server: &'a TestServer, client_id: &'static str, redirect_uri: &'static str) -> App<'a> {
    App { client_id, redirect_uri, ..App::sample(server) }
}

fn amy(server: &TestServer) -> Person<'_> {
    let mut amy = Person::named(server, "amy");
    amy.password = "demo-amy".to_owned();
    amy
}

/// The request without what is named.
fn without(url: &str, names: &[&str]) -> String {
    let mut url = url::Url::parse(url).unwrap();
    let kept: Vec<(String, String)> =
        url.query_pairs().into_owned().filter(|(name, _)| !names.contains(&name.as_str())).collect();
    url.query_pairs_mut().clear().extend_pairs(kept);
    url.into()
}

#[tokio::test]
async fn an_app_that_nobody_registered_gets_its_tokens_and_refreshes_them() {
    let server = riverside_with("any_client = true").await;
    for (client_id, redirect_uri) in [
        ("whatever", "http://127.0.0.1:4321/cb"),
        ("https://app.example/id?x=1", "https://app.example/callback"),
        ("whatever", "com.example.app:/callback"),
    ] {
        let app = stranger(&server, client_id, redirect_uri);
        let code = app.code_from(&mut amy(&server), SCOPE, None).await;
        let tokens = app.exchanges(&code).await;
        assert_eq!(tokens.0["patient"], "amy-shaw");
        let refreshed = app.refreshes(tokens.refresh_token()).await;
        assert_ne!(refreshed.access_token(), tokens.access_token());
    }
    let page = server.get("/launcher/register").await.body;
    assert!(page.contains("data-app=\"whatever\"") && page.contains("came by itself"), "{page}");
}

#[tokio::test]
async fn whatever_it_proves_itself_with_is_taken() {
    let server = riverside_with("any_client = true").await;
    let app = stranger(&server, "whatever", "http://127.0.0.1:4321/cb");
    let basic = kit::http::basic("whatever", "any secret at all");
    let code = app.code_from(&mut amy(&server), SCOPE, None).await;
    let form = app.exchange_form(&code);
    let form: Vec<(&str, &str)> = form
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| *name != "client_id")
        .collect();
    let answer = server.post("/riverside/token", &form, &[("authorization", &basic)]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let code = app.code_from(&mut amy(&server), SCOPE, None).await;
    let mut form = app.exchange_form(&code);
    form.extend([("client_secret".to_owned(), "another".to_owned())]);
    assert_eq!(app.sends("token", &form).await.status, 200);
}

/// Who is registered is who they were: the open door is beside theirs.
#[tokio::test]
async fn a_registered_app_is_still_held_to_its_registration() {
    let server = riverside_with("any_client = true").await;
    let elsewhere = stranger(&server, "test-app", "https://evil.example/callback");
    assert_eq!(amy(&server).asks(&elsewhere.standalone(SCOPE)).await.status, 400);
    let form = [("grant_type", "client_credentials"), ("scope", "system/*.rs")];
    let basic = kit::http::basic("symmetric-app", "not its secret");
    assert_eq!(server.post("/riverside/token", &form, &[("authorization", &basic)]).await.status, 401);
    let basic = kit::http::basic("symmetric-app", "growth-chart-sample-secret-for-a-laptop");
    let answer = server.post("/riverside/revoke", &[("token", "nobody's")], &[("authorization", &basic)]).await;
    assert_eq!(answer.status, 200, "what it proves itself with is looked at, and good: {}", answer.body);
}

/// As the table has it, whoever has it in memory.
async fn kept(server: &TestServer, client_id: &str) -> Versioned<Client> {
    let tenant = server.server.tenant("riverside", server.server.now()).await.unwrap().unwrap();
    let key = schema::client(&tenant.tenant.id, client_id);
    server.server.store.find(key, server.server.now()).await.unwrap().unwrap()
}

/// What `admit client disable` does.
async fn switches_off(server: &TestServer, client_id: &str) {
    let there = kept(server, client_id).await;
    let off = Client { disabled: true, ..there.value.clone() };
    server.server.store.write_unraced(vec![Write::update(&there, &off).unwrap()]).await.unwrap();
}

#[tokio::test]
async fn an_app_that_was_switched_off_stays_so_however_often_it_asks() {
    let server = riverside_with("any_client = true").await;
    let form = [
        ("tenant", "riverside"),
        ("client_id", "my-app"),
        ("client_name", "My App"),
        ("kind", "secret"),
        ("redirect_uris", "http://127.0.0.1:4321/cb"),
        ("scope", SCOPE),
    ];
    assert_eq!(server.post("/launcher/register", &form, &[]).await.status, 200);
    for client_id in ["my-app", "whatever"] {
        let app = stranger(&server, client_id, "http://127.0.0.1:4321/cb");
        assert_eq!(amy(&server).asks(&app.standalone(SCOPE)).await.status, 303);
        switches_off(&server, client_id).await;
        let off = kept(&server, client_id).await;
        let is_as_it_was = async || {
            let now = kept(&server, client_id).await;
            assert!(now.disabled, "{client_id}");
            assert_eq!(serde_json::to_value(&now.value).unwrap(), serde_json::to_value(&off.value).unwrap());
        };
        // At once, while the server has it in memory still; and when it knows.
        let elsewhere = stranger(&server, client_id, "http://127.0.0.1:4321/other");
        amy(&server).asks(&elsewhere.standalone(SCOPE)).await;
        is_as_it_was().await;
        server.server.forget_configuration();
        for app in [app, elsewhere] {
            assert_eq!(amy(&server).asks(&app.standalone(SCOPE)).await.status, 400, "{client_id}");
            is_as_it_was().await;
        }
    }
}

/// The layers read a form before its endpoint does.
#[tokio::test]
async fn a_body_that_is_too_large_is_refused_as_the_endpoint_refuses_it() {
    let server = riverside_with("any_client = true").await;
    let token = "x".repeat(300 * 1024);
    for endpoint in ["token", "revoke", "introspect"] {
        let headers = [("origin", "http://127.0.0.1:3000")];
        let answer = server.post(&format!("/riverside/{endpoint}"), &[("token", &token)], &headers).await;
        assert_eq!(answer.refusal(), "413 invalid_request", "{endpoint}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("http://127.0.0.1:3000"), "{endpoint}");
    }
}

#[tokio::test]
async fn elsewhere_nobody_gets_in_without_being_registered() {
    let server = riverside_with("pkce = \"optional\"").await;
    let app = stranger(&server, "whatever", "http://127.0.0.1:4321/cb");
    assert_eq!(amy(&server).asks(&app.standalone(SCOPE)).await.status, 400);
}

#[tokio::test]
async fn pkce_is_required_optional_or_unheard_of_as_the_tenant_says() {
    let code_parameters = ["code_challenge", "code_challenge_method"];
    for (pkce, without_it, wrong_verifier) in [("required", false, 400), ("optional", true, 400), ("none", true, 200)] {
        let server = riverside_with(&format!("pkce = \"{pkce}\"")).await;
        let app = App::sample(&server);
        let bare = without(&app.standalone(SCOPE), &code_parameters);
        let answer = amy(&server).asks(&bare).await;
        assert_eq!(answer.query("error").is_none(), without_it, "{pkce}: {}", answer.location());
        if without_it {
            let code = amy(&server).goes_through(&bare, None).await.query("code").unwrap();
            let form: Vec<_> =
                app.exchange_form(&code).into_iter().filter(|(name, _)| name != "code_verifier").collect();
            let answer = app.sends("token", &form).await;
            assert_eq!(answer.status, 200, "{pkce}: {}", answer.body);
        }
        // Whoever uses it is held to it, but where it is unheard of.
        let code = app.code_from(&mut amy(&server), SCOPE, None).await;
        let mut form = app.exchange_form(&code);
        form.iter_mut().filter(|(name, _)| name == "code_verifier").for_each(|(_, value)| *value = "x".repeat(43));
        assert_eq!(app.sends("token", &form).await.status, wrong_verifier, "{pkce}");
        for path in ["/riverside/fhir/.well-known/smart-configuration", "/riverside/.well-known/openid-configuration"] {
            let named = server.get(path).await.json()["code_challenge_methods_supported"].is_array();
            assert_eq!(named, pkce != "none", "{pkce} {path}");
        }
    }
}

#[tokio::test]
async fn a_deployment_refuses_both() {
    let sample = include_str!("../../infra/local/tenants/home.toml").replace("loopback_key_sets = true", "");
    for (line, word) in
        [("any_client = true", "any_client"), ("pkce = \"optional\"", "pkce"), ("pkce = \"none\"", "pkce")]
    {
        let text = sample.replace("simulate = true", line);
        let file = admin::tenant_file::parse("home.toml", &text).unwrap();
        let items = file.resolve("https://auth.example").unwrap();
        let refused = file.for_deployment(&items).unwrap_err().to_string();
        assert!(refused.contains(word) && refused.contains("laptop") && refused.contains("home.toml:"), "{refused}");
    }
    let file =
        admin::tenant_file::parse("home.toml", &sample.replace("simulate = true", "pkce = \"required\"")).unwrap();
    assert!(file.for_deployment(&file.resolve("https://auth.example").unwrap()).is_ok());
    let wrong = admin::tenant_file::parse("home.toml", &sample.replace("simulate = true", "pkce = \"plain\""));
    assert!(wrong.unwrap_err().to_string().contains("optional"));
}

#[tokio::test]
async fn the_sandbox_takes_an_app_with_nothing_but_its_own_names() {
    let sandbox = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/local/sandbox.toml");
    let server =
        TestServer::local_with(Options { port: 0, in_memory: true, tenants: vec![sandbox], ..Options::default() })
            .await;
    let app = stranger(&server, "first-try", "http://127.0.0.1:4321/cb").at("sandbox");
    let bare = without(&app.standalone(SCOPE), &["code_challenge", "code_challenge_method"]);
    let code = amy(&server).goes_through(&bare, Some("amy-shaw")).await.query("code").unwrap();
    let form: Vec<_> = app.exchange_form(&code).into_iter().filter(|(name, _)| name != "code_verifier").collect();
    assert_eq!(app.sends("token", &form).await.status, 200);
}

/// An app that nobody registered may send its request ahead, with or without a secret, and without PKCE where the tenant says so.
#[tokio::test]
async fn an_app_that_nobody_registered_pushes_its_request() {
    let policy = "any_client = true\npkce = \"optional\"";
    let server = riverside_with(policy).await;
    let found = server.server.tenant("riverside", server.server.now()).await.unwrap().unwrap();
    let mut tenant = found.tenant.clone();
    tenant.policy.pushed_authorization_requests = rules::tenant::PushedRequests::Required;
    server.server.store.write_unraced(vec![Write::overwrite(&tenant).unwrap()]).await.unwrap();
    server.server.forget_configuration();
    for proof in [kit::app::Proof::Public, kit::app::Proof::Basic("any-secret"), kit::app::Proof::Post("any-secret")] {
        let app = App { proof, ..stranger(&server, "pushing", "http://127.0.0.1:4321/cb") };
        let request: kit::app::Pairs =
            app.request(SCOPE).into_iter().filter(|(name, _)| !name.starts_with("code_challenge")).collect();
        let url = app.pushed(&request).await;
        let code = amy(&server).goes_through(&url, None).await.query("code").unwrap();
        let form = kit::app::with(app.exchange_form(&code), "code_verifier", None);
        assert_eq!(app.sends("token", &form).await.status, 200);
    }
}

/// CIMD-2: what its document says of an app is more than what the app says of itself.
#[tokio::test]
async fn an_app_whose_document_is_taken_is_not_taken_in_without_it() {
    let documents = "client_documents = { hosts = [\"127.0.0.1\"], scope = \"launch/patient patient/*.rs\" }";
    let server = riverside_with(&format!("any_client = true\n{documents}")).await;
    let agent = DocumentServer::start();
    let elsewhere = stranger(&server, agent.client_id, "https://elsewhere.example/callback");
    let refused = server.get(&elsewhere.standalone(SCOPE)).await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    let app = stranger(&server, agent.client_id, kit::document_server::CALLBACK);
    let code = app.code_from(&mut amy(&server), SCOPE, None).await;
    assert_eq!(app.exchanges(&code).await.scope(), "launch/patient patient/*.rs");
    let whatever = stranger(&server, "whatever", "https://elsewhere.example/callback");
    whatever.code_from(&mut amy(&server), SCOPE, None).await;
}
