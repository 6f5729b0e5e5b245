//! What is guessed at. They count apart: a client and a user may have one name.

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
    pub fn as_str(self) -> &'static str {
        match self {
            AttemptKind::Secret => "secret",
            AttemptKind::Password => "password",
            AttemptKind::PasswordAtHome => "known browser",
            AttemptKind::Code => "code",
        }
    }
}
