//! Which language a page speaks (OIDC-12; OIDC Core §3.1.2.1, `ui_locales`), and that it speaks all of it.

use super::{SCOPE, by_get, query_of};
use authorize::texts::Texts;
use axum::{body::Body, http::Method};
use kit::{
    Answer, App, Person, TestServer,
    app::{authorize_url, with},
    browser::Place,
    server::BASE,
};
use rules::tenant::Language;

fn lang(page: &Answer) -> &str {
    page.body.split("<html lang=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default()
}

/// What a browser that asks for this language is shown first.
async fn sign_in(server: &TestServer, ui_locales: Option<&str>, accept_language: Option<&str>) -> Answer {
    let request = with(App::public(server).request(SCOPE), "ui_locales", ui_locales);
    let begun = by_get(server, &request).await;
    let cookie = begun.header("set-cookie").and_then(|cookie| cookie.split(';').next()).expect("a cookie").to_owned();
    let mut headers = vec![("cookie", cookie.as_str())];
    headers.extend(accept_language.map(|accept| ("accept-language", accept)));
    let path = begun.location().trim_start_matches(BASE);
    server.request(Method::GET, path, &headers, Body::empty()).await
}

#[tokio::test]
async fn a_page_speaks_what_the_app_asks_for_then_what_the_browser_asks_for() {
    let server = TestServer::start().await;
    for (ui_locales, accept, expected) in [
        (None, None, "en"),
        (Some("nl-BE en"), Some("de"), "nl"),
        (Some("xx-klingon fr"), Some("de"), "fr"),
        (Some("xx-klingon"), Some("de-AT,en;q=0.5"), "de"),
        (None, Some("pl,es;q=0.7,en;q=0.3"), "es"),
        (None, Some("pl"), "en"),
    ] {
        assert_eq!(lang(&sign_in(&server, ui_locales, accept).await), expected, "{ui_locales:?} {accept:?}");
    }
}

#[tokio::test]
async fn a_page_speaks_the_tenants_language_to_whoever_asks_for_none() {
    let server = TestServer::start_with(|toml| format!("{toml}\n[pages]\nlanguage = \"nl\"\n")).await;
    assert_eq!(lang(&sign_in(&server, None, None).await), "nl");
    assert_eq!(lang(&sign_in(&server, None, Some("pl")).await), "nl");
    assert_eq!(lang(&sign_in(&server, None, Some("en")).await), "en");
    let error = server.get("/clinic/authorize?client_id=unknown").await;
    assert_eq!(lang(&error), "nl");
}

#[tokio::test]
async fn caches_know_that_the_language_is_the_browsers() {
    let server = TestServer::start().await;
    assert_eq!(sign_in(&server, None, Some("de")).await.header("vary"), Some("Accept-Language"));
}

/// An error page is for a person too: before anything is known of the tenant, and before the request is.
#[tokio::test]
async fn error_pages_speak_the_persons_language_and_keep_their_reference() {
    let server = TestServer::start().await;
    let unregistered = with(App::public(&server).request(SCOPE), "redirect_uri", Some("https://evil.example"));
    let in_dutch = format!("/clinic/authorize?{}", query_of(&with(unregistered, "ui_locales", Some("nl"))));
    for (path, accept, expected) in [
        ("/nobody/authorize", "de", "Diese Anmeldeseite gibt es nicht."),
        ("/clinic/authorize/no-such-way", "fr", "Cette connexion n’est plus valable"),
        ("/clinic/authorize?client_id=unknown", "es", "La aplicación no está registrada aquí."),
        (&in_dutch, "de", "De app wilde u naar een adres sturen"),
    ] {
        let page = server.request(Method::GET, path, &[("accept-language", accept)], Body::empty()).await;
        assert!(page.body.contains(expected), "{path}: {}", page.body);
        let reference = page.header("admit-refusal").expect("a reference").to_owned();
        assert!(page.body.contains(&format!("<code class=\"reference\">{reference}</code>")), "{path}");
    }
}

/// What the app is told is for its developers: English, in the characters of RFC 6749 §4.1.2.1.
#[tokio::test]
async fn the_apps_error_description_stays_english() {
    let server = TestServer::start().await;
    let request = with(with(App::public(&server).request(SCOPE), "aud", None), "ui_locales", Some("de"));
    let answer = by_get(&server, &request).await;
    assert!(answer.query("error_description").is_some_and(|text| text.contains("aud is missing")));
}

/// Each page in each language, and no English sentence left in any other.
#[tokio::test]
async fn every_page_is_wholly_in_one_language() {
    let server = TestServer::start().await;
    for language in Language::ALL {
        let t = Texts::of(language);
        let request = with(App::public(&server).request(SCOPE), "ui_locales", Some(language.tag()));
        let mut hannah = Person::named(&server, "hannah");
        let sign_in = hannah.opens(&authorize_url(&request)).await.page();
        let wrong = hannah.submits(&sign_in, &[("username", "hannah"), ("password", "wrong")]).await.page();
        let picker = hannah.does(&wrong, None).await.page();
        let nobody = hannah.opens(&format!("{}?name=nobody+at+all", picker.url)).await.page();
        let consent = hannah.does(&picker, Some("wei-chen")).await.page();
        let answer = hannah.does(&consent, None).await.app();
        App::public(&server).exchanges(&answer.query("code").expect("a code")).await;
        let done = hannah.opens(&consent.url).await.end();
        for (page, expected) in [
            (&sign_in.answer, t.sign_in_title()),
            (&wrong.answer, t.sign_in_failed_title()),
            (&picker.answer, t.picker_title()),
            (&nobody.answer, t.picker_none_title()),
            (&consent.answer, t.consent_allow()),
            (&consent.answer, t.scope_everything()),
            (&done, t.done_title()),
        ] {
            assert_eq!(lang(page), language.tag());
            // At the beginning of a title a word has a capital letter.
            let shown = page.body.to_lowercase().contains(&expected.to_lowercase());
            assert!(shown, "{expected} is not in {}", page.body);
            if language != Language::En {
                for english in [" the ", "Sign in", ">Cancel<", ">Search<", "patient’s", ">Allow<", " you "] {
                    assert!(!page.body.contains(english), "{english:?} in {}: {}", language.tag(), page.body);
                }
            }
        }
    }
}

/// A picker is read by people who write 3/12 for two different days.
#[tokio::test]
async fn a_birth_date_is_written_with_its_month_as_a_word() {
    let server = TestServer::start().await;
    let request = with(App::public(&server).request(SCOPE), "ui_locales", Some("nl"));
    let mut hannah = Person::named(&server, "hannah");
    let sign_in = hannah.opens(&authorize_url(&request)).await.page();
    let Place::Page(picker) = hannah.does(&sign_in, None).await else { panic!("no picker") };
    let iso = |part: &str| part.len() >= 10 && part.as_bytes()[4] == b'-' && part.as_bytes()[7] == b'-';
    let facts = picker.answer.body.split("class=\"fact\"").skip(1).collect::<String>();
    assert!(!facts.is_empty() && !facts.split(['>', ' ']).any(iso), "{facts}");
}
