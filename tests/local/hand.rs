//! What the launcher does at the sign-in where that was chosen: it fills in the form, signs in, or agrees.

use kit::{Answer, App, Person, TestServer, browser::Place, html::elements, operator::Folder};
use local::options::Options;
use std::path::Path;

const SCOPE: &str = "launch/patient openid patient/*.rs";
const LAUNCH: &str = "/launcher/launch?tenant=riverside&type=patient-standalone&user=amy&app=sample-app";

fn sample(server: &TestServer) -> App<'_> {
    let redirect_uri = format!("{}/app/riverside/callback", server.base).leak();
    App { client_id: "sample-app", redirect_uri, ..App::sample(server) }
}

/// Launches with these choices, and opens what the app opens.
async fn opens<'a>(server: &'a TestServer, choices: &str) -> (Person<'a>, Answer) {
    let mut amy = Person::named(server, "amy");
    let launched = amy.asks(&format!("{LAUNCH}{choices}")).await;
    assert_eq!(launched.status, 303, "{}", launched.body);
    let answer = follows(&mut amy, &sample(server).standalone(SCOPE)).await;
    (amy, answer)
}

/// As far as a page, or the app's own address.
async fn follows(person: &mut Person<'_>, url: &str) -> Answer {
    let mut answer = person.asks(url).await;
    for _ in 0..8 {
        if answer.status != 303 || answer.location().contains("/app/riverside/callback") {
            return answer;
        }
        let next = answer.location().to_owned();
        answer = person.asks(&next).await;
    }
    panic!("it does not end: {answer:?}")
}

fn typed(page: &str, name: &str) -> Option<String> {
    let found = elements(page);
    found.iter().find(|element| element.has("name", name))?.attribute("value").map(str::to_owned)
}

#[tokio::test]
async fn the_sign_in_form_is_filled_in_for_the_user_that_was_chosen() {
    let server = TestServer::local().await;
    let (_, page) = opens(&server, "").await;
    assert_eq!(typed(&page.body, "username").as_deref(), Some("amy"), "{}", page.body);
    assert_eq!(typed(&page.body, "password").as_deref(), Some("demo-amy"));
}

/// Some characters stand in a page as references to them.
#[tokio::test]
async fn a_name_and_a_password_with_an_apostrophe_are_filled_in_too() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/local/tenants/riverside.toml");
    let text = std::fs::read_to_string(file).unwrap();
    let text = text.replace("\"amy\"", "\"o'neil\"").replace("\"demo-amy\"", "\"demo 'o' & <neil>\"");
    let folder = Folder::new();
    let tenants = vec![folder.file("riverside.toml", &text).into()];
    let server = TestServer::local_with(Options { port: 0, in_memory: true, tenants, ..Options::default() }).await;
    let mut browser = Person::named(&server, "o'neil");
    let launched = browser.asks(&LAUNCH.replace("user=amy", "user=o%27neil")).await;
    assert_eq!(launched.status, 303, "{}", launched.body);
    let page = follows(&mut browser, &sample(&server).standalone(SCOPE)).await;
    assert_eq!(typed(&page.body, "username").as_deref(), Some("o'neil"), "{}", page.body);
    assert_eq!(typed(&page.body, "password").as_deref(), Some("demo 'o' & <neil>"));
}

#[tokio::test]
async fn nothing_is_filled_in_for_whoever_was_not_launched() {
    let server = TestServer::local().await;
    let answer = follows(&mut Person::named(&server, "amy"), &sample(&server).standalone(SCOPE)).await;
    assert_eq!(typed(&answer.body, "password"), None, "{}", answer.body);
}

#[tokio::test]
async fn sign_in_and_consent_are_skipped_where_that_was_chosen_and_the_app_gets_its_code() {
    let server = TestServer::local().await;
    let (_, answer) = opens(&server, "&skip_sign_in=yes&skip_consent=yes").await;
    assert!(answer.query("code").is_some(), "{} {}", answer.status, answer.body);
    let tokens = sample(&server).exchanges(&answer.query("code").unwrap()).await.0;
    assert_eq!(tokens["patient"], "amy-shaw");
    assert!(tokens["id_token"].is_string());
}

#[tokio::test]
async fn either_is_skipped_without_the_other() {
    let server = TestServer::local().await;
    let (_, consent) = opens(&server, "&skip_sign_in=yes").await;
    assert!(consent.body.contains("name=\"decision\""), "{}", consent.body);
    let (mut amy, sign_in) = opens(&server, "&skip_consent=yes").await;
    assert_eq!(typed(&sign_in.body, "username").as_deref(), Some("amy"));
    amy.password = "demo-amy".to_owned();
    let csrf = typed(&sign_in.body, "csrf").unwrap();
    let action = elements(&sign_in.body).into_iter().find_map(|element| element.attribute("action").map(str::to_owned));
    let form = [("csrf", csrf.as_str()), ("username", "amy"), ("password", "demo-amy")];
    let Place::End(app) = amy.posts(&action.unwrap(), &form).await else { panic!("it did not go on to the app") };
    assert!(app.body.contains("data-page=\"callback\""), "{}", app.body);
}

/// The person at the browser may be somebody else than the one that was chosen.
#[tokio::test]
async fn whoever_is_signed_in_already_gives_way_to_the_user_that_was_chosen() {
    let server = TestServer::local().await;
    let mut browser = Person::named(&server, "amy");
    for (user, patient) in [("amy", "amy-shaw"), ("wei", "wei-chen")] {
        let launch = LAUNCH.replace("user=amy", &format!("user={user}"));
        browser.asks(&format!("{launch}&skip_sign_in=yes&skip_consent=yes")).await;
        let answer = follows(&mut browser, &sample(&server).standalone(SCOPE)).await;
        let tokens = sample(&server).exchanges(&answer.query("code").unwrap()).await.0;
        assert_eq!(tokens["patient"], patient);
    }
}

#[tokio::test]
async fn what_was_lent_is_for_one_request_of_the_app_that_was_launched() {
    let server = TestServer::local().await;
    let (mut amy, first) = opens(&server, "&skip_sign_in=yes&skip_consent=yes").await;
    assert!(first.query("code").is_some());
    let again = sample(&server).standalone(&format!("{SCOPE} offline_access")) + "&prompt=login";
    let again = follows(&mut amy, &again).await;
    assert_eq!(typed(&again.body, "password"), None, "{} {}", again.status, again.body);

    let mut other = Person::named(&server, "amy");
    other.asks(&format!("{}&skip_sign_in=yes&skip_consent=yes", LAUNCH.replace("sample-app", "symmetric-app"))).await;
    let answer = follows(&mut other, &sample(&server).standalone(SCOPE)).await;
    assert_eq!((answer.status, typed(&answer.body, "password")), (200, None));
}

/// A page elsewhere can send a browser to the launcher; it must not be able to say yes for the person. Another port of this machine
/// is another app, and the same site.
#[tokio::test]
async fn a_launch_from_another_site_skips_nothing() {
    let server = TestServer::local().await;
    let url = format!("{LAUNCH}&skip_sign_in=yes&skip_consent=yes");
    for (site, skips) in [("cross-site", false), ("same-site", false), ("same-origin", true), ("none", true)] {
        let headers = [("sec-fetch-site", site)];
        let answer = server.request(axum::http::Method::GET, &url, &headers, "").await;
        let cookies: Vec<&str> =
            answer.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()).collect();
        let lent = cookies.iter().find(|cookie| cookie.starts_with("admit-hand=")).unwrap();
        assert_eq!(lent.contains("skip"), skips, "{site}: {lent}");
        assert!(lent.contains("user=amy"));
    }
}

/// Browsers send it to every `https:` address; a program at the other end of a tunnel is not the person at this machine.
#[tokio::test]
async fn a_launch_that_does_not_say_where_it_comes_from_skips_nothing_where_others_can_reach_the_server() {
    let url = format!("{LAUNCH}&skip_sign_in=yes&skip_consent=yes");
    for (public_url, skips) in [("https://abc.tunnel.example", false), ("http://localhost", true)] {
        let public_url = Some(public_url.parse().unwrap());
        let options = Options { port: 0, in_memory: true, public_url, ..Options::default() };
        let server = TestServer::local_with(options).await;
        let lent = |answer: Answer| {
            let cookies = answer.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
            cookies.filter(|cookie| cookie.starts_with("admit-hand=")).any(|cookie| cookie.contains("skip"))
        };
        assert_eq!(lent(server.get(&url).await), skips, "{}", server.base);
        let headers = [("sec-fetch-site", "same-origin")];
        assert!(lent(server.request(axum::http::Method::GET, &url, &headers, "").await), "{}", server.base);
    }
}

/// A password that was changed since: the page says what the server says, and nobody is sent round in circles.
#[tokio::test]
async fn a_sign_in_that_fails_is_shown_and_not_repeated() {
    let server = TestServer::local().await;
    let tenant = server.server.tenant("riverside", server.server.now()).await.unwrap().unwrap();
    let key = server::store::schema::user(&tenant.tenant.id, "amy");
    let there = server.server.store.find::<rules::user::User>(key, server.server.now()).await.unwrap().unwrap();
    server.server.store.write_unraced(vec![server::store::Write::delete(&there)]).await.unwrap();
    let (_, page) = opens(&server, "&skip_sign_in=yes").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("id=\"problem\""), "{}", page.body);
}
