//! The page on which a visit, a study or the like is chosen.

use super::{Frame, NamedPatient, rich};
use askama::Template;

#[derive(Template)]
#[template(path = "context-picker.html")]
pub struct ContextPickerPage<'a> {
    pub frame: Frame<'a>,
    pub client_name: &'a str,
    pub patient: &'a NamedPatient,
    /// In the plural: "visits and hospital stays".
    pub things: &'a str,
    /// Which of the app's wishes this answers; a form for another answers nothing.
    pub scope: &'a str,
    pub action: &'a str,
    pub csrf: &'a str,
    pub rows: &'a [ContextRow],
    pub failed: bool,
}

pub struct ContextRow {
    pub id: String,
    pub what: String,
    pub when: String,
    pub status: String,
}
