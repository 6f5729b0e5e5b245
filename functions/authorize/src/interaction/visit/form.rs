//! Which page a form comes from that is sent at this visit.

use super::Visit;
use rules::authorize::interaction::Stage;

/// Which page a form comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormOf {
    ThisPage,
    /// One whose time is over: the sign-in page, which has been answered, or any page of a session that has ended.
    EarlierPage,
    /// None of ours for this browser.
    Nobody,
}

impl Visit {
    /// Finds the page that a form comes from by the token in it, and sees the interaction as that page did.
    pub fn as_the_form_saw_it(&mut self, csrf: Option<&str>) -> FormOf {
        if self.browser.sent_csrf(csrf) {
            return FormOf::ThisPage;
        }
        let replaced = self.interaction.replaced.as_ref();
        if csrf.is_some_and(|csrf| replaced.is_some_and(|replaced| replaced.csrf.matches(csrf))) {
            return FormOf::EarlierPage;
        }
        if let Some(lost) = self.lost_session.take() {
            self.browser.show_for(Some(lost));
            if self.browser.sent_csrf(csrf) {
                return FormOf::EarlierPage;
            }
        }
        // A sign-in page in one of two tabs: in the other somebody has signed in since.
        self.browser.show_for(None);
        if !self.browser.sent_csrf(csrf) {
            return FormOf::Nobody;
        }
        self.interaction.value.stage = match &self.stored {
            Stage::SigningIn(_) => self.stored.clone(),
            Stage::Choosing(_) | Stage::Finished { .. } => self.stored.signed_out(),
        };
        FormOf::ThisPage
    }
}
