//! A person changes their password, and what the operator's file says then.

mod change;
mod files;
mod hashes;
mod keyboards;

use admin::{
    plan::{TenantInTable, apply},
    tenant_file,
};
use kit::{
    Person,
    browser::Page,
    server::{BASE, ISSUER, PASSWORD},
};
use server::keys::make::KeyMaker;

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

/// The operator applies this file of the tenant, and the functions hear of it at once.
async fn applies_file(server: &kit::TestServer, text: &str) {
    let file = tenant_file::parse("clinic.toml", text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let named = file.resolve(BASE).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let before = TenantInTable::of(&server.server.store, &named, server.now()).await.expect("the table answers");
    let items = file.resolve_reusing(BASE, &before.stored_hashes()).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    apply(&server.server.store, &KeyMaker::Laptop, &items, server.now())
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    server.server.forget_configuration();
}

/// Whether this password signs in, from an address of its own, where nothing has failed.
pub async fn signs_in(server: &kit::TestServer, username: &str, password: &str) -> bool {
    let mut person = Person::named(server, username);
    password.clone_into(&mut person.password);
    let page = person.opens(&kit::App::public(server).standalone("openid launch/patient patient/*.rs")).await.page();
    !person.does(&page, None).await.page().asks("password")
}
