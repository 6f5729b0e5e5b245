//! What is guessed at. They count apart: a client and a user may have one name.

#[derive(Clone, Copy)]
pub enum AttemptKind {
    Secret,
    Password,
    /// Of an authenticator app, or for recovery.
    Code,
}

impl AttemptKind {
    pub fn as_str(self) -> &'static str {
        match self {
            AttemptKind::Secret => "secret",
            AttemptKind::Password => "password",
            AttemptKind::Code => "code",
        }
    }
}
