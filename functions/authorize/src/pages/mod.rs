//! What a person sees: one struct a page, filled by the endpoint and drawn by its template in `pages/`.
//!
//! Every value may come from a stranger (an app's name, a search, a patient's name), so askama escapes them all. The pages hold no
//! script and no inline style: they work under `default-src 'none'; style-src 'self'`.

pub mod account;
pub mod consent;
pub mod context;
pub mod docs;
pub mod factors;
mod frame;
pub mod manage;
mod person_links;
pub mod picker;
pub mod provider;
pub mod qr;
mod rich;
pub mod session;
mod theme;

use askama::Template;
use factors::PasskeyForm;
use rules::tenant::TenantRecord;

pub use frame::Frame;
pub use person_links::PersonLinks;
pub use rich::rich;

/// The one stylesheet of all pages, in the tenant's colours. Served with a hash of its content in the URL, so that it can be
/// cached for good.
pub fn stylesheet(tenant: &TenantRecord) -> String {
    STYLESHEET.to_owned() + &theme::stylesheet(&tenant.pages)
}

pub const STYLESHEET: &str = include_str!("../../pages/style.css");

/// What only a script can do: ask the browser for a passkey.
pub const SCRIPT: &str = include_str!("../../pages/passkey.js");

/// A username and a password. `failed` shows one text for every cause, so that the page never tells who has an account.
#[derive(Template)]
#[template(path = "sign-in.html")]
pub struct SignInPage<'a> {
    pub frame: Frame<'a>,
    /// The app, unless it is a page of ours that they sign in for.
    pub client_name: Option<&'a str>,
    pub action: &'a str,
    pub csrf: &'a str,
    pub username: &'a str,
    pub failed: bool,
    pub notice: Option<&'a str>,
    pub passkey: Option<PasskeyForm<'a>>,
}

/// An error that must not be sent to a `redirect_uri`, because none has been trusted yet (RFC 6749 section 4.1.2.1).
#[derive(Template)]
#[template(path = "error.html")]
pub struct ErrorPage<'a> {
    pub frame: Frame<'a>,
    pub heading: &'a str,
    pub what_happened: &'a str,
    pub what_to_do: &'a str,
    pub reference: &'a str,
}

/// Whose record a page is about.
pub struct NamedPatient {
    /// The name, birth date and so on in one line; `Patient/id` if the record could not be read.
    pub name: String,
    pub is_read: bool,
    /// Whether the person picked them and may pick another.
    pub may_be_another: bool,
}

/// The second of two submits: the first has been answered, and this one does no harm.
#[derive(Template)]
#[template(path = "done.html")]
pub struct DonePage<'a> {
    pub frame: Frame<'a>,
    pub client_name: &'a str,
}

#[cfg(test)]
mod tests;
