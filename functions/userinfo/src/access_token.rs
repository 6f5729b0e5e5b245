//! The access token of a request: in the Authorization header, or in a form (RFC 6750 §2.1, §2.2), and in one of them alone.
//! In a query it is not looked at: that is where logs and histories find it.

use axum::{
    body::Body,
    http::{HeaderValue, Method, header, request::Parts},
};
use rules::{
    dpop::TokenScheme,
    oauth::{
        error::{Challenge, OAuthError},
        params::Params,
    },
};
use server::http::form_post::{MOST_BYTES, is_form};

/// An access token, and how it came.
pub struct AccessToken {
    pub scheme: TokenScheme,
    pub text: String,
}

/// The values of the header DPoP.
pub fn proofs(request: &Parts) -> Result<Vec<&str>, OAuthError> {
    let values = request.headers.get_all("dpop").iter().map(HeaderValue::to_str);
    values.collect::<Result<_, _>>().map_err(|_| bad("the DPoP header can't be read"))
}

/// In a form it is a Bearer token (RFC 9449 §7.1). Where no token is bound to a key, the scheme DPoP is none of ours.
pub async fn of(request: &Parts, body: Body, takes_dpop: bool) -> Result<AccessToken, OAuthError> {
    let in_form = match request.method {
        Method::GET | Method::HEAD => None,
        Method::POST => form(request, body).await?,
        _ => return Err(OAuthError::invalid_request("userinfo is asked by GET or POST").with_status(405)),
    };
    let in_header = header(request)?.filter(|token| takes_dpop || token.scheme == TokenScheme::Bearer);
    let in_form = in_form.map(|text| AccessToken { scheme: TokenScheme::Bearer, text });
    match (in_header, in_form) {
        (Some(token), None) | (None, Some(token)) => Ok(token),
        (Some(_), Some(_)) => Err(bad("the access token came twice, in the header and in the form")),
        // RFC 6750 §3.1: without any credentials, the challenge alone.
        (None, None) => Err(OAuthError::invalid_request("an access token is needed")
            .with_status(401)
            .challenging(Challenge::BearerAlone)),
    }
}

fn bad(why: &str) -> OAuthError {
    OAuthError::invalid_request(why).with_status(400).challenging(Challenge::Bearer)
}

fn header(request: &Parts) -> Result<Option<AccessToken>, OAuthError> {
    let mut values = request.headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(bad("the Authorization header came twice"));
    }
    let text = value.to_str().map_err(|_| bad("the Authorization header can't be read"))?;
    match TokenScheme::of_header(text) {
        Some((scheme, token)) if !token.is_empty() => Ok(Some(AccessToken { scheme, text: token.to_owned() })),
        None if text.contains(' ') => Ok(None),
        _ => Err(bad("the Authorization header holds no access token")),
    }
}

async fn form(request: &Parts, body: Body) -> Result<Option<String>, OAuthError> {
    if !is_form(&request.headers) {
        return Ok(None);
    }
    let bytes = axum::body::to_bytes(body, MOST_BYTES)
        .await
        .map_err(|_| OAuthError::invalid_request("the body is larger than 256 kB, or broke off").with_status(413))?;
    let form = Params::parse(&bytes).map_err(|_| bad("the form can't be read"))?;
    if form.is_repeated("access_token") {
        return Err(bad("the parameter access_token came twice"));
    }
    Ok(form.get("access_token").map(str::to_owned))
}
