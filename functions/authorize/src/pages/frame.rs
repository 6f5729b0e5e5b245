//! What is round every page.

use crate::texts::Texts;

/// `stylesheet` is an absolute path with its content hash in the query; `t` has every text in the
/// reader's language.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    pub tenant_name: &'a str,
    pub logo: Option<&'a str>,
    pub stylesheet: &'a str,
    pub t: Texts,
}

impl Frame<'_> {
    /// The letter that stands for a tenant without a logo.
    pub fn initial(&self) -> String {
        self.tenant_name.chars().find(|c| c.is_alphanumeric()).map(|c| c.to_uppercase().collect()).unwrap_or_default()
    }
}
