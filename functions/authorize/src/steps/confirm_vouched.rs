//! The EHR has opened the app for one person, and another is signed in at the browser: is it the one whom the EHR named? (VOUCH-8)

use crate::{
    audit,
    interaction::{fact::Fact, visit::Visit},
    pages::session::ConfirmVouchedPage,
};
use axum::response::Response;
use rules::{authorize::interaction::Stage, oauth::params::Params, session::SessionId, signed_in::SignedIn};

pub fn page(visit: &Visit, user: &SignedIn) -> Response {
    let stylesheet = visit.context().stylesheet();
    let page = ConfirmVouchedPage {
        frame: visit.frame(&stylesheet),
        client_name: visit.client.known_as(),
        user_name: &user.name,
        ehr: user.vouched_by.as_deref().unwrap_or_default(),
        action: &visit.url,
        csrf: &visit.browser.csrf(),
    };
    visit.respond(&page)
}

/// A no is `cancel`, as on every page.
pub fn take(visit: &Visit, user: &SignedIn, session: &SessionId, form: &Params) -> Fact {
    match form.get("account") {
        Some("vouched") => {
            let next = visit.interaction.at(Stage::signed_in(user.clone(), session.clone()));
            Fact::decided(next, vec![audit::signed_in(user)])
        }
        _ => Fact::nothing(visit),
    }
}
