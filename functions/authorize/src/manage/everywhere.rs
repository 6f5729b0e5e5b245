//! A person signs out everywhere else. A thief of their session can do that too: the person signs in again then, and ends that
//! session in the same way.

use super::visitor::Visitor;
use crate::{
    audit,
    http::{
        responses::see_other,
        session::{self, BrowserSession},
    },
    own_pages::manage_url,
};
use axum::response::{IntoResponse, Response};
use server::{Server, http::answer::Answer, store::StoreError};

/// What proves to the next page that it was done.
pub const WORD: &str = "everywhere";

/// This browser gets a new cookie, so that a copy of the one so far is worth nothing either.
pub async fn sign_out_elsewhere(server: &Server, visitor: &Visitor) -> Result<Response, StoreError> {
    let url = manage_url(&visitor.tenant);
    let Some(cookie) = visitor.session.sign_out_elsewhere(server, visitor.person()).await? else {
        // Another browser was faster: here they must sign in.
        return Ok(see_other(&url));
    };
    tracing::info!(tenant = visitor.tenant.id.as_str(), "a person signed out everywhere else");
    let word = BrowserSession::seal_in(&BrowserSession::csrf_of(&cookie.secret), WORD);
    let mut response = see_other(&format!("{url}?said={word}"));
    session::put(&mut response, &visitor.tenant, &cookie);
    let record = audit::credentials_changed(&visitor.user, "signed out everywhere else");
    Ok(Answer::deciding(response, record).into_response())
}
