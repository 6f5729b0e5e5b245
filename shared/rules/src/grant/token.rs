//! Codes and refresh tokens as strings: the grant's id in the clear, then the secret.

use super::GrantId;
use crate::secret::Secret;

/// Characters of 256 bits in base64url.
const SECRET: usize = 43;
/// Characters of a grant's id.
const ID: usize = 22;

/// What somebody sent as a code: the grant it claims to be of, and its secret.
#[derive(Debug)]
pub struct PresentedCode {
    pub grant: GrantId,
    pub secret: Secret,
}

/// What somebody sent as a refresh token.
#[derive(Debug)]
pub struct PresentedRefreshToken {
    pub grant: GrantId,
    pub family: Secret,
    pub rotation: Secret,
}

/// An authorization code, as the app gets it.
pub fn code(grant: &GrantId, secret: &Secret) -> Secret {
    Secret::new(format!("{}.{}", grant.0, secret.expose()))
}

pub fn refresh_token(grant: &GrantId, family: &Secret, rotation: &Secret) -> Secret {
    Secret::new(format!("{}.{}{}", grant.0, family.expose(), rotation.expose()))
}

pub fn parse_code(text: &str) -> Option<PresentedCode> {
    let (grant, secret) = split(text)?;
    (secret.len() == SECRET).then(|| PresentedCode { grant, secret: Secret::new(secret) })
}

pub fn parse_refresh_token(text: &str) -> Option<PresentedRefreshToken> {
    let (grant, secret) = split(text)?;
    if secret.len() != 2 * SECRET {
        return None;
    }
    let (family, rotation) = secret.split_at(SECRET);
    Some(PresentedRefreshToken { grant, family: Secret::new(family), rotation: Secret::new(rotation) })
}

fn split(text: &str) -> Option<(GrantId, &str)> {
    let base64url = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let (id, secret) = text.split_once('.')?;
    (id.len() == ID && base64url(id) && base64url(secret)).then(|| (GrantId(id.to_owned()), secret))
}
