//! A person changes their password, and what the operator's file says then.

mod change;
mod files;
mod hashes;
mod keyboards;

use kit::{
    Person,
    browser::Page,
    server::{ISSUER, PASSWORD},
};

pub const NEW: &str = "a lantern in the long grass";

pub async fn own_page(person: &mut Person<'_>) -> Page {
    person.goes_to(&format!("{ISSUER}/account"), "current", None).await
}

pub async fn changes(person: &mut Person<'_>, page: &Page, (current, new, again): (&str, &str, &str)) -> Page {
    person.submits(page, &[("current", current), ("new", new), ("again", again)]).await.page()
}

/// To NEW, from what the fixtures have.
pub async fn changed<'a>(server: &'a kit::TestServer, username: &str) -> Person<'a> {
    let mut person = Person::named(server, username);
    let page = own_page(&mut person).await;
    let page = changes(&mut person, &page, (PASSWORD, NEW, NEW)).await;
    assert!(page.answer.body.contains("Your password is changed"), "{}", page.answer.body);
    person
}

/// Whether this password signs in, from an address of its own, where nothing has failed.
pub async fn signs_in(server: &kit::TestServer, username: &str, password: &str) -> bool {
    let mut person = Person::named(server, username);
    password.clone_into(&mut person.password);
    let page = person.opens(&kit::App::public(server).standalone("openid launch/patient patient/*.rs")).await.page();
    !person.does(&page, None).await.page().asks("password")
}
