//! The algorithms that signatures are verified by, under the names that JSON Web Algorithms gives them (RFC 7518, RFC 8037).

use jsonwebtoken::Algorithm;

/// Only asymmetric algorithms have a name here, so `none` and `HS256` can't even be expressed (RFC 8725 §3.1).
pub fn algorithm(name: &str) -> Option<Algorithm> {
    Some(match name {
        "RS256" => Algorithm::RS256,
        "RS384" => Algorithm::RS384,
        "RS512" => Algorithm::RS512,
        "PS256" => Algorithm::PS256,
        "PS384" => Algorithm::PS384,
        "PS512" => Algorithm::PS512,
        "ES256" => Algorithm::ES256,
        "ES384" => Algorithm::ES384,
        // One algorithm with two names: the second is the newer (RFC 9864 §2.2).
        "EdDSA" | "Ed25519" => Algorithm::EdDSA,
        _ => return None,
    })
}

/// Whether one of these names stands for it.
pub fn is_listed(alg: Algorithm, names: &[&str]) -> bool {
    names.iter().any(|name| algorithm(name) == Some(alg))
}
