//! What arrived of a client's proof, before anyone has checked it.

use crate::{
    oauth::{
        error::{Challenge, OAuthError},
        params::Params,
    },
    secret::Secret,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::percent_decode_str;

/// Exactly one way of authentication (RFC 6749 §2.3: never more than one in a request).
#[derive(Clone, Debug)]
pub enum PresentedCredentials {
    /// A `client_id` and nothing else, or not even that.
    Nothing {
        client_id: Option<String>,
    },
    Basic {
        user: String,
        password: Secret,
    },
    Post {
        client_id: String,
        client_secret: Secret,
    },
    Assertion {
        assertion: UnverifiedAssertion,
        client_id: Option<String>,
    },
    /// An access token.
    Bearer(Secret),
    /// An access token that is bound to a key (RFC 9449 §7.1).
    Dpop(Secret),
}

/// A client assertion (RFC 7523 §2.2) that nobody has verified.
#[derive(Clone, Debug)]
pub struct UnverifiedAssertion(pub Secret);

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

impl PresentedCredentials {
    pub fn from_request(authorization: &[&str], form: &Params) -> Result<PresentedCredentials, OAuthError> {
        let in_header = match authorization {
            [] => None,
            [one] => Some(*one),
            _ => return Err(OAuthError::invalid_request("the Authorization header came twice")),
        };
        let client_id = form.get("client_id").map(str::to_owned);
        let ways = [in_header.is_some(), form.has("client_secret"), form.has("client_assertion")];
        if ways.iter().filter(|way| **way).count() > 1 {
            return Err(OAuthError::invalid_request("a request may use one way of client authentication, not two")
                .because("RFC 6749 §2.3"));
        }
        if let Some(header) = in_header {
            return from_header(header, client_id);
        }
        if let Some(assertion) = form.get("client_assertion") {
            return match form.get("client_assertion_type") {
                Some(JWT_BEARER) => Ok(PresentedCredentials::Assertion {
                    assertion: UnverifiedAssertion(Secret::new(assertion)),
                    client_id,
                }),
                Some(_) => {
                    Err(OAuthError::invalid_client(format!("client_assertion_type must be {JWT_BEARER}"))
                        .with_status(400))
                }
                None => Err(OAuthError::invalid_client("client_assertion_type is missing").with_status(400)),
            };
        }
        if form.has("client_assertion_type") {
            return Err(OAuthError::invalid_client("client_assertion is missing").with_status(400));
        }
        match (form.get("client_secret"), client_id) {
            (Some(secret), Some(client_id)) => {
                Ok(PresentedCredentials::Post { client_id, client_secret: Secret::new(secret) })
            }
            (Some(_), None) => Err(OAuthError::invalid_request("client_secret came without client_id")),
            (None, client_id) => Ok(PresentedCredentials::Nothing { client_id }),
        }
    }
}

fn from_header(header: &str, client_id: Option<String>) -> Result<PresentedCredentials, OAuthError> {
    let (scheme, value) = header.split_once(' ').unwrap_or((header, ""));
    if scheme.eq_ignore_ascii_case("bearer") {
        return Ok(PresentedCredentials::Bearer(Secret::new(value.trim())));
    }
    if scheme.eq_ignore_ascii_case("dpop") {
        return Ok(PresentedCredentials::Dpop(Secret::new(value.trim())));
    }
    let unreadable = || OAuthError::invalid_client("the Basic credentials can't be read").challenging(Challenge::Basic);
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(must_be_basic());
    }
    let decoded = STANDARD.decode(value.trim()).map_err(|_| unreadable())?;
    let text = String::from_utf8(decoded).map_err(|_| unreadable())?;
    let (user, password) = text.split_once(':').ok_or_else(unreadable)?;
    if client_id.is_some_and(|in_form| in_form != user && in_form != form_decoded(user)) {
        return Err(OAuthError::invalid_request("client_id differs from the one in the Authorization header"));
    }
    Ok(PresentedCredentials::Basic { user: user.to_owned(), password: Secret::new(password) })
}

/// To another scheme than the endpoint takes.
pub fn must_be_basic() -> OAuthError {
    OAuthError::invalid_client("the Authorization scheme must be Basic").challenging(Challenge::Basic)
}

/// RFC 6749 §2.3.1 has id and secret form-encoded before base64; SMART and most clients do not. Both are tried (CLI-3).
pub fn form_decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}
