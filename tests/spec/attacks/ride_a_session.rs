//! He makes somebody else's browser act for him (CSRF), signs it in as himself (login CSRF), or has a victim finish what he
//! began (session fixation). Each way has a cookie that only the browser that began holds, and each form a token made from
//! it (AUTHZ-24; RFC 9700 §4.7).

use super::*;
use axum::http::Method;
use kit::{
    Person,
    browser::Place,
    server::{BASE, PASSWORD},
};

fn is_refused(place: Place) {
    match place {
        Place::End(answer) => assert_eq!(answer.status, 400, "{}", answer.body),
        other => panic!("it went on: {other:?}"),
    }
}

/// A page of his posts our form: the victim's browser may send its cookies, but he can't know the token.
#[tokio::test]
async fn a_form_without_the_right_token_changes_nothing() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut person = Person::named(&server, "amy");
    let page = person.goes_to(&app.standalone(SCOPE), "decision", None).await;
    let own = page.fields.iter().find(|(name, _)| name == "csrf").expect("a token").1.clone();
    let mut elsewhere = Person::named(&server, "amy");
    let foreign = elsewhere.goes_to(&app.standalone(SCOPE), "decision", None).await;
    let foreign = foreign.fields.iter().find(|(name, _)| name == "csrf").expect("a token").1.clone();
    let cookie = person.cookies.values().next().expect("a cookie").clone();
    for token in ["", "x", &foreign, &cookie, &own.to_uppercase(), &own[..own.len() - 1], &format!("{own}x")] {
        is_refused(person.submits(&page.with("csrf", token), &[("decision", "allow")]).await);
    }
    let mut none = page.clone();
    none.fields.retain(|(name, _)| name != "csrf");
    is_refused(person.submits(&none, &[("decision", "allow")]).await);
    is_refused(person.submits(&none, &[("cancel", "yes")]).await);
    person.submits(&page, &[("decision", "allow")]).await.app();
}

/// Login CSRF: he prepares a sign-in of his own and has the victim's browser send it.
#[tokio::test]
async fn his_sign_in_form_does_not_work_in_another_browser() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut attacker = Person::named(&server, "rosa");
    let form = attacker.opens(&app.standalone(SCOPE)).await.page();
    let mut victim = Person::named(&server, "amy");
    is_refused(victim.submits(&form, &[("username", "rosa"), ("password", PASSWORD)]).await);
    // Nor when the victim is in the middle of a way of their own.
    victim.opens(&app.standalone(SCOPE)).await.page();
    is_refused(victim.submits(&form, &[("username", "rosa"), ("password", PASSWORD)]).await);
}

/// He sends the victim the URL of a way that he began, or signed in to already.
#[tokio::test]
async fn his_url_does_not_work_in_another_browser() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut attacker = Person::named(&server, "rosa");
    let page = attacker.goes_to(&app.standalone(SCOPE), "decision", Some("mia-rivera")).await;
    let mut victim = Person::named(&server, "amy");
    is_refused(victim.opens(&page.url).await);
    is_refused(victim.submits(&page, &[("decision", "allow")]).await);
    victim.opens(&app.standalone(SCOPE)).await.page();
    is_refused(victim.opens(&page.url).await);
}

/// And the victim's URL, seen over their shoulder or in a log, does not work in his.
#[tokio::test]
async fn the_victims_url_does_not_work_in_his_browser() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut victim = Person::named(&server, "amy");
    let page = victim.goes_to(&app.standalone(SCOPE), "decision", None).await;
    let mut attacker = Person::named(&server, "rosa");
    attacker.opens(&app.standalone(SCOPE)).await.page();
    is_refused(attacker.opens(&page.url).await);
    is_refused(attacker.submits(&page, &[("decision", "allow")]).await);
}

/// A cookie that he chose is no cookie of ours: what was not issued is not believed, under whatever name.
#[tokio::test]
async fn a_planted_cookie_is_not_taken_over() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut victim = Person::named(&server, "amy");
    let page = victim.opens(&app.standalone(SCOPE)).await.page();
    let name = victim.cookies.keys().next().expect("a cookie").clone();
    let real = victim.cookies.clone();
    for planted in ["planted", "", "A", &"A".repeat(43)] {
        victim.cookies = [(name.clone(), planted.to_owned())].into();
        is_refused(victim.submits(&page, &[("username", "amy"), ("password", PASSWORD)]).await);
    }
    // A cookie that stood there before is not continued with: every way gets a new one.
    victim.cookies = [(name.clone(), "planted".to_owned())].into();
    victim.opens(&app.standalone(SCOPE)).await.page();
    assert!(!victim.cookies.iter().any(|(new, value)| *new != name && value == "planted"));
    // From a plain-http neighbour it would come without the prefix, and is not looked at (RFC 6265bis §4.1.3.2).
    let bare = name.trim_start_matches("__Host-").to_owned();
    victim.cookies = [(bare, real[&name].clone())].into();
    is_refused(victim.opens(&page.url).await);
    victim.cookies = real;
    victim.opens(&page.url).await.page();
}

/// Both names at once: a neighbour's cookie before ours must not hide it.
#[tokio::test]
async fn a_second_cookie_of_the_name_locks_nobody_out() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut person = Person::named(&server, "amy");
    let page = person.opens(&app.standalone(SCOPE)).await.page();
    let (name, value) = person.cookies.iter().next().expect("a cookie");
    let path = page.url.trim_start_matches(BASE);
    let cookies = format!("{name}=planted; {name}={value}; x=\"; y");
    assert_eq!(server.request(Method::GET, path, &[("cookie", &cookies)], "").await.status, 200);
}

#[tokio::test]
async fn the_cookie_can_not_be_read_by_scripts_nor_sent_in_the_clear_nor_from_elsewhere() {
    let server = TestServer::start().await;
    let path = App::public(&server).standalone(SCOPE);
    let answer = server.get(path.trim_start_matches(BASE)).await;
    let cookie = answer.header("set-cookie").expect("a cookie");
    assert!(cookie.starts_with("__Host-admit-"), "{cookie}");
    let attributes: Vec<&str> = cookie.split(';').skip(1).map(str::trim).collect();
    for attribute in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"] {
        assert!(attributes.contains(&attribute), "{cookie}");
    }
    // `__Host-` demands that there be none.
    assert!(!cookie.to_ascii_lowercase().contains("domain="), "{cookie}");
}

/// Looking at a page changes nothing: a link, a prefetch or an image can't approve.
#[tokio::test]
async fn a_get_approves_nothing() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut person = Person::named(&server, "amy");
    let page = person.goes_to(&app.standalone(SCOPE), "decision", None).await;
    let csrf = &page.fields.iter().find(|(name, _)| name == "csrf").expect("a token").1;
    let again = person.opens(&format!("{}?decision=allow&csrf={csrf}", page.url)).await.page();
    assert!(again.asks("decision"));
    let again = person.opens(&format!("{}?cancel=yes&csrf={csrf}", page.url)).await.page();
    assert!(again.asks("decision"));
}

/// He tries passwords: after ten wrong ones the way ends, and the right one comes too late.
#[tokio::test]
async fn guessing_passwords_ends_the_way() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut attacker = Person::named(&server, "amy");
    let mut page = attacker.opens(&app.standalone(SCOPE)).await.page();
    for _ in 0..9 {
        // Slow as he must be; guess_passwords.rs has the waits.
        server.passes(1);
        page = attacker.submits(&page, &[("username", "amy"), ("password", "guess")]).await.page();
    }
    let answer = attacker.submits(&page, &[("username", "amy"), ("password", "guess")]).await.app();
    assert_eq!(answer.query("error").as_deref(), Some("access_denied"));
    match attacker.submits(&page, &[("username", "amy"), ("password", PASSWORD)]).await {
        Place::End(answer) => assert_eq!(answer.status, 200),
        other => panic!("{other:?}"),
    }
}

/// A way that took too long is over, whatever the browser still holds.
#[tokio::test]
async fn an_old_way_is_over() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut person = Person::named(&server, "amy");
    let page = person.goes_to(&app.standalone(SCOPE), "decision", None).await;
    server.passes(900);
    is_refused(person.submits(&page, &[("decision", "allow")]).await);
    is_refused(person.opens(&page.url).await);
}

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// What a browser says of a form: where it was sent from.
const FOREIGN: [&[(&str, &str)]; 5] = [
    &[("sec-fetch-site", "cross-site")],
    &[("origin", "https://evil.example")],
    &[("sec-fetch-site", "cross-site"), ("origin", "null")],
    &[("sec-fetch-site", "same-site"), ("origin", "null")],
    &[("sec-fetch-site", "same-site"), ("origin", "https://apps.auth.example")],
];
const OWN: [&[(&str, &str)]; 3] = [
    &[("sec-fetch-site", "same-origin"), ("origin", "null")],
    &[("sec-fetch-site", "same-origin"), ("origin", BASE)],
    &[],
];

/// The second line: even with the right token and cookies, a form comes from our own page or not at all.
#[tokio::test]
async fn a_form_that_another_site_sent_changes_nothing_even_with_the_right_token() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut amy = Person::named(&server, "amy");
    amy.goes_through(&app.standalone(SCOPE), None).await;
    let consent = amy.goes_to(&app.standalone(SCOPE), "decision", None).await;
    let account = amy.opens(&format!("{BASE}/clinic/account")).await.page();
    let manage = amy.opens(&format!("{BASE}/clinic/manage")).await.page();
    let logout = amy.opens(&format!("{BASE}/clinic/logout")).await.page();
    let cookies: Vec<String> = amy.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let cookies = cookies.join("; ");
    let send = async |page: &kit::browser::Page, more: &[(&str, &str)], says: &[(&str, &str)]| {
        let own = page.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let form: Vec<(&str, &str)> = own.chain(more.iter().copied()).collect();
        let headers: Vec<(&str, &str)> = [FORM, ("cookie", &cookies)].into_iter().chain(says.iter().copied()).collect();
        let path = page.action.strip_prefix(BASE).unwrap_or(&page.action);
        server.request(Method::POST, path, &headers, kit::http::encode(&form)).await
    };
    let pages = [
        (&consent, vec![("decision", "allow")]),
        (&account, vec![("current", PASSWORD), ("new", "x"), ("again", "y")]),
        (&manage, vec![("decision", "take-away")]),
        (&logout, vec![("sign_out", "yes")]),
    ];
    for (page, more) in &pages {
        for says in FOREIGN {
            let answer = send(page, more, says).await;
            assert_eq!(answer.status, 400, "{says:?} {}", page.url);
        }
    }
    // All of it was still to be done.
    for (page, more) in &pages {
        for says in OWN {
            let answer = send(page, more, says).await;
            assert!(matches!(answer.status, 200 | 303), "{} {says:?} {}", answer.status, page.url);
        }
    }
}

/// AUTHZ-19, and RP-Initiated Logout: these two an app's page posts, from its own site.
#[tokio::test]
async fn what_apps_post_themselves_comes_from_other_sites() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let (_, query) = app.standalone(SCOPE).split_once('?').map(|(a, b)| (a.to_owned(), b.to_owned())).expect("a query");
    for says in FOREIGN {
        let headers: Vec<(&str, &str)> = std::iter::once(FORM).chain(says.iter().copied()).collect();
        let answer = server.request(Method::POST, "/clinic/authorize", &headers, query.clone()).await;
        assert!(answer.status == 303 && answer.location().contains("/clinic/authorize/"), "{says:?}");
        let answer = server.request(Method::POST, "/clinic/logout", &headers, "client_id=public-app".to_owned()).await;
        assert_eq!(answer.status, 303, "{says:?}");
    }
}
