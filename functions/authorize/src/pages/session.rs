//! The pages about who is signed in.

use super::{Frame, PersonLinks, rich};
use askama::Template;

/// The browser's session knows this person, and the app may mean another.
#[derive(Template)]
#[template(path = "choose-account.html")]
pub struct ChooseAccountPage<'a> {
    pub frame: Frame<'a>,
    pub client_name: &'a str,
    pub user_name: &'a str,
    pub action: &'a str,
    pub csrf: &'a str,
}

/// An EHR has opened the app for this person, and another is signed in at the browser.
#[derive(Template)]
#[template(path = "confirm-vouched.html")]
pub struct ConfirmVouchedPage<'a> {
    pub frame: Frame<'a>,
    pub client_name: &'a str,
    pub user_name: &'a str,
    pub ehr: &'a str,
    pub action: &'a str,
    pub csrf: &'a str,
}

/// Somebody asks to end the session, and only its user can say whether that is meant. `fields` is what the app sent.
#[derive(Template)]
#[template(path = "sign-out.html")]
pub struct SignOutPage<'a> {
    pub frame: Frame<'a>,
    pub client_name: Option<&'a str>,
    pub user_name: &'a str,
    pub action: &'a str,
    pub csrf: &'a str,
    pub fields: &'a [(&'static str, String)],
    /// Their other pages.
    pub person: &'a PersonLinks,
}

/// The end, either way.
#[derive(Template)]
#[template(path = "signed-out.html")]
pub struct SignedOutPage<'a> {
    pub frame: Frame<'a>,
    pub done: bool,
    /// Where one can sign out too.
    pub elsewhere: Option<&'a SignedOutElsewhere>,
}

pub struct SignedOutElsewhere {
    /// The provider's name.
    pub provider: String,
    pub link: String,
}

impl SignedOutPage<'_> {
    fn heading(&self) -> &'static str {
        if self.done { self.frame.t.signed_out_title() } else { self.frame.t.still_signed_in_title() }
    }
}
