//! Refusals: a code for the program, a sentence for its developer, a detail for the operator.

/// Error codes, each with where it is defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// RFC 6749 §4.1.2.1, §5.2
    InvalidRequest,
    /// RFC 6749 §5.2
    InvalidClient,
    /// RFC 6749 §5.2
    InvalidGrant,
    /// RFC 6749 §4.1.2.1, §5.2
    UnauthorizedClient,
    /// RFC 6749 §5.2
    UnsupportedGrantType,
    /// RFC 6749 §4.1.2.1, §5.2
    InvalidScope,
    /// RFC 6749 §4.1.2.1
    AccessDenied,
    /// RFC 6749 §4.1.2.1
    UnsupportedResponseType,
    /// RFC 6749 §4.1.2.1; also the body of a 500
    ServerError,
    /// RFC 6749 §4.1.2.1; also the body of a 503
    TemporarilyUnavailable,
    /// RFC 6750 §3.1
    InvalidToken,
    /// RFC 6750 §3.1
    InsufficientScope,
    /// RFC 7009 §2.2.1
    UnsupportedTokenType,
    /// RFC 8707 §2
    InvalidTarget,
    /// OpenID Connect Core §3.1.2.6
    LoginRequired,
    /// OpenID Connect Core §3.1.2.6
    ConsentRequired,
    /// OpenID Connect Core §3.1.2.6
    InteractionRequired,
    /// OpenID Connect Core §3.1.2.6
    AccountSelectionRequired,
    /// OpenID Connect Core §3.1.2.6
    RequestNotSupported,
    /// OpenID Connect Core §3.1.2.6
    RequestUriNotSupported,
    /// OpenID Connect Core §3.1.2.6
    RegistrationNotSupported,
    /// RFC 9449 §5, §7.1
    InvalidDpopProof,
    /// RFC 9449 §8, §9
    UseDpopNonce,
}

impl ErrorCode {
    pub const ALL: [ErrorCode; 23] = [
        ErrorCode::InvalidRequest,
        ErrorCode::InvalidClient,
        ErrorCode::InvalidGrant,
        ErrorCode::UnauthorizedClient,
        ErrorCode::UnsupportedGrantType,
        ErrorCode::InvalidScope,
        ErrorCode::AccessDenied,
        ErrorCode::UnsupportedResponseType,
        ErrorCode::ServerError,
        ErrorCode::TemporarilyUnavailable,
        ErrorCode::InvalidToken,
        ErrorCode::InsufficientScope,
        ErrorCode::UnsupportedTokenType,
        ErrorCode::InvalidTarget,
        ErrorCode::LoginRequired,
        ErrorCode::ConsentRequired,
        ErrorCode::InteractionRequired,
        ErrorCode::AccountSelectionRequired,
        ErrorCode::RequestNotSupported,
        ErrorCode::RequestUriNotSupported,
        ErrorCode::RegistrationNotSupported,
        ErrorCode::InvalidDpopProof,
        ErrorCode::UseDpopNonce,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            ErrorCode::InvalidRequest => "invalid_request",
            ErrorCode::InvalidClient => "invalid_client",
            ErrorCode::InvalidGrant => "invalid_grant",
            ErrorCode::UnauthorizedClient => "unauthorized_client",
            ErrorCode::UnsupportedGrantType => "unsupported_grant_type",
            ErrorCode::InvalidScope => "invalid_scope",
            ErrorCode::AccessDenied => "access_denied",
            ErrorCode::UnsupportedResponseType => "unsupported_response_type",
            ErrorCode::ServerError => "server_error",
            ErrorCode::TemporarilyUnavailable => "temporarily_unavailable",
            ErrorCode::InvalidToken => "invalid_token",
            ErrorCode::InsufficientScope => "insufficient_scope",
            ErrorCode::UnsupportedTokenType => "unsupported_token_type",
            ErrorCode::InvalidTarget => "invalid_target",
            ErrorCode::LoginRequired => "login_required",
            ErrorCode::ConsentRequired => "consent_required",
            ErrorCode::InteractionRequired => "interaction_required",
            ErrorCode::AccountSelectionRequired => "account_selection_required",
            ErrorCode::RequestNotSupported => "request_not_supported",
            ErrorCode::RequestUriNotSupported => "request_uri_not_supported",
            ErrorCode::RegistrationNotSupported => "registration_not_supported",
            ErrorCode::InvalidDpopProof => "invalid_dpop_proof",
            ErrorCode::UseDpopNonce => "use_dpop_nonce",
        }
    }
}

/// How the answer to a failed authentication says what would have been accepted (RFC 9110 §11.6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Challenge {
    Basic,
    Bearer,
    /// No token came at all: nothing is wrong with it (RFC 6750 §3.1).
    BearerAlone,
    /// The token is good, for something else than this scope.
    BearerWithScope(&'static str),
    /// The token is bound, or the proof is wrong, which may be by these algorithms (RFC 9449 §7.1).
    Dpop(&'static [&'static str]),
}

/// A refusal. `description` goes to the client, `detail` to the log alone; neither ever holds a secret.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}: {description}", code.as_str())]
pub struct OAuthError {
    pub code: ErrorCode,
    pub description: String,
    pub detail: String,
    pub challenge: Option<Challenge>,
    /// The HTTP status where the code alone doesn't say it (413 for a body too large, 405 for a wrong method).
    pub status: Option<u16>,
    /// Seconds until a repeat makes sense, with 429 and 503.
    pub retry_after: i64,
}

impl OAuthError {
    pub fn new(code: ErrorCode, description: impl Into<String>) -> OAuthError {
        OAuthError {
            code,
            description: description.into(),
            detail: String::new(),
            challenge: None,
            status: None,
            retry_after: 2,
        }
    }

    /// What the operator reads under the refusal's id: what was expected and what came.
    pub fn because(self, detail: impl Into<String>) -> OAuthError {
        OAuthError { detail: detail.into(), ..self }
    }

    pub fn challenging(self, challenge: Challenge) -> OAuthError {
        OAuthError { challenge: Some(challenge), ..self }
    }

    pub fn retry_after(self, seconds: i64) -> OAuthError {
        OAuthError { retry_after: seconds, ..self }
    }

    pub fn with_status(self, status: u16) -> OAuthError {
        OAuthError { status: Some(status), ..self }
    }

    pub fn invalid_request(description: impl Into<String>) -> OAuthError {
        OAuthError::new(ErrorCode::InvalidRequest, description)
    }

    pub fn invalid_client(description: impl Into<String>) -> OAuthError {
        OAuthError::new(ErrorCode::InvalidClient, description)
    }

    pub fn invalid_grant(description: impl Into<String>) -> OAuthError {
        OAuthError::new(ErrorCode::InvalidGrant, description)
    }

    pub fn invalid_scope(description: impl Into<String>) -> OAuthError {
        OAuthError::new(ErrorCode::InvalidScope, description)
    }

    /// RFC 6749 §5.2, RFC 6750 §3.1. A 401 has a challenge, always (RFC 9110 §11.6.1): it is the challenge that makes one, and
    /// there is no other way to it. Without one it would be an answer that some libraries throw away.
    pub fn status(&self) -> u16 {
        match (self.status, self.code, self.challenge) {
            (Some(401), _, None) => 400,
            (Some(status), _, _) => status,
            (None, ErrorCode::InsufficientScope, _) => 403,
            (None, _, Some(_)) => 401,
            (None, ErrorCode::ServerError, _) => 500,
            (None, ErrorCode::TemporarilyUnavailable, _) => 503,
            _ => 400,
        }
    }
}

/// The characters that `error_description` may hold (RFC 6749 §4.1.2.1, §5.2); others become `?`, so that what a
/// stranger sent can't break out of a header or a page.
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            ' '..='!' | '#'..='[' | ']'..='~' => c,
            '"' => '\'',
            _ => '?',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A code that is added comes last, or is missed here.
    #[test]
    fn all_codes_are_among_all() {
        assert_eq!(ErrorCode::UseDpopNonce as usize + 1, ErrorCode::ALL.len());
        assert!(ErrorCode::ALL.iter().enumerate().all(|(place, code)| *code as usize == place));
    }

    /// RFC 9110 §11.6.1.
    #[test]
    fn a_401_is_never_without_a_challenge() {
        let codes = [ErrorCode::InvalidClient, ErrorCode::InvalidToken, ErrorCode::InvalidRequest];
        for (code, status) in codes.into_iter().flat_map(|code| [None, Some(401)].map(|status| (code, status))) {
            let error = OAuthError { status, ..OAuthError::new(code, "no") };
            assert_eq!(error.status(), 400, "{code:?}");
            assert_eq!(error.challenging(Challenge::Basic).status(), 401, "{code:?}");
        }
    }

    #[test]
    fn a_description_holds_only_the_characters_of_rfc_6749() {
        assert_eq!(printable("a\"b\\c\r\nd€"), "a'b?c??d?");
    }
}
