//! The pages about who is signed in.

use super::Frame;
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
