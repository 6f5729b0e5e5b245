//! What the agent says of itself: its `client_id` is the address of this document
//! (draft-ietf-oauth-client-id-metadata-document-02).

use crate::site::Site;
use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use rules::client::document::address::DocumentAddress;
use serde_json::{Value, json};

/// Where the agent's pages are.
pub const PATH: &str = "/launcher/agent";

pub fn address(site: &Site) -> String {
    format!("{}{PATH}/client.json", site.base)
}

pub fn redirect_uri(site: &Site) -> String {
    format!("{}{PATH}/callback", site.base)
}

/// Why no server takes a document from here, where none does: it is https, or on this machine.
pub fn is_nowhere(site: &Site) -> Option<&'static str> {
    DocumentAddress::parse(&address(site), true).err()
}

pub fn respond(site: &Site) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "max-age=60")];
    (headers, format!("{:#}\n", document(site))).into_response()
}

fn document(site: &Site) -> Value {
    json!({
        "client_id": address(site),
        "client_name": "Sample Agent",
        "redirect_uris": [redirect_uri(site)],
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
    })
}
