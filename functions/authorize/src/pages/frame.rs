//! The frame of every page.

use crate::texts::Texts;
use rules::tenant::appearance::Appearance;

/// `stylesheet` is an absolute path with its content hash in the query; `t` has every text in the
/// reader's language.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    pub tenant_name: &'a str,
    /// How the tenant's pages look, and whom they send people to for help.
    pub pages: Option<&'a Appearance>,
    pub stylesheet: &'a str,
    pub t: Texts,
}

impl Frame<'_> {
    pub fn logo(&self) -> Option<&str> {
        self.pages.and_then(|pages| pages.logo.as_deref())
    }

    /// A page opens beside this one; a mail or a call needs none.
    pub fn opens_beside(&self, link: &str) -> bool {
        link.starts_with("https:")
    }

    /// The letter that stands for a tenant without a logo.
    pub fn initial(&self) -> String {
        self.tenant_name.chars().find(|c| c.is_alphanumeric()).map(|c| c.to_uppercase().collect()).unwrap_or_default()
    }
}
