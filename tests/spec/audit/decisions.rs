//! Who decided what about whom.

use super::SCOPE;
use kit::{
    App, Ehr, Person, TestServer,
    audit::{agent, detail},
    server::{ISSUER, PASSWORD},
    signing_keys,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The codes of type and subtype, and the outcome.
fn said(event: &Value) -> (&str, &str, &str) {
    (
        event["type"]["code"].as_str().unwrap_or_default(),
        event["subtype"][0]["code"].as_str().unwrap_or_default(),
        event["outcome"].as_str().unwrap_or_default(),
    )
}

fn all(events: &[Value]) -> Vec<(&str, &str, &str)> {
    events.iter().map(said).collect()
}

fn user(event: &Value) -> Option<&str> {
    agent(event, "IRCP")?["who"]["reference"].as_str()
}

fn patient(event: &Value) -> Option<&str> {
    let entities = event["entity"].as_array()?;
    entities.iter().find(|entity| entity["type"]["code"] == "1")?["what"]["reference"].as_str()
}

fn client(event: &Value) -> Option<&str> {
    let agent = agent(event, "110150").or(agent(event, "110153"))?;
    agent["who"]["identifier"]["value"].as_str()
}

const SIGNED_IN: (&str, &str, &str) = ("110114", "110122", "0");
const PERMIT: (&str, &str, &str) = ("110113", "AuthZ-Consent", "0");

/// A line of a log ends, and an event has the scope twice.
#[tokio::test]
async fn a_long_scope_is_kept_by_its_beginning_and_its_hash() {
    let reference = "client_id = \"backend\"\naccess_token_format = \"reference\"";
    let server = TestServer::start_with(|toml| toml.replace("client_id = \"backend\"", reference)).await;
    let scopes: Vec<String> = (0..400).map(|n| format!("system/Observation.rs?code=a{n:04}")).collect();
    let scope = scopes.join(" ");
    App::backend(&server).asks_for_itself(&scope).await.json();
    let event = server.audit.take().pop().expect("an event");
    let kept = detail(&event, "scope").expect("a scope");
    assert!(scope.starts_with(kept) && (4_000..=4_096).contains(&kept.len()), "{}", kept.len());
    assert!(kept.split(' ').all(|one| scopes.iter().any(|asked| asked == one)), "none is cut in two");
    let hash: String = Sha256::digest(&scope).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(detail(&event, "scope_sha256"), Some(hash.as_str()));
    assert_eq!(detail(&event, "scope_bytes"), Some(scope.len().to_string().as_str()));
    assert!(event.to_string().len() < 20_000, "{}", event.to_string().len());
}

#[tokio::test]
async fn a_launch_is_a_sign_in_a_consent_and_a_token() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let events = server.audit.take();
    assert_eq!(all(&events), [SIGNED_IN, PERMIT, PERMIT]);
    let amy = format!("{}/Patient/amy-shaw", server.fhir.url);
    for event in &events {
        assert_eq!(user(event), Some(amy.as_str()));
        assert_eq!(client(event), Some("public-app"));
        assert_eq!(event["recorded"], "2027-01-15T08:00:00Z");
        assert_eq!(event["source"]["observer"]["identifier"]["value"], ISSUER);
    }
    assert_eq!(patient(&events[1]), Some(amy.as_str()));
    assert_eq!(detail(&events[1], "scope"), Some(SCOPE));
    let claims = tokens.claims("access_token");
    let jti = format!("urn:ietf:params:oauth:jti:{}", claims["jti"].as_str().expect("a jti"));
    assert!(events[2]["entity"].as_array().expect("entities").iter().any(|e| e["what"]["identifier"]["value"] == jti));
}

#[tokio::test]
async fn a_wrong_password_names_a_person_who_exists_and_nobody_else() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let page = amy.opens(&App::public(&server).standalone(SCOPE)).await.page();
    for (typed, named) in [("amy", true), ("my-password-by-mistake", false)] {
        amy.submits(&page, &[("username", typed), ("password", "wrong")]).await.page();
        let event = server.audit.takes_one("110122");
        assert_eq!((said(&event).2, user(&event).is_some()), ("4", named), "{event:#}");
        assert!(!event.to_string().contains("my-password-by-mistake"));
    }
}

#[tokio::test]
async fn a_locked_sign_in_is_a_serious_failure() {
    let server = TestServer::start().await;
    let mut locked = None;
    for _ in 0..12 {
        let mut amy = Person::named(&server, "amy");
        let page = amy.opens(&App::public(&server).standalone(SCOPE)).await.page();
        amy.submits(&page, &[("username", "amy"), ("password", "wrong")]).await;
        locked = server.audit.take().into_iter().find(|event| said(event).2 == "8");
        if locked.is_some() {
            break;
        }
    }
    assert_eq!(said(&locked.expect("a locked sign-in")), ("110114", "110122", "8"));
}

#[tokio::test]
async fn a_no_is_kept_as_well() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let page = amy.goes_to(&App::public(&server).standalone(SCOPE), "decision", None).await;
    server.audit.take();
    amy.submits(&page, &[("decision", "deny")]).await.app();
    let event = server.audit.takes_one("AuthZ-Consent");
    assert_eq!(said(&event), ("110113", "AuthZ-Consent", "8"));
    assert!(user(&event).is_some() && event["outcomeDesc"].is_string());
}

#[tokio::test]
async fn what_is_taken_back_is_kept() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut amy = Person::named(&server, "amy");
    let answer = amy.goes_through(&app.standalone(SCOPE), None).await;
    app.exchanges(&answer.query("code").expect("a code")).await;
    let page = amy.opens("/clinic/manage").await.page();
    server.audit.take();
    amy.submits(&page, &[("client_id", "public-app"), ("decision", "take-away")]).await;
    let event = server.audit.takes_one("110137");
    assert_eq!((said(&event).2, detail(&event, "client_id")), ("0", Some("public-app")));
    assert!(user(&event).is_some_and(|user| user.ends_with("Patient/amy-shaw")));
}

#[tokio::test]
async fn signing_out_is_kept() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    amy.goes_through(&App::public(&server).standalone(SCOPE), None).await;
    let page = amy.opens("/clinic/logout").await.page();
    server.audit.take();
    amy.submits(&page, &[("sign_out", "yes")]).await.end();
    assert!(user(&server.audit.takes_one("110123")).is_some());
}

#[tokio::test]
async fn a_refused_token_says_why_and_under_which_reference() {
    let server = TestServer::start().await;
    let answer = App::symmetric(&server).redeems("no-such-code").await;
    let event = server.audit.takes_one("ITI-71");
    assert_eq!((said(&event).2, client(&event)), ("4", Some("symmetric-app")));
    let reference = answer.header("admit-refusal").expect("a reference");
    let why = event["outcomeDesc"].as_str().expect("why");
    assert!(why.starts_with("invalid_grant") && why.contains(reference), "{why}");
    assert_eq!(event["meta"], Value::Null, "the profile is for success alone");
}

#[tokio::test]
async fn a_replay_is_a_serious_failure_and_names_whose_grant_it_ended() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    app.exchanges(&code).await;
    server.audit.take();
    app.redeems(&code).await;
    let event = server.audit.takes_one("110132");
    assert_eq!((said(&event).2, user(&event).is_some()), ("8", true));
    let backend = App::backend(&server);
    let assertion = backend.assertion().sign();
    let form = kit::app::assertion_form(&assertion);
    let mut form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    form.extend([("grant_type", "client_credentials"), ("scope", "system/*.rs")]);
    assert_eq!(server.post("/clinic/token", &form, &[]).await.status, 200);
    server.audit.take();
    server.post("/clinic/token", &form, &[]).await;
    assert_eq!(client(&server.audit.takes_one("110132")), Some("backend"));
}

#[tokio::test]
async fn the_password_grant_leaves_its_warning() {
    let server = TestServer::start_with(|toml| {
        let policy = "name = \"Test Clinic\"\npolicy = { grant_types = [\"password\", \"authorization_code\", \"refresh_token\", \"client_credentials\"] }";
        let toml = toml.replacen("name = \"Test Clinic\"", policy, 1);
        let usual = "client_id = \"public-app\"\nclient_name = \"Growth Chart\"\ntoken_endpoint_auth_method = \"none\"\ngrant_types = [";
        toml.replacen(usual, &format!("{usual}\"password\", "), 1)
    })
    .await;
    let form = [
        ("grant_type", "password"),
        ("client_id", "public-app"),
        ("username", "amy"),
        ("password", PASSWORD),
        ("scope", "patient/*.rs"),
    ];
    let answer = server.post("/clinic/token", &form, &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let event = server.audit.takes_one("AuthZ-Consent");
    assert!(event["outcomeDesc"].as_str().is_some_and(|why| why.contains("RFC 9700")), "{event:#}");
    assert_eq!(detail(&event, "grant_type"), Some("password"));
}

#[tokio::test]
async fn an_introspection_names_who_asked_and_about_whom() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    server.audit.take();
    kit::app::introspect(&server, tokens.access_token()).await;
    let event = server.audit.takes_one("ITI-102");
    assert_eq!((client(&event), detail(&event, "active")), (Some("clinic-fhir"), Some("true")));
    assert!(patient(&event).is_some_and(|patient| patient.ends_with("/Patient/amy-shaw")));
    kit::app::introspect(&server, "nonsense").await;
    let event = server.audit.takes_one("ITI-102");
    assert_eq!((detail(&event, "active"), patient(&event)), (Some("false"), None));
}

#[tokio::test]
async fn a_revocation_and_a_launch_are_kept() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    server.audit.take();
    app.posts("revoke", &[("token", tokens.refresh_token())]).await;
    assert!(user(&server.audit.takes_one("110137")).is_some());
    Ehr::of(&server).launches_patient("wei-chen").await;
    let event = server.audit.takes_one("create");
    assert_eq!(client(&event), Some("clinic-ehr"));
    assert!(patient(&event).is_some_and(|patient| patient.ends_with("/Patient/wei-chen")));
    Ehr::of(&server).sends(&json!({ "patient": "two words" })).await;
    assert_eq!(said(&server.audit.takes_one("create")).2, "4");
}

#[tokio::test]
async fn a_rotation_of_keys_is_kept_and_a_run_that_does_nothing_is_not() {
    let server = TestServer::start().await;
    server.passes(91 * 86_400);
    rotate_keys::rotate_all(&server.server, &signing_keys::maker().await).await.expect("keys are rotated");
    let events = server.audit.take();
    assert!(!events.is_empty() && events.iter().all(|event| said(event).1 == "110129"), "{events:#?}");
    rotate_keys::rotate_all(&server.server, &signing_keys::maker().await).await.expect("nothing is due");
    assert_eq!(server.audit.take(), Vec::<Value>::new());
}

/// The names of people, and what opens their records, are not even here.
#[tokio::test]
async fn the_trail_holds_no_name_no_secret_and_no_token() {
    for event in super::of_everything().await {
        let text = event.to_string();
        for secret in ["Amy Shaw", "Hannah", PASSWORD, "eyJ", "secret-of-more-than", kit::app::VERIFIER] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}
