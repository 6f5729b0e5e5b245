//! What each error code means to an app's developer, and what to do about it.

use rules::oauth::error::ErrorCode;

pub fn all() -> Vec<(&'static str, &'static str)> {
    ErrorCode::ALL.into_iter().map(|code| (code.as_str(), meaning(code))).collect()
}

fn meaning(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::InvalidRequest => {
            "A parameter is missing, malformed, or came twice. error_description says which. Don't repeat the request as it is."
        }
        ErrorCode::InvalidClient => {
            "The app is unknown, switched off, or did not prove who it is: a wrong secret, another way to authenticate than it is registered for, or an assertion that does not hold. Status 401 where credentials came by Authorization."
        }
        ErrorCode::InvalidGrant => {
            "The code or refresh token is wrong, used, expired or revoked, was another app's, or redirect_uri or code_verifier don't match. Send the person through the authorization endpoint again."
        }
        ErrorCode::UnauthorizedClient => "The app is not registered for this grant, or for this response type.",
        ErrorCode::UnsupportedGrantType => "This server does not offer the grant_type.",
        ErrorCode::InvalidScope => {
            "No scope was asked for, none of those asked for may be had, or the token would be too long."
        }
        ErrorCode::AccessDenied => "The person said no, or may not open the record.",
        ErrorCode::UnsupportedResponseType => "This server does not offer the response_type.",
        ErrorCode::ServerError => "Something is broken here. The operator has been told; quote the refusal id.",
        ErrorCode::TemporarilyUnavailable => {
            "An outage, or too many attempts: status 503 or 429. Wait as Retry-After says, then repeat."
        }
        ErrorCode::InvalidToken => {
            "The access token is missing, expired, revoked, or for another audience. Refresh, then repeat once."
        }
        ErrorCode::InsufficientScope => "The access token is good, for something else. Status 403.",
        ErrorCode::UnsupportedTokenType => "The token is of a kind that this endpoint does not take.",
        ErrorCode::InvalidTarget => {
            "aud or resource names no FHIR server of this tenant, or none that the app may have, or several."
        }
        ErrorCode::LoginRequired => "prompt=none came and nobody is signed in. Send the person without it.",
        ErrorCode::ConsentRequired => "prompt=none came and the person has not agreed yet.",
        ErrorCode::InteractionRequired => {
            "prompt=none came and the person must choose something first, such as a patient."
        }
        ErrorCode::AccountSelectionRequired => "prompt=none came and it is not clear who is meant.",
        ErrorCode::RequestNotSupported => "The app sent a request object in request. Send the parameters themselves.",
        ErrorCode::RequestUriNotSupported => "The app sent a request_uri that this server has not given it.",
        ErrorCode::RegistrationNotSupported => "The app sent registration, which is not supported.",
        ErrorCode::InvalidDpopProof => {
            "The DPoP proof is missing, malformed, too old, used before, or for another request."
        }
        ErrorCode::UseDpopNonce => {
            "The proof needs the nonce of the header DPoP-Nonce. Make a new proof with it and repeat once."
        }
    }
}
