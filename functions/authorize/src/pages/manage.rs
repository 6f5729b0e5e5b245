//! The page on which a person sees which apps have access, and takes it away.

use super::{Frame, PersonLinks, rich};
use askama::Template;

#[derive(Template)]
#[template(path = "manage.html")]
pub struct ManagePage<'a> {
    pub frame: Frame<'a>,
    pub user_name: &'a str,
    pub action: &'a str,
    /// Their other pages.
    pub person: &'a PersonLinks,
    pub csrf: &'a str,
    pub apps: &'a [ManagedApp],
    /// The app that has just lost its access.
    pub taken: Option<&'a str>,
    /// The app whose access now ends sooner, and when.
    pub sooner: Option<(&'a str, &'a str)>,
    /// Where they are signed in, this browser included. None on further pages of the list of apps.
    pub sessions: Option<&'a [SessionLine]>,
    /// They have just signed out everywhere else.
    pub signed_out: bool,
    /// The rest of a list that is longer than a page.
    pub next: Option<String>,
}

pub struct SessionLine {
    pub is_here: bool,
    pub since: String,
    pub until: String,
}

pub struct ManagedApp {
    pub client_id: String,
    pub name: String,
    pub since: String,
    pub last_used: String,
    pub ends: String,
    /// The day on which it ends however much it is used, where the person chose one.
    pub at_latest: Option<String>,
    /// Ends that would be earlier; empty where there is no choice.
    pub sooner: Vec<SoonerChoice>,
    /// Who the records are of, where they are not the person's own.
    pub records: Vec<String>,
    pub may: Vec<String>,
    pub remembered_until: Option<String>,
}

/// An end that the person may choose.
pub struct SoonerChoice {
    /// From now.
    pub days: i64,
    pub end: String,
}

/// Nobody is signed in, and they did not want to.
#[derive(Template)]
#[template(path = "manage-signed-out.html")]
pub struct ManageSignedOutPage<'a> {
    pub frame: Frame<'a>,
    pub action: &'a str,
}
