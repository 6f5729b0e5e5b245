//! The kinds of text that the page checks.

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    Scope,
    Jwt,
    Jwks,
    Registration,
    Document,
}

impl InputKind {
    pub const ALL: [InputKind; 5] =
        [InputKind::Scope, InputKind::Jwt, InputKind::Jwks, InputKind::Registration, InputKind::Document];

    pub fn as_str(self) -> &'static str {
        match self {
            InputKind::Scope => "scope",
            InputKind::Jwt => "jwt",
            InputKind::Jwks => "jwks",
            InputKind::Registration => "registration",
            InputKind::Document => "document",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            InputKind::Scope => "Scopes",
            InputKind::Jwt => "A JWT",
            InputKind::Jwks => "A key set",
            InputKind::Registration => "A registration",
            InputKind::Document => "An agent’s document",
        }
    }
}
