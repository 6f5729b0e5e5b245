//! He asks about names, of users, clients, tokens, launches, and tells from the answers or from the time they take which
//! ones exist. Every cause of one kind of refusal has one text, and an unknown name costs the work of a known one (ASYM-9;
//! RFC 6749 §10.10).

use super::*;
use axum::http::Method;
use kit::{
    Person, app::assertion_form, app::authorize_url, app::with, http::encode, server::BASE, server::password_hash_of,
};
use std::{
    sync::{
        OnceLock,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;

#[tokio::test]
async fn unknown_and_known_clients_get_the_same_words() {
    let server = TestServer::start().await;
    let mut answers = Vec::new();
    for user in ["unknown", "symmetric-app", "post-app", "public-app", "backend", "clinic-fhir", "clinic-ehr", ""] {
        for password in ["wrong", "wrong-and-as-long-as-a-generated-secret-would-be", "%zz+%41"] {
            let header = basic(user, password);
            let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
            let answer = server.post("/clinic/token", &form, &[("authorization", &header)]).await;
            answers.push((answer.status, answer.error(), sentence(&answer)));
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

#[tokio::test]
async fn so_do_clients_without_a_proof() {
    let server = TestServer::start().await;
    let mut answers = Vec::new();
    for client_id in ["unknown", "symmetric-app", "backend", "clinic-fhir", "x\u{0}", &"x".repeat(5000)] {
        let form = [("grant_type", "authorization_code"), ("code", "x"), ("client_id", client_id)];
        let answer = server.post("/clinic/token", &form, &[]).await;
        answers.push((answer.status, answer.error(), sentence(&answer)));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

#[tokio::test]
async fn so_do_assertions() {
    let server = TestServer::start().await;
    let mut answers = Vec::new();
    let now = server.now().0;
    for client_id in ["unknown", "symmetric-app", "public-app", "rs384-app", "backend"] {
        let aud = format!("{BASE}/clinic/token");
        let wrong = kit::key_server::signed_by(
            &kit::key_server::new_key(),
            &serde_json::json!({ "iss": client_id, "sub": client_id, "aud": aud, "exp": now + 300, "jti": client_id }),
        );
        let mut form = assertion_form(&wrong);
        form.push(("grant_type".into(), "client_credentials".into()));
        let pairs: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let answer = server.post("/clinic/token", &pairs, &[]).await;
        answers.push((answer.status, answer.error(), sentence(&answer)));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

#[tokio::test]
async fn unknown_and_known_callers_of_the_other_endpoints_get_the_same_words() {
    let server = TestServer::start().await;
    for path in ["introspect", "launchContext"] {
        let mut answers = Vec::new();
        for user in ["unknown", "clinic-fhir", "clinic-ehr", "symmetric-app", "backend"] {
            let header = basic(user, "wrong");
            let form = [("token", "x")];
            let answer = server.post(&format!("/clinic/{path}"), &form, &[("authorization", &header)]).await;
            answers.push((answer.status, answer.error(), sentence(&answer)));
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
    }
}

/// The same page, byte for byte but for what is random.
#[tokio::test]
async fn unknown_and_known_users_see_the_same_page() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut pages = Vec::new();
    for username in ["unknown", "amy", "AMY", "amy ", "", "a\u{0}", &"x".repeat(300), &"x".repeat(5000)] {
        let mut person = Person::named(&server, "amy");
        let page = person.opens(&app.standalone(SCOPE)).await.page();
        let csrf = page.fields.iter().find(|(name, _)| name == "csrf").expect("a token").1.clone();
        let page = person.submits(&page, &[("username", username), ("password", "wrong")]).await.page();
        let id = page.url.rsplit('/').next().expect("an id").to_owned();
        pages.push((page.answer.status, page.answer.body.replace(&csrf, "CSRF").replace(&id, "ID")));
    }
    pages.dedup();
    assert_eq!(pages.len(), 1);
}

/// RFC 6749 §5.2 has one code for all of these.
#[tokio::test]
async fn codes_and_refresh_tokens_that_never_were_are_as_unknown_as_expired_ones() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    server.passes(60);
    let expired = app.redeems(&code).await;
    server.passes(91 * 86_400);
    let dead = app.sends_refresh(tokens.refresh_token(), None).await;
    let a = "A".repeat(43);
    let never = app.redeems(&format!("{}.{a}", "A".repeat(22))).await;
    let never_was = app.sends_refresh(&format!("{}.{a}{a}", "A".repeat(22)), None).await;
    assert_eq!((expired.status, sentence(&expired)), (never.status, sentence(&never)));
    assert_eq!((dead.status, sentence(&dead)), (never_was.status, sentence(&never_was)));
}

/// Before a redirect target exists the page says which half is wrong, and that much is public: client ids are no secrets
/// (RFC 6749 §2.2). What it must not say is which redirect URIs are registered.
#[tokio::test]
async fn the_error_page_names_no_registered_uri() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let request = with(app.request(SCOPE), "redirect_uri", Some("https://evil.example/"));
    let answer = Person::named(&server, "amy").opens(&authorize_url(&request)).await.end();
    assert!(!answer.body.contains("app.example"), "{}", answer.body);
}

/// A tenant that does not exist is as little there as a path that does not.
#[tokio::test]
async fn unknown_tenants_are_not_found() {
    let server = TestServer::start().await;
    for path in ["token", "introspect", "revoke", "launchContext"] {
        assert_eq!(server.post(&format!("/nobody/{path}"), &[], &[]).await.status, 404);
    }
    let query = encode(&[("client_id", "public-app")]);
    assert_eq!(server.get(&format!("/nobody/authorize?{query}")).await.status, 404);
}

/// The least work that each name cost, over several rounds. Half as much again would show; what other tests do at the same
/// time does not.
async fn take_alike<F: Future<Output = ()>>(names: &[&'static str], act: impl Fn(&'static str) -> F) {
    let mut least = vec![Duration::MAX; names.len()];
    for round in 0..40 {
        for (name, least) in names.iter().zip(&mut least) {
            let start = work_so_far();
            act(name).await;
            *least = work_so_far().saturating_sub(start).min(*least);
        }
        let (shortest, longest) = (least.iter().min().expect("times"), least.iter().max().expect("times"));
        if round >= 4 && *longest < shortest.mul_f64(1.5) + Duration::from_millis(5) {
            return;
        }
    }
    panic!("one stands out: {names:?} {least:?}");
}

/// From an address that nobody came from before, so that none must wait.
fn elsewhere(server: &TestServer) -> TestServer {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let [a, b] = NEXT.fetch_add(1, Ordering::SeqCst).to_be_bytes();
    server.seen_from(&format!("198.18.{a}.{b}"))
}

/// The time that this thread was on a processor, where the system says so (Linux): on a busy machine the clock on the wall
/// tells more of the neighbours than of us.
fn work_so_far() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    let on_processor = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = on_processor.as_deref().and_then(|text| text.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| START.get_or_init(Instant::now).elapsed(), Duration::from_nanos)
}

/// A wrong password for nobody takes the work of one for somebody, however theirs is hashed: weakly, as this server does it, or by
/// more work than that.
#[tokio::test]
async fn an_unknown_user_takes_as_long_as_a_known_one() {
    let server = TestServer::start_with(|toml| {
        let user = |(name, hash): (&str, String)| {
            format!("\n[[users]]\nusername = \"{name}\"\npassword_hash = \"{hash}\"\nname = \"{name}\"\n")
        };
        let kinds = [("weak", password_hash_of(64, 1)), ("strong", password_hash_of(19_456, 5))];
        toml + &kinds.map(user).concat()
    })
    .await;
    let url = App::public(&server).standalone(SCOPE);
    let (server, url) = (&server, &url);
    take_alike(&["amy", "weak", "strong", "nobody"], |username| async move {
        let server = &elsewhere(server);
        let mut person = Person::named(server, "amy");
        let page = person.opens(url).await.page();
        person.submits(&page, &[("username", username), ("password", "wrong")]).await.page();
    })
    .await;
}

/// A short secret may be a chosen one, and is hashed slowly whether or not the client exists, and however its own secret
/// is kept. The second secret is one that looks form-encoded, and is tried in both forms.
#[tokio::test]
async fn an_unknown_client_takes_as_long_as_a_known_one() {
    let server = &TestServer::start().await;
    for secret in ["wrong", "wr%6fng"] {
        take_alike(&["symmetric-app", "post-app", "public-app", "backend", "nobody"], |client| async move {
            let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
            let header = basic(client, secret);
            let answer = elsewhere(server).post("/clinic/token", &form, &[("authorization", &header)]).await;
            assert_eq!(answer.status, 401);
        })
        .await;
    }
}

/// Nor do the names of FHIR servers and EHRs show.
#[tokio::test]
async fn an_unknown_ehr_takes_as_long_as_a_known_one() {
    let server = &TestServer::start().await;
    for (path, names) in [
        ("launchContext", ["clinic-ehr", "clinic-fhir", "nobody"]),
        ("introspect", ["clinic-fhir", "backend", "nobody"]),
    ] {
        take_alike(&names, |name| async move {
            let header = basic(name, "wrong");
            let form = [("token", "x")];
            let answer = elsewhere(server).post(&format!("/clinic/{path}"), &form, &[("authorization", &header)]).await;
            assert_eq!(answer.status, 401);
        })
        .await;
    }
}

/// A HEAD or a preflight tells no more than the request itself.
#[tokio::test]
async fn other_methods_tell_nothing_more() {
    let server = TestServer::start().await;
    for client in ["public-app", "unknown"] {
        let query = encode(&[("client_id", client)]);
        let answer = server.request(Method::HEAD, &format!("/clinic/authorize?{query}"), &[], "").await;
        assert_eq!((answer.status, answer.body.as_str()), (400, ""));
    }
}
