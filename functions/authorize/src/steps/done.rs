//! The app has its answer: a second submit of the last form, or a reload.

use crate::{interaction::visit::Visit, pages::DonePage};
use axum::response::Response;

pub fn page(visit: &Visit) -> Response {
    let stylesheet = visit.context().stylesheet();
    let page = DonePage { frame: visit.frame(&stylesheet), client_name: &visit.client.client_name };
    visit.context().page(&page, &[])
}
