//! The app has its answer: a second submit of the last form, or a reload.

use crate::{
    interaction::{repeated::same_answer, visit::Visit},
    pages::DonePage,
};
use axum::response::{IntoResponse, Response};

/// The same answer once more where it may be given, or else the page that says that it was given.
pub async fn page(visit: &Visit) -> Response {
    match same_answer(visit, &visit.interaction).await {
        Ok(Some(again)) => again,
        Ok(None) => {
            let stylesheet = visit.context().stylesheet();
            let page = DonePage { frame: visit.frame(&stylesheet), client_name: visit.client.known_as() };
            visit.context().page(&page)
        }
        Err(error) => visit.context().outage(&error).into_response(),
    }
}
