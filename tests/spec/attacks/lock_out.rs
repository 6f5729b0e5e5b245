//! He guesses wrong on purpose from the owner's own address, a hospital's, so that the right one is locked out. A browser in which
//! the person has signed in before is counted apart; and it gives nobody who took it tries without end (NIST SP 800-63B §5.2.2).

use super::{guess_passwords::wrong_at_the_page, guess_secrets::FREE, *};
use kit::{
    Person,
    browser::{Page, Place},
    server::PASSWORD,
};
use rules::{tenant::TenantId, user::User};
use server::{connected_apps::Person as OfTenant, sessions::sign_out_everywhere, store::schema};

pub const KNOWN: &str = "__Host-admit-known-clinic";

/// Somebody whose browser has seen a whole sign-in of theirs, and holds nothing else of it.
pub async fn known<'a>(server: &'a TestServer, username: &str) -> Person<'a> {
    let mut person = Person::named(server, username);
    person.goes_to(&App::public(server).standalone("openid"), "decision", None).await;
    person.cookies.retain(|name, _| name == KNOWN);
    assert_eq!(person.cookies.len(), 1, "{:?}", person.cookies);
    person
}

pub async fn types(person: &mut Person<'_>, username: &str, password: &str) -> Place {
    let page: Page = person.opens(&App::public(person.server()).standalone("openid")).await.page();
    person.submits(&page, &[("username", username), ("password", password)]).await
}

pub async fn signs_in(person: &mut Person<'_>, username: &str) -> bool {
    matches!(types(person, username, PASSWORD).await, Place::Page(page) if page.asks("decision"))
}

#[tokio::test]
async fn strangers_at_the_same_address_do_not_lock_the_owner_out_of_their_own_browser() {
    let server = TestServer::start().await;
    let mut amy = known(&server, "amy").await;
    wrong_at_the_page(&server, "amy", FREE + 1).await;
    let mut elsewhere = Person::named(&server, "amy");
    assert_eq!(types(&mut elsewhere, "amy", PASSWORD).await.end().status, 429, "a browser that nobody knows must wait");
    assert!(signs_in(&mut amy, "AMY").await);
    // At every instance, and from another address than before.
    let other = server.second_instance().seen_from("203.0.113.7");
    let mut there = Person::named(&other, "amy");
    there.cookies.insert(KNOWN.to_owned(), amy.cookies[KNOWN].clone());
    assert!(signs_in(&mut there, "amy").await);
    // She lifts the block of nobody else.
    assert_eq!(types(&mut elsewhere, "amy", PASSWORD).await.end().status, 429);
}

#[tokio::test]
async fn slips_in_a_known_browser_block_nobody_else_and_in_the_end_the_browser_itself() {
    let server = TestServer::start().await;
    let mut amy = known(&server, "amy").await;
    for _ in 0..=FREE {
        assert!(types(&mut amy, "amy", "slip").await.page().asks("password"));
    }
    assert!(signs_in(&mut Person::named(&server, "amy"), "amy").await, "none of it is counted elsewhere");
    let blocked = types(&mut amy, "amy", PASSWORD).await.end();
    assert_eq!((blocked.status, blocked.header("retry-after")), (429, Some("2")));
    server.passes(2);
    assert!(signs_in(&mut amy, "amy").await);
}

/// Whoever takes the cookie has the tries of one address, wherever they are.
#[tokio::test]
async fn a_stolen_mark_has_no_tries_without_end() {
    let server = TestServer::start().await;
    let cookies = known(&server, "amy").await.cookies;
    let mut judged = 0;
    for network in 0..40 {
        let his = server.second_instance().seen_from(&format!("198.51.100.{network}"));
        let mut thief = Person::named(&his, "amy");
        thief.cookies.clone_from(&cookies);
        if let Place::Page(page) = types(&mut thief, "amy", "guess").await {
            judged += u32::from(page.asks("password"));
        }
    }
    assert_eq!(judged, u32::try_from(FREE).expect("a few") + 1);
    let mut amy = Person::named(&server, "amy");
    assert!(signs_in(&mut amy, "amy").await, "and a browser without the mark is not blocked by him");
}

#[tokio::test]
async fn a_mark_is_of_one_person_at_one_tenant() {
    let server = TestServer::start().await;
    let mut amy = known(&server, "amy").await;
    wrong_at_the_page(&server, "rosa", FREE + 1).await;
    assert_eq!(types(&mut amy, "rosa", PASSWORD).await.end().status, 429, "hers says nothing of Rosa");
    // What he makes up, or changes, is no mark.
    wrong_at_the_page(&server, "amy", FREE + 1).await;
    let good = amy.cookies[KNOWN].clone();
    let end = good.split('.').nth(1).expect("an end");
    let later = good.replace(end, &(end.parse::<i64>().expect("a number") + 1).to_string());
    let first = if good.starts_with('A') { "B" } else { "A" };
    let another = format!("{first}{}", &good[1..]);
    for forged in [later, another, good[..good.len() - 1].to_owned(), "x".to_owned(), good.repeat(2)] {
        let mut person = Person::named(&server, "amy");
        person.cookies.insert(KNOWN.to_owned(), forged.clone());
        assert_eq!(types(&mut person, "amy", PASSWORD).await.end().status, 429, "{forged}");
    }
}

#[tokio::test]
async fn several_people_share_a_computer_and_the_cookie_stays_short() {
    let server = TestServer::start().await;
    let mut ward = known(&server, "amy").await;
    for name in ["rosa", "hannah", "amy", "rosa", "amy"] {
        ward = ward.handed_to(name);
        assert!(types(&mut ward, name, PASSWORD).await.page().url.contains("/authorize/"));
        ward.cookies.retain(|name, _| name == KNOWN);
    }
    assert_eq!(ward.cookies[KNOWN].split('~').count(), 3, "one mark a person");
    for name in ["rosa", "hannah", "amy"] {
        wrong_at_the_page(&server, name, FREE + 1).await;
        let place = types(&mut ward, name, PASSWORD).await.page();
        assert!(!place.asks("password"), "{name}");
        ward.cookies.retain(|name, _| name == KNOWN);
    }
}

/// A browser can send anything: the same mark again, and marks in any order. It is one call all the same, and no outage.
#[tokio::test]
async fn marks_that_come_twice_or_in_any_order_are_read_at_once() {
    let server = TestServer::start().await;
    let mut ward = known(&server, "amy").await.handed_to("rosa");
    types(&mut ward, "rosa", PASSWORD).await.page();
    let both = ward.cookies[KNOWN].clone();
    let (rosas, amys) = both.split_once('~').expect("two marks");
    let mut calls = Vec::new();
    for cookie in [
        both.clone(),
        format!("{amys}~{rosas}"),
        format!("{amys}~{amys}"),
        format!("{rosas}~{amys}~{rosas}"),
        format!("{amys}~{rosas}~{amys}~{amys}~{rosas}"),
        format!("{amys}~nonsense~{amys}~"),
    ] {
        let mut person = Person::named(&server, "amy");
        person.cookies.insert(KNOWN.to_owned(), cookie.clone());
        let page = person.opens(&App::public(&server).standalone("openid")).await.page();
        server.calls.take();
        let answer = person.answers(&page, &[("username", "amy"), ("password", PASSWORD)]).await;
        calls.push(server.calls.take());
        assert!(answer.status == 303 && person.session_cookie().is_some(), "{cookie}: {}", answer.body);
        assert_eq!(calls.last(), calls.first(), "{cookie}");
    }
    // The interaction; then the person with all that is counted.
    assert!(calls[0].iter().filter(|call| *call == "BatchGetItem").count() == 2, "{calls:?}");
    // Each counts as what it is, wherever it stands.
    for _ in 0..=FREE {
        let mut person = Person::named(&server, "amy");
        person.cookies.insert(KNOWN.to_owned(), format!("{rosas}~{amys}~{amys}"));
        assert!(types(&mut person, "amy", "slip").await.page().asks("password"));
    }
    let mut owner = Person::named(&server, "amy");
    owner.cookies.insert(KNOWN.to_owned(), amys.to_owned());
    assert_eq!(types(&mut owner, "amy", PASSWORD).await.end().status, 429, "the same mark is one browser");
}

/// It is a right password and a second factor, not one of both, that makes a browser known.
#[tokio::test]
async fn half_a_sign_in_makes_no_mark() {
    let server = crate::second_factors::with_policy(crate::second_factors::OPTIONAL).await;
    let (secret, _) = crate::second_factors::with_app(&server, "amy").await;
    let (mut amy, page) = crate::second_factors::after_password(&server, "amy").await;
    assert!(page.asks("code") && !amy.cookies.contains_key(KNOWN));
    amy.submits(&page, &[("code", &secret.code(server.now()))]).await.page();
    assert!(amy.cookies.contains_key(KNOWN));
    let mut wrong = Person::named(&server, "rosa");
    types(&mut wrong, "rosa", "wrong").await.page();
    assert!(!wrong.cookies.contains_key(KNOWN));
}

#[tokio::test]
async fn another_password_and_signing_out_everywhere_make_every_browser_a_stranger() {
    let server = TestServer::start().await;
    let mut old = known(&server, "amy").await;
    crate::passwords::changed(&server, "amy").await;
    wrong_at_the_page(&server, "amy", FREE + 1).await;
    assert_eq!(types(&mut old, "amy", crate::passwords::NEW).await.end().status, 429);
    let mut rosa = known(&server, "rosa").await;
    let clinic = TenantId::parse("clinic").expect("a tenant");
    let store = &server.server.store;
    signed_out_everywhere(&server, "rosa").await;
    wrong_at_the_page(&server, "rosa", FREE + 1).await;
    assert_eq!(types(&mut rosa, "rosa", PASSWORD).await.end().status, 429);
    let user = store.find::<User>(schema::user(&clinic, "rosa"), server.now()).await.expect("the table");
    assert!(user.is_some());
}

/// By the operator.
async fn signed_out_everywhere(server: &TestServer, username: &str) {
    let tenant = server.server.tenant("clinic", server.now()).await.expect("the table").expect("a tenant");
    let user = schema::user(&tenant.id, username);
    let user = server.server.store.find::<User>(user, server.now()).await.expect("the table").expect("a user");
    let person = OfTenant { tenant: &tenant, sub: &user.sub, now: server.now() };
    sign_out_everywhere(&server.server, person, Some(username)).await.expect("the table");
}

/// What it costs: nothing more than a sign-in from a browser that nobody knows.
#[tokio::test]
async fn a_known_browser_costs_no_call_more() {
    let server = TestServer::start().await;
    let mut calls = Vec::new();
    for mut person in [known(&server, "amy").await, Person::named(&server, "amy")] {
        let page = person.opens(&App::public(&server).standalone("openid")).await.page();
        server.calls.take();
        person.submits(&page, &[("username", "amy"), ("password", PASSWORD)]).await.page();
        calls.push(server.calls.take());
    }
    assert_eq!(calls[0], calls[1]);
}

/// Both cookies are for this host alone, over https, and no script reads them.
#[tokio::test]
async fn the_cookie_is_guarded_as_the_others_are() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let page = amy.opens(&App::public(&server).standalone("openid")).await.page();
    let answer = amy.answers(&page, &[("username", "amy"), ("password", PASSWORD)]).await;
    let cookies = answer.headers.get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok());
    let cookie = cookies.into_iter().find(|cookie| cookie.starts_with(KNOWN)).expect("a mark").to_owned();
    for attribute in ["; HttpOnly", "; Secure", "; SameSite=Lax", "; Path=/", "; Max-Age=7776000"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("amy"), "{cookie}");
}
