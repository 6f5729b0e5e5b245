//! The pages of a person's own, linked from each other and from the consent page.

use crate::texts::Texts;

/// Where a signed-in person finds them; without the one that they are at.
#[derive(Clone, Debug, Default)]
pub struct PersonLinks {
    pub manage: Option<String>,
    /// Where they change how they sign in, if that is here.
    pub account: Option<String>,
    pub sign_out: Option<String>,
}

impl PersonLinks {
    pub fn named(&self, t: &Texts) -> Vec<(&str, &'static str)> {
        let all =
            [(&self.manage, t.manage_title()), (&self.account, t.own_title()), (&self.sign_out, t.sign_out_submit())];
        all.into_iter().filter_map(|(link, name)| Some((link.as_deref()?, name))).collect()
    }
}
