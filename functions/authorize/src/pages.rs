//! What a person sees: one struct a page, filled by the endpoint and drawn by its template in `pages/`.
//!
//! Every value may come from a stranger (an app's name, a search, a patient's name), so askama escapes them all. The pages hold no
//! script and no inline style: they work under `default-src 'none'; style-src 'self'`.

pub mod provider;
pub mod session;

use askama::Template;
use axum::extract::Query;
use axum::http::Uri;

/// The one stylesheet of all pages. Served with a hash of its content in the URL, so that it can be cached for good.
pub const STYLESHEET: &str = include_str!("../pages/style.css");

/// What is round every page. `stylesheet` is an absolute path with its content hash in the query.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    pub tenant_name: &'a str,
    pub stylesheet: &'a str,
    pub lang: &'a str,
}

/// A username and a password. `failed` shows one text for every cause, so that the page never tells who has an account.
#[derive(Template)]
#[template(path = "sign-in.html")]
pub struct SignInPage<'a> {
    pub frame: Frame<'a>,
    pub client_name: &'a str,
    pub action: &'a str,
    pub csrf: &'a str,
    pub username: &'a str,
    pub failed: bool,
    pub notice: Option<&'a str>,
}

/// A search by name and its result. `problem` says in one sentence what is wrong with the FHIR server; `more` that the list was cut.
#[derive(Template)]
#[template(path = "patient-picker.html")]
pub struct PatientPickerPage<'a> {
    pub frame: Frame<'a>,
    pub client_name: &'a str,
    pub action: &'a str,
    pub search_action: &'a str,
    pub csrf: &'a str,
    pub query: &'a str,
    pub patients: &'a [PatientRow],
    pub problem: Option<&'a str>,
    pub more: bool,
}

/// Enough of a patient to be sure it is the right one. What is empty is shown as "not recorded", since a gap is a warning too.
pub struct PatientRow {
    pub id: String,
    pub name: String,
    pub birth_date: String,
    pub age: String,
    pub sex: String,
    pub identifier: String,
}

/// Who asks, for whose record, for what. `always` is granted without a choice of its own, such as who the app is opened for.
#[derive(Template)]
#[template(path = "consent.html")]
pub struct ConsentPage<'a> {
    pub frame: Frame<'a>,
    pub client_name: &'a str,
    pub client_uri: Option<&'a str>,
    pub client_verified: bool,
    pub user_name: &'a str,
    pub patient_name: Option<&'a str>,
    pub action: &'a str,
    pub csrf: &'a str,
    pub groups: &'a [ConsentGroup],
    pub offline: Option<ConsentItem>,
    pub always: &'a [String],
    pub redirect_host: &'a str,
}

pub struct ConsentGroup {
    pub heading: String,
    pub items: Vec<ConsentItem>,
}

/// One box to tick. `value` is the scope's text; a `required` item is sent along whatever is ticked.
pub struct ConsentItem {
    pub value: String,
    pub title: String,
    pub explanation: String,
    pub checked: bool,
    pub required: bool,
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

/// The second of two submits: the first has been answered, and this one does no harm.
#[derive(Template)]
#[template(path = "done.html")]
pub struct DonePage<'a> {
    pub frame: Frame<'a>,
    pub client_name: &'a str,
}

impl Frame<'_> {
    fn direction(&self) -> &'static str {
        match self.lang.split('-').next() {
            Some("ar" | "dv" | "fa" | "he" | "ps" | "ur" | "yi") => "rtl",
            _ => "ltr",
        }
    }

    /// The letter that stands for the tenant until it has a logo.
    fn initial(&self) -> String {
        self.tenant_name.chars().find(|c| c.is_alphanumeric()).map(|c| c.to_uppercase().collect()).unwrap_or_default()
    }
}

impl PatientPickerPage<'_> {
    /// A GET form replaces the query of its action, so what `search_action` carries there must travel as fields.
    fn search_fields(&self) -> Vec<(String, String)> {
        let uri: Option<Uri> = self.search_action.parse().ok();
        let fields = uri.and_then(|uri| Query::<Vec<(String, String)>>::try_from_uri(&uri).ok());
        fields.map(|Query(fields)| fields).unwrap_or_default().into_iter().filter(|(name, _)| name != "name").collect()
    }
}

impl ConsentPage<'_> {
    fn leaves_a_choice(&self) -> bool {
        self.groups.iter().flat_map(|group| &group.items).chain(&self.offline).any(|item| !item.required)
    }

    /// Escaping does not disarm `javascript:`; only a web address becomes a link.
    fn website(&self) -> Option<&str> {
        self.client_uri.filter(|uri| uri.starts_with("https://") || uri.starts_with("http://"))
    }
}

/// A gap is shown as a gap: two patients of one name may differ in nothing else.
fn recorded(value: &str) -> &str {
    if value.trim().is_empty() { "not recorded" } else { value }
}

#[cfg(test)]
mod tests;
