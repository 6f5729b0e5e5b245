//! What a decision about a grant issues, and the chance it is given to make it.

use crate::{
    dpop::Confirmation,
    extensions::carried::Extensions,
    scope::ScopeSet,
    secret::{Secret, random_text},
};

/// Chance, passed in: the secrets that a rule may need to make new tokens from.
#[derive(Debug)]
pub struct FreshSecrets {
    pub family: Secret,
    pub rotation: Secret,
    pub salt: String,
}

impl FreshSecrets {
    pub fn random() -> FreshSecrets {
        FreshSecrets { family: Secret::random(), rotation: Secret::random(), salt: random_text::<32>() }
    }
}

/// The tokens to mint for a grant.
#[derive(Debug)]
pub struct Issuance {
    pub scope: ScopeSet,
    pub refresh_token: Option<Secret>,
    /// OIDC Core §12.2: an id_token on refresh carries no nonce.
    pub nonce: Option<String>,
    pub access_token_seconds: i64,
    /// The key that the access token is bound to.
    pub confirmation: Option<Confirmation>,
    /// What the access token carries of a client's assertion.
    pub extensions: Option<Extensions>,
}
