//! The pages of second factors, on the way to an app and on a person's own page alike.

use super::{Frame, rich};
use askama::Template;

/// The form that the script fills. Without a script it is not shown.
pub struct PasskeyForm<'a> {
    /// `get` or `create`.
    pub ceremony: &'static str,
    /// JSON for the browser.
    pub options: String,
    pub failed: bool,
    pub script: &'a str,
}

/// The password was right: now a code, or a passkey.
#[derive(Template)]
#[template(path = "second-factor.html")]
pub struct SecondFactorPage<'a> {
    pub frame: Frame<'a>,
    /// The app, unless it is a page of ours that they sign in for.
    pub client_name: Option<&'a str>,
    pub action: &'a str,
    pub csrf: &'a str,
    /// There is an authenticator app; otherwise the code is a recovery code.
    pub app: bool,
    pub failed: bool,
    /// Too many codes of the app were wrong.
    pub locked: bool,
    pub passkey: Option<PasskeyForm<'a>>,
}

/// An authenticator app is set up: its secret as a picture and in letters, and its first code.
#[derive(Template)]
#[template(path = "app-setup.html")]
pub struct AppSetupPage<'a> {
    pub frame: Frame<'a>,
    pub action: &'a str,
    pub csrf: &'a str,
    pub picture: String,
    pub key: String,
    pub failed: bool,
    /// The tenant wants it, at sign-in.
    pub required: bool,
    /// The value of `do`, where the form's address serves several.
    pub hidden: Option<&'a str>,
    pub cancel: (&'a str, &'a str),
    pub passkey: Option<PasskeyForm<'a>>,
}

/// Recovery codes, shown once.
#[derive(Template)]
#[template(path = "recovery-codes.html")]
pub struct CodesPage<'a> {
    pub frame: Frame<'a>,
    pub action: &'a str,
    pub csrf: &'a str,
    pub codes: &'a [String],
    pub kept: (&'a str, &'a str),
}
