//! Access tokens bound to a key of their holder (RFC 9449). Each request brings a proof that its sender has the key which the token
//! names, so a stolen token is of no use.

mod binding;
mod nonce;
mod presented;
mod proof;
mod target;
mod thumbprint;

pub use binding::{binding, may_ask_with, proof_fits, refresh_key};
pub use nonce::{NonceFor, NonceKey, Nonces};
pub use presented::{NotHeld, TokenScheme, held};
pub use proof::{Asked, DpopProof, ProofRefused, verify};
pub use thumbprint::{Confirmation, Thumbprint};
