//! Whether somebody who presents an access token is its holder (RFC 9449 §7).

use super::{
    proof::{Asked, DpopProof, ProofRefused, verify},
    thumbprint::Confirmation,
};

/// The schemes of the header `Authorization` that hold an access token (RFC 6750 §2.1, RFC 9449 §7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenScheme {
    Bearer,
    Dpop,
}

impl TokenScheme {
    /// The scheme and the token of such a header.
    pub fn of_header(authorization: &str) -> Option<(TokenScheme, &str)> {
        let (scheme, token) = authorization.trim().split_once(' ')?;
        let scheme = match scheme {
            scheme if scheme.eq_ignore_ascii_case("Bearer") => TokenScheme::Bearer,
            scheme if scheme.eq_ignore_ascii_case("DPoP") => TokenScheme::Dpop,
            _ => return None,
        };
        Some((scheme, token.trim()))
    }
}

/// Why a good token is not good in these hands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotHeld {
    #[error("the token is bound to a key: it comes with the scheme DPoP and a proof")]
    IsBound,
    #[error("the token is bound to no key: it comes with the scheme Bearer")]
    IsUnbound,
    #[error("the token is bound to another key than the proof's")]
    AnotherKey,
    #[error("a DPoP proof is missing")]
    NoProof,
    #[error(transparent)]
    Proof(#[from] ProofRefused),
}

/// The proof to note as used; none for a token that is bound to no key. `asked` names the token.
pub fn held(
    cnf: Option<&Confirmation>,
    scheme: TokenScheme,
    proofs: &[&str],
    asked: &Asked<'_>,
) -> Result<Option<DpopProof>, NotHeld> {
    match (cnf, scheme) {
        (None, TokenScheme::Bearer) => Ok(None),
        (None, TokenScheme::Dpop) => Err(NotHeld::IsUnbound),
        (Some(_), TokenScheme::Bearer) => Err(NotHeld::IsBound),
        (Some(cnf), TokenScheme::Dpop) => match verify(proofs, asked)? {
            None => Err(NotHeld::NoProof),
            Some(proof) if proof.key == cnf.jkt => Ok(Some(proof)),
            Some(_) => Err(NotHeld::AnotherKey),
        },
    }
}
