//! Explains each error code, and what helps, to somebody who has not read the RFCs.

/// The route tells the two meanings of some codes apart.
pub fn meaning(code: &str, route: &str) -> Option<&'static str> {
    let at_authorize = route.contains("authorize");
    Some(match code {
        "invalid_request" if at_authorize => {
            "A parameter of the authorization request is missing, given twice, or wrong. The app's developer must change the \
             request. On a page instead of a redirect, it is client_id or redirect_uri: then nobody can be redirected safely."
        }
        "invalid_request" => {
            "The request can't be read: wrong method, wrong Content-Type, a parameter that is missing or given twice, or two \
             ways of client authentication at once. The app's developer must change the request."
        }
        "invalid_client" => {
            "The client did not prove who it is: unknown or switched off (`admit client show`), a wrong secret, or an assertion \
             whose signature, kid, aud, exp or jti is not right. Compare with the client in the tenant file."
        }
        "invalid_grant" => {
            "The code, refresh token or password is not good, or not for this client: unknown, expired, used before, revoked, or \
             without the redirect_uri or code_verifier that it was made with. The app must send its user to authorize again. A \
             second use has revoked the grant: if the app did not do it, somebody else has its code or token."
        }
        "unauthorized_client" => {
            "The client may not use this grant type. If it should: grant_types of the client in the tenant file."
        }
        "unsupported_grant_type" => {
            "The tenant does not offer this grant type, or it does not exist. If it should: grant_types in [policy]."
        }
        "unsupported_response_type" => "Only response_type=code is offered, unless the tenant allows `implicit`.",
        "invalid_scope" => {
            "Nothing of what was asked may be granted, or more was asked than the user approved, or so much that its token would fit \
             into no header. What the client may ask for is its scope in the tenant file; access_token_format = \"reference\" there \
             makes room for a longer one."
        }
        "access_denied" => "The user said no, or this launch or this patient is not for them.",
        "server_error" => "A fault of this server: see the log of that function at that time.",
        "temporarily_unavailable" => {
            "With 429: too many failed attempts, or the table is throttled. With 503: the table, KMS or a server behind did not \
             answer, or so slowly that the function's time would have ended before its answer. Nothing was lost; the same request may be sent again after Retry-After."
        }
        "invalid_token" => "The bearer token is unknown here, expired, revoked, or of another tenant.",
        "insufficient_scope" => "The bearer token is good, but not for this: it lacks the scope that the answer names.",
        "unsupported_token_type" => "This kind of token can't be revoked here.",
        "invalid_target" => {
            "resource names no FHIR server of this tenant, or another than the user approved. See [[fhir_servers]]."
        }
        "login_required" | "consent_required" | "interaction_required" | "account_selection_required" => {
            "The app asked for an answer without a page (prompt=none), and a person is needed. It must ask again without it."
        }
        "request_not_supported" | "request_uri_not_supported" | "registration_not_supported" => {
            "A parameter of OpenID Connect that this server does not offer, as its discovery document says."
        }
        _ => return None,
    })
}
