//! The page on which a person sees what they sign in with, and changes it.

use super::{Frame, PersonLinks, factors::PasskeyForm, rich};
use crate::texts::Texts;
use askama::Template;
use rules::credentials::passkey;

#[derive(Template)]
#[template(path = "account.html")]
pub struct AccountPage<'a> {
    pub frame: Frame<'a>,
    pub action: &'a str,
    pub csrf: &'a str,
    /// Where the apps with access are.
    pub manage: &'a str,
    /// Their other pages.
    pub person: &'a PersonLinks,
    pub user_name: &'a str,
    pub username: &'a str,
    /// Characters of a password.
    pub least: usize,
    pub done: Option<String>,
    /// What they sign in with has changed: their sessions elsewhere are over, and the apps are not.
    pub apps_keep: bool,
    pub problem: Option<String>,
    /// Since when they are signed in here, and until when.
    pub since: String,
    pub until: String,
    pub password_since: Option<String>,
    /// Whether there may be an authenticator app, and since when there is one.
    pub app: bool,
    pub app_since: Option<String>,
    pub passkeys: bool,
    pub keys: &'a [Passkey],
    /// How many recovery codes are left, where there may be any.
    pub codes: Option<String>,
}

pub struct Passkey {
    pub id: String,
    pub name: String,
    pub kind: &'static str,
    pub last_used: Option<String>,
}

/// A passkey is made; only a script can ask the browser for one.
#[derive(Template)]
#[template(path = "passkey-setup.html")]
pub struct PasskeySetupPage<'a> {
    pub frame: Frame<'a>,
    pub action: &'a str,
    pub csrf: &'a str,
    pub passkey: PasskeyForm<'a>,
}

/// Nothing to change here, or not before another sign-in.
#[derive(Template)]
#[template(path = "account-elsewhere.html")]
pub struct ElsewherePage<'a> {
    pub frame: Frame<'a>,
    pub text: &'a str,
    /// Who is signed in, with an account that they have elsewhere.
    pub user: Option<ElsewhereUser<'a>>,
    pub action: Option<&'a str>,
}

pub struct ElsewhereUser<'a> {
    pub name: &'a str,
    /// Their other pages.
    pub links: &'a PersonLinks,
}

impl Passkey {
    pub fn of(passkey: &passkey::Passkey, t: Texts) -> Passkey {
        Passkey {
            id: passkey.id.clone(),
            name: t.own_passkey(t.day(passkey.created_at)).to_string(),
            kind: if passkey.copied { t.own_passkey_copied() } else { t.own_passkey_one_device() },
            last_used: passkey.last_used.map(|at| t.moment(at)),
        }
    }
}
