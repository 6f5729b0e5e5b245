//! What a person can choose, what is remembered of it, and what a form can never do.

mod forged;
mod parts;
mod remembered;

use kit::{
    App, Person, Tokens,
    browser::{Page, Place},
};

/// The consent page of this person for what the app asks.
pub async fn consent<'a>(app: &App<'a>, username: &str, scope: &str) -> (Person<'a>, Page) {
    let mut person = Person::named(app.server, username);
    let page = person.goes_to(&app.standalone(scope), "decision", None).await;
    (person, page)
}

/// The page with these parts of a scope ticked.
pub fn ticking(page: &Page, whole: &str, parts: &[&str]) -> Page {
    let mut page = page.clone();
    for part in parts {
        let value = format!("{whole} {part}");
        let shown = value.replace('&', "&#38;");
        assert!(page.answer.body.contains(&format!("name=\"part\" value=\"{shown}\"")), "no box for {value}");
        page.fields.push(("part".to_owned(), value));
    }
    page
}

pub async fn allowed(app: &App<'_>, person: &mut Person<'_>, page: &Page) -> Tokens {
    tokens_of(app, person.submits(page, &[("decision", "allow")]).await).await
}

pub async fn tokens_of(app: &App<'_>, place: Place) -> Tokens {
    let answer = place.app();
    app.exchanges(&answer.query("code").unwrap_or_else(|| panic!("no code: {}", answer.location()))).await
}
