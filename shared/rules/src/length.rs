//! How long a scope and a token may be. It is judged before anybody is asked and before anything is spent: what would be too long to
//! be shown to a FHIR server is never issued.

use crate::{
    client::{AccessTokenFormat, Client},
    extensions::carried::Extensions,
    jws::{self, TokenKind},
    oauth::error::OAuthError,
    scope::{ParsedScopes, ScopeSet, narrow},
    tenant::Tenant,
};

/// Of a scope, asked or granted, in bytes. It is kept with the grant, and every introspection says it.
pub const MOST_SCOPE_BYTES: usize = 16_000;

/// In one request. Each may be compared with each that is registered.
pub const MOST_SCOPES: usize = 1_000;

/// Of an access token that is a JWT, in bytes. It travels in a header, beside others: API Gateway takes 10,240 bytes in all headers
/// of a request, and nginx 8,192 in one (TOK-17).
pub const MOST_JWT_BYTES: usize = 8_000;

/// Of `nonce`, in bytes of JSON: it stands in the id_token, which must be known here again as a hint (`jws`).
pub const MOST_NONCE_BYTES: usize = 2_048;

/// Of `state`, in bytes: it stands in the header that leads back to the app.
pub const MOST_STATE_BYTES: usize = 4_096;

/// Of a token of this kind that is signed here, in bytes. What is longer nobody would look at.
pub fn most_bytes(kind: TokenKind) -> usize {
    match kind {
        TokenKind::AccessToken => MOST_JWT_BYTES,
        TokenKind::IdToken | TokenKind::ClientAssertion => jws::MOST_BYTES,
    }
}

/// Of the address that an access token comes back in (RFC 6749 §4.2.2), in bytes.
pub const MOST_ANSWER_BYTES: usize = 8_000;

/// The scopes that an app wrote. Nothing of a list that is too long is read.
pub fn read(text: &str) -> Result<ParsedScopes, OAuthError> {
    let count = text.split(' ').filter(|piece| !piece.is_empty()).take(MOST_SCOPES + 1).count();
    if text.len() > MOST_SCOPE_BYTES {
        Err(OAuthError::invalid_scope(format!("scope is longer than {MOST_SCOPE_BYTES} bytes"))
            .because(format!("{} bytes came", text.len())))
    } else if count > MOST_SCOPES {
        Err(OAuthError::invalid_scope(format!("scope names more than {MOST_SCOPES} scopes")))
    } else {
        Ok(ScopeSet::parse(text))
    }
}

/// What of the scopes asked may be granted, if it can be written down at all.
pub fn grantable(asked: &ScopeSet, allowed: &ScopeSet) -> Result<ScopeSet, OAuthError> {
    let narrowing = narrow(asked, allowed);
    if narrowing.is_cut {
        return Err(too_long("more than can be listed".to_owned())
            .because("its wildcards and limits, multiplied with what the client is registered for"));
    }
    Ok(narrowing.granted)
}

/// The scope, if it can be granted: by itself, and in a JWT where the client gets one. For its person the longest there can be is
/// taken, since nobody may be known yet.
pub fn bounded(scope: ScopeSet, client: &Client, tenant: &Tenant, aud: &str) -> Result<ScopeSet, OAuthError> {
    let bytes = scope.bytes();
    if bytes > MOST_SCOPE_BYTES {
        return Err(too_long(format!("{bytes} bytes"))
            .because(format!("expected at most {MOST_SCOPE_BYTES} bytes of granted scope")));
    }
    let jwt = longest_jwt(bytes, client, tenant, aud);
    if client.access_token_format == AccessTokenFormat::Jwt && jwt > MOST_JWT_BYTES {
        return Err(too_long(format!("{bytes} bytes")).because(format!(
            "the access token would have up to {jwt} bytes, and {MOST_JWT_BYTES} is the most that fits into a header. Either the app \
             asks for less, or its access_token_format is reference"
        )));
    }
    Ok(scope)
}

/// Whether a token of this scope has room for what its client's assertion brought. A JWT travels in a header with all that it carries.
pub fn has_room(
    extensions: Option<&Extensions>,
    scope: &ScopeSet,
    client: &Client,
    tenant: &Tenant,
    aud: &str,
) -> Result<(), OAuthError> {
    let Some(extensions) = extensions.filter(|_| client.access_token_format == AccessTokenFormat::Jwt) else {
        return Ok(());
    };
    let jwt = longest_jwt(scope.bytes() + r#""extensions":,"#.len() + extensions.bytes(), client, tenant, aud);
    if jwt <= MOST_JWT_BYTES {
        return Ok(());
    }
    let text = "extensions and scope are too long together for an access token; bring or ask for less";
    Err(OAuthError::invalid_grant(text).because(format!(
        "it would have up to {jwt} bytes, and {MOST_JWT_BYTES} is the most that fits into a header. With access_token_format = \
         \"reference\" there is room"
    )))
}

/// As [`bounded`], for a token that comes in the fragment of an address (RFC 6749 §4.2.2), with its scope a second time beside it.
/// `around` is what else is in the address.
pub fn bounded_by_address(
    scope: ScopeSet,
    client: &Client,
    tenant: &Tenant,
    aud: &str,
    around: usize,
) -> Result<ScopeSet, OAuthError> {
    let scope = bounded(scope, client, tenant, aud)?;
    let token = match client.access_token_format {
        AccessTokenFormat::Jwt | AccessTokenFormat::Noop => longest_jwt(scope.bytes(), client, tenant, aud),
        AccessTokenFormat::Reference => 64,
    };
    address_of(around + token + in_url(&scope.to_string())).map(|()| scope)
}

/// The bytes of an address that would lead back to the app.
pub fn address_of(bytes: usize) -> Result<(), OAuthError> {
    if bytes <= MOST_ANSWER_BYTES {
        return Ok(());
    }
    Err(OAuthError::invalid_scope("the answer would be too long for an address; ask for fewer scopes")
        .because(format!("it would have up to {bytes} bytes, of at most {MOST_ANSWER_BYTES}")))
}

fn too_long(how: String) -> OAuthError {
    OAuthError::invalid_scope(format!("the scope that this app would get is too long ({how}); ask for fewer scopes"))
}

/// Bytes of the longest access token with so much scope that there can be. Names, punctuation, times, ids of token and grant: 300.
/// A `sub` has up to 255 (OIDC Core §2), ids of FHIR 64, the header of a JWS 120, and a signature of RSA 4096 683.
fn longest_jwt(scope: usize, client: &Client, tenant: &Tenant, aud: &str) -> usize {
    let client_id = in_json(&client.client_id);
    let person = 255 + 64 + 64 + in_json(aud) + "/RelatedPerson/".len() + 64;
    // `"cnf":{"jkt":"…"},`
    let key = if tenant.dpop_at(aud).is_off() { 0 } else { 62 };
    let claims =
        key + 300 + in_json(tenant.issuer.as_str()) + in_json(aud) + 2 * client_id + scope + person.max(client_id);
    120 + 1 + (claims * 4).div_ceil(3) + 1 + 683
}

/// Bytes of this text in JSON.
pub fn in_json(text: &str) -> usize {
    let escaped = |c: char| match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        c if c < ' ' => 6,
        c => c.len_utf8(),
    };
    text.chars().map(escaped).sum()
}

/// Bytes of this text in the query of a URL.
pub fn in_url(text: &str) -> usize {
    url::form_urlencoded::byte_serialize(text.as_bytes()).map(str::len).sum()
}
