//! What is guessed at. They count apart: a client and a user may have one name.

#[derive(Clone, Copy)]
pub enum Kind {
    Secret,
    Password,
    /// Of an authenticator app, or for recovery.
    Code,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Secret => "secret",
            Kind::Password => "password",
            Kind::Code => "code",
        }
    }
}
