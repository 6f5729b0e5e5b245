//! The kinds of secrets that can be guessed. They count apart: a client and a user may have one name.

#[derive(Clone, Copy)]
pub enum AttemptKind {
    Secret,
    Password,
    /// A person's password, in a browser in which they have signed in before.
    PasswordAtHome,
    /// Of an authenticator app.
    Code,
}

impl AttemptKind {
    /// Where it comes from does not matter, so the count of the name is the only one.
    pub fn is_counted_once(self) -> bool {
        matches!(self, AttemptKind::PasswordAtHome | AttemptKind::Code)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            AttemptKind::Secret => "secret",
            AttemptKind::Password => "password",
            AttemptKind::PasswordAtHome => "known browser",
            AttemptKind::Code => "code",
        }
    }
}
