//! Why a request is answered by a page and not by a redirect.

use super::Texts;
use rules::authorize::redirect_target::NotRedirectable;

impl Texts {
    pub fn not_redirectable(self, error: NotRedirectable) -> &'static str {
        match error {
            NotRedirectable::Ambiguous => self.error_ambiguous(),
            NotRedirectable::NoClientId => self.error_no_client(),
            NotRedirectable::UnknownClient => self.error_unknown_client(),
            NotRedirectable::NoRedirectUri => self.error_no_redirect_uri(),
            NotRedirectable::UnregisteredRedirectUri => self.error_unregistered_redirect_uri(),
        }
    }
}
