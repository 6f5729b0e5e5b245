//! The browser's session knows somebody: is it still them?

use crate::{
    interaction::{fact::Fact, visit::Visit},
    pages::session::ChooseAccountPage,
};
use axum::response::Response;
use rules::{
    authorize::interaction::{Interaction, SignIns, Stage},
    oauth::params::Params,
    session::SessionId,
    signed_in::SignedIn,
};

pub fn page(visit: &Visit, user: &SignedIn) -> Response {
    let stylesheet = visit.context().stylesheet();
    let page = ChooseAccountPage {
        frame: visit.frame(&stylesheet),
        client_name: visit.client.known_as(),
        user_name: &user.name,
        action: &visit.url,
        csrf: &visit.browser.csrf(),
    };
    visit.respond(&page)
}

pub fn take(visit: &Visit, user: &SignedIn, session: &SessionId, form: &Params) -> Fact {
    match form.get("account") {
        Some("same") => Fact::stage(visit, Stage::signed_in(user.clone(), session.clone())),
        Some("another") => {
            let sign_ins = SignIns { another: true, ..visit.interaction.sign_ins.clone() };
            Fact::learned(Interaction { sign_ins, ..visit.interaction.at(Stage::NOBODY) })
        }
        _ => Fact::nothing(visit),
    }
}
