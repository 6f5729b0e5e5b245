//! Refusals (RFC 6749 §5.2; RFC 6750 §3.1).

use rules::oauth::{
    error::{Challenge, ErrorCode, OAuthError},
    refused::Refused,
};

#[test]
fn a_code_and_a_challenge_decide_the_status() {
    use ErrorCode::*;
    for (code, challenge, status) in [
        (InvalidRequest, None, 400),
        (InvalidGrant, None, 400),
        (InvalidScope, None, 400),
        // A 401 has a challenge (RFC 9110 §11.6.1).
        (InvalidClient, None, 400),
        (InvalidClient, Some(Challenge::Basic), 401),
        (InvalidToken, None, 400),
        (InvalidToken, Some(Challenge::Bearer), 401),
        (InvalidRequest, Some(Challenge::BearerAlone), 401),
        (InsufficientScope, None, 403),
        (InsufficientScope, Some(Challenge::BearerWithScope("openid")), 403),
        (ServerError, None, 500),
        (TemporarilyUnavailable, None, 503),
    ] {
        let error = OAuthError::new(code, "why");
        let error = challenge.map_or(error.clone(), |challenge| error.challenging(challenge));
        assert_eq!(error.status(), status, "{code:?} {challenge:?}");
        assert_eq!(error.with_status(413).status(), 413, "what the endpoint says goes first");
    }
}

#[test]
fn a_refusal_keeps_what_was_said_of_it() {
    let error = OAuthError::invalid_client("for the client").because("for the log");
    let error = error.challenging(Challenge::Basic).retry_after(30).with_status(429);
    assert_eq!((error.code, error.description.as_str()), (ErrorCode::InvalidClient, "for the client"));
    assert_eq!((error.detail.as_str(), error.challenge), ("for the log", Some(Challenge::Basic)));
    assert_eq!((error.retry_after, error.status()), (30, 429));
    assert_eq!(OAuthError::invalid_client("").retry_after, 2, "unless somebody says more");
}

/// The operator finds the one under the id that the client was told.
#[test]
fn what_a_client_reads_ends_with_the_reference() {
    let error = OAuthError::invalid_scope("no \"such\" scope\n").because("registered for: a");
    let refused = Refused::of(&error);
    assert_eq!((refused.code, refused.detail.as_str()), ("invalid_scope", "registered for: a"));
    assert_eq!(refused.description(), format!("no 'such' scope? (reference {})", refused.id));
    assert_eq!(refused.id.len(), 8);
    assert_ne!(Refused::of(&error).id, refused.id);
}

/// OIDC-10, OIDC-13.
#[test]
fn codes_are_written_as_their_specifications_write_them() {
    use ErrorCode::*;
    for (code, text) in [
        (InvalidRequest, "invalid_request"),
        (InvalidClient, "invalid_client"),
        (UnauthorizedClient, "unauthorized_client"),
        (UnsupportedGrantType, "unsupported_grant_type"),
        (AccessDenied, "access_denied"),
        (UnsupportedResponseType, "unsupported_response_type"),
        (InsufficientScope, "insufficient_scope"),
        (InvalidTarget, "invalid_target"),
        (LoginRequired, "login_required"),
        (AccountSelectionRequired, "account_selection_required"),
        (RequestUriNotSupported, "request_uri_not_supported"),
    ] {
        assert_eq!(code.as_str(), text);
    }
}
