//! He guesses people's passwords at the sign-in page, or guesses wrong on purpose, so that they are locked out. They are counted as
//! secrets are, and since they are weak, a block holds at every instance (LEG-8; RFC 6749 §10.10).

use super::{guess_secrets::FREE, *};
use kit::{
    Person,
    browser::{Page, Place},
    server::PASSWORD,
};

/// A password typed at the page: until it is blocked, and then the page that says so.
async fn types(person: &mut Person<'_>, page: &Page, username: &str, password: &str) -> Place {
    person.submits(page, &[("username", username), ("password", password)]).await
}

/// A new way each time, for one ends after ten wrong passwords.
pub async fn wrong_at_the_page(server: &TestServer, username: &str, times: usize) {
    for _ in 0..times {
        let mut person = Person::named(server, username);
        let page = person.opens(&App::public(server).standalone(SCOPE)).await.page();
        types(&mut person, &page, username, "guess").await.page();
    }
}

#[tokio::test]
async fn guessing_a_password_soon_costs_time_in_every_new_way() {
    let server = TestServer::start().await;
    for username in ["amy", "nobody"] {
        wrong_at_the_page(&server, username, FREE + 1).await;
        let mut person = Person::named(&server, username);
        let page = person.opens(&App::public(&server).standalone(SCOPE)).await.page();
        let answer = types(&mut person, &page, username, PASSWORD).await.end();
        assert_eq!((answer.status, answer.header("retry-after")), (429, Some("2")), "{username}");
        assert!(answer.body.contains("go back to the page before this one"), "{}", answer.body);
    }
    // The way is not lost: back on the page before, the right password is taken.
    let mut amy = Person::named(&server, "amy");
    let page = amy.opens(&App::public(&server).standalone(SCOPE)).await.page();
    assert_eq!(types(&mut amy, &page, "amy", PASSWORD).await.end().status, 429);
    server.passes(2);
    assert!(types(&mut amy, &page, "AMY", PASSWORD).await.page().asks("decision"));
}

/// People's passwords are weak, so a block holds at every instance at once, for the right one too.
#[tokio::test]
async fn another_instance_gives_no_more_tries_at_a_password() {
    let server = TestServer::start().await;
    wrong_at_the_page(&server, "amy", FREE + 1).await;
    let other = server.second_instance();
    let mut person = Person::named(&other, "amy");
    let page = person.opens(&App::public(&other).standalone(SCOPE)).await.page();
    assert_eq!(types(&mut person, &page, "amy", PASSWORD).await.end().status, 429);
}

#[tokio::test]
async fn he_can_not_lock_a_person_out_from_elsewhere() {
    let server = TestServer::start().await;
    for network in 0..6 {
        // One more would be the first at a name under attack, and wait.
        let times = if network < 5 { FREE } else { 1 };
        wrong_at_the_page(&server.seen_from(&format!("198.51.100.{network}")), "amy", times).await;
    }
    App::public(&server).code("amy", SCOPE, None).await;
}
