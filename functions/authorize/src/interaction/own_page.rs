//! The end of a way that leads to a page of this server's own.

use super::visit::Visit;
use crate::http::responses::see_other;
use axum::response::Response;
use rules::{authorize::interaction::Interaction, client::own::is_management};

/// Once somebody is signed in for a page of ours, the page takes over, and no grant is made.
pub fn takes_over(visit: &Visit, interaction: &Interaction) -> Option<Response> {
    let is_done = is_management(&visit.client.client_id) && interaction.user().is_some();
    is_done.then(|| see_other(&interaction.request.redirect.redirect_uri))
}
