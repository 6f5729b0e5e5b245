//! He wants the victim's session, or wants the victim to work in his: by a cookie he planted, one he copied before sign-in,
//! one of another tenant, or a guess. The cookie is new at every sign-in, is known by the hash of 256 random bits, and lies
//! in its tenant's partition.

use super::*;
use axum::http::Method;
use kit::{
    Person,
    app::{authorize_url, with},
    browser::{Place, SESSION_COOKIE},
    server::PASSWORD,
};

const OTHER_COOKIE: &str = "__Host-admit-session-other";

fn other(server: &TestServer) -> String {
    let request = with(App::public(server).request(SCOPE), "aud", Some("https://fhir.other.example"));
    authorize_url(&request).replace("/clinic/", "/other/")
}

/// Fixation: he puts his own cookies into the victim's browser before the victim signs in.
#[tokio::test]
async fn a_cookie_from_before_sign_in_is_worth_nothing_after_it() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut attacker = Person::named(&server, "rosa");
    let page = attacker.opens(&app.standalone(SCOPE)).await.page();
    let planted = attacker.cookies.clone();
    let mut victim = Person::named(&server, "amy");
    victim.cookies = planted.clone();
    let consent = victim.does(&page, None).await.page();
    assert!(consent.asks("decision"));
    // He has the URL and the cookies that the way began with: he sees the sign-in page, not the victim's consent.
    let seen = attacker.opens(&page.url).await.page();
    assert!(seen.asks("password") && !seen.answer.body.contains("Amy Shaw"));
    for form in [&page, &consent, &seen] {
        assert!(!matches!(attacker.submits(form, &[("decision", "allow")]).await, Place::App(_)));
    }
    assert!(attacker.opens(&App::second(&server).standalone(SCOPE)).await.page().asks("password"));
    victim.does(&consent, None).await.app();
}

#[tokio::test]
async fn his_session_in_the_victims_browser_does_not_become_the_victims() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut attacker = Person::named(&server, "rosa");
    attacker.goes_through(&app.standalone(SCOPE), Some("mia-rivera")).await;
    let mut victim = Person::named(&server, "amy");
    victim.cookies = attacker.cookies.clone();
    let page = victim.opens(&authorize_url(&with(app.request(SCOPE), "prompt", Some("login")))).await.page();
    victim.does(&page, None).await.page();
    assert_ne!(victim.session_cookie(), attacker.session_cookie());
    // His own has ended: somebody else signed in at that browser.
    assert!(attacker.opens(&app.standalone(SCOPE)).await.page().asks("password"));
}

/// Login CSRF into a session: his sign-in form does nothing in the victim's browser, so neither does his session.
#[tokio::test]
async fn his_sign_in_does_not_give_the_victim_a_session() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut attacker = Person::named(&server, "rosa");
    let form = attacker.opens(&app.standalone(SCOPE)).await.page();
    let mut victim = Person::named(&server, "amy");
    victim.goes_through(&app.standalone(SCOPE), None).await;
    let own = victim.session_cookie().cloned();
    let place = victim.submits(&form, &[("username", "rosa"), ("password", PASSWORD)]).await;
    assert_eq!(place.end().status, 400);
    assert_eq!(victim.session_cookie().cloned(), own);
}

#[tokio::test]
async fn a_session_of_another_tenant_opens_nothing_here() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    amy.goes_through(&other(&server), None).await;
    assert!(amy.session_cookie().is_none() && amy.cookies.contains_key(OTHER_COOKIE));
    let app = App::public(&server);
    assert!(amy.opens(&app.standalone(SCOPE)).await.page().asks("password"));
    // Under this tenant's name too: the item is not in this tenant's partition.
    let value = amy.cookies[OTHER_COOKIE].clone();
    amy.cookies.insert(SESSION_COOKIE.to_owned(), value);
    assert!(amy.opens(&app.standalone(SCOPE)).await.page().asks("password"));
    // Both live side by side.
    let page = amy.opens(&app.standalone(SCOPE)).await.page();
    amy.does(&page, None).await.page();
    assert!(amy.opens(&other(&server)).await.page().asks("decision"));
}

#[tokio::test]
async fn a_guessed_or_mangled_cookie_is_nobodys() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut amy = Person::named(&server, "amy");
    amy.goes_through(&app.standalone(SCOPE), None).await;
    let good = amy.session_cookie().expect("a session").clone();
    let (id, secret) = good.split_once('.').expect("two parts");
    let zeros = "A".repeat(43);
    for bad in [
        format!("{id}.{zeros}"),
        format!("{id}."),
        id.to_owned(),
        format!("{}.{secret}", "A".repeat(22)),
        format!("{id}.{}", secret.to_uppercase()),
        format!("{id}#x.{secret}"),
        format!("\"{good}\""),
        String::new(),
    ] {
        amy.cookies.insert(SESSION_COOKIE.to_owned(), bad.clone());
        assert!(amy.opens(&app.standalone(SCOPE)).await.page().asks("password"), "{bad}");
    }
    // A neighbour's cookie of the same name before it hides nothing.
    amy.cookies
        .insert(SESSION_COOKIE.to_owned(), format!("planted; {SESSION_COOKIE}={id}.{zeros}; {SESSION_COOKIE}={good}"));
    assert!(amy.opens(&app.standalone(SCOPE)).await.page().asks("decision"));
}

/// He frames `prompt=none`: whatever comes goes to the app's own address, and nothing is shown.
#[tokio::test]
async fn prompt_none_shows_and_tells_a_frame_nothing() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut amy = Person::named(&server, "amy");
    amy.goes_through(&app.standalone(SCOPE), None).await;
    let url = authorize_url(&with(app.request(SCOPE), "prompt", Some("none")));
    let path = url.strip_prefix(kit::server::BASE).expect("a URL of this server").to_owned();
    // A frame of another site sends no `SameSite=Lax` cookie; even with it, no page comes and no consent is given.
    let cookie = format!("{SESSION_COOKIE}={}", amy.session_cookie().expect("a session"));
    for (headers, error) in [(vec![], "login_required"), (vec![("cookie", cookie.as_str())], "consent_required")] {
        let answer = server.request(Method::GET, &path, &headers, "").await;
        assert_eq!((answer.status, answer.body.as_str()), (303, ""));
        assert!(answer.location().starts_with("https://app.example/callback?"), "{}", answer.location());
        assert_eq!(answer.query("error").as_deref(), Some(error));
        assert_eq!(answer.header("set-cookie"), None);
        assert!(!answer.location().contains("amy"), "{}", answer.location());
    }
}

/// Two people sign in at one browser at the same moment: one of them is signed in, and never the one as the other.
#[tokio::test]
async fn sign_ins_at_the_same_moment_are_not_mixed() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut browser = Person::named(&server, "amy");
    let page = browser.opens(&app.standalone(SCOPE)).await.page();
    let cookies: Vec<String> = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let (path, cookies) = (page.action.trim_start_matches(kit::server::BASE).to_owned(), cookies.join("; "));
    let csrf = page.fields[0].1.clone();
    let (server_ref, path_ref, cookies_ref, csrf_ref) = (&server, &path, &cookies, &csrf);
    let send = |username: &'static str| async move {
        let form = [("csrf", csrf_ref.as_str()), ("username", username), ("password", PASSWORD)];
        (username, server_ref.post(path_ref, &form, &[("cookie", cookies_ref)]).await)
    };
    let answers = kit::http::at_once(vec![send("amy"), send("rosa"), send("amy"), send("rosa")]).await;
    for (username, answer) in answers {
        let mut person = Person::named(&server, username);
        for cookie in answer.headers.get_all("set-cookie") {
            let pair = cookie.to_str().expect("text").split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a pair");
            person.cookies.insert(name.to_owned(), value.to_owned());
        }
        assert_eq!(answer.status, 303, "{}", answer.body);
        let (own, foreign) = if username == "amy" { ("Amy Shaw", "Rosa") } else { ("Rosa", "Amy Shaw") };
        let place = person.opens(&App::second(&server).standalone(SCOPE)).await;
        if let Place::Page(page) = place {
            let body = &page.answer.body;
            assert!(page.asks("password") || page.asks("patient") || body.contains(own), "{username}");
            assert!(!body.contains(foreign), "{username} is somebody else");
        }
    }
}
