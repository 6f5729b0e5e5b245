//! The pages of signing in elsewhere.

use super::{Frame, rich};
use askama::Template;
use rules::identity_provider::IdentityProvider;

/// One link for each way in.
#[derive(Template)]
#[template(path = "provider-choice.html")]
pub struct ProviderChoicePage<'a> {
    pub frame: Frame<'a>,
    /// The app, unless it is a page of ours that they sign in for.
    pub client_name: Option<&'a str>,
    pub action: &'a str,
    pub csrf: &'a str,
    pub providers: &'a [IdentityProvider],
    pub local: bool,
}

/// What went wrong at a provider, and the ways on from there.
#[derive(Template)]
#[template(path = "provider-trouble.html")]
pub struct ProviderTroublePage<'a> {
    pub frame: Frame<'a>,
    pub client_name: &'a str,
    pub provider: &'a IdentityProvider,
    pub heading: &'a str,
    pub what_happened: &'a str,
    pub what_to_do: &'a str,
    pub reference: &'a str,
    pub action: &'a str,
    pub csrf: &'a str,
    /// There are other ways in.
    pub others: bool,
}
