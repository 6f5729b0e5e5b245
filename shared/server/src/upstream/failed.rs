//! The reasons why a provider's answer leads to no sign-in.

use crate::{
    fhir::FhirFailed,
    keys::{client_keys::NoKeys, outbound::FetchFailed, signer::SigningFailed},
    store::StoreError,
};
use rules::{identity_provider::mapping::NotMapped, jws::BadJws};

/// Why nobody is signed in. The texts are for the log and hold no claim.
#[derive(Debug, thiserror::Error)]
pub enum NobodySignedIn {
    /// The provider, or the FHIR server behind the mapping, gave no useful answer. Later it may.
    #[error("{0}")]
    Unreachable(String),
    /// The provider's word can't be trusted.
    #[error("{0}")]
    Untrustworthy(String),
    /// They are who they are, and nobody whom this server knows.
    #[error("{0}")]
    Unknown(String),
    #[error("the table could not be asked")]
    Store(#[from] StoreError),
}

impl From<FetchFailed> for NobodySignedIn {
    fn from(error: FetchFailed) -> NobodySignedIn {
        NobodySignedIn::Unreachable(error.0)
    }
}

impl From<FhirFailed> for NobodySignedIn {
    fn from(error: FhirFailed) -> NobodySignedIn {
        NobodySignedIn::Unreachable(format!("the FHIR server: {error}"))
    }
}

impl From<SigningFailed> for NobodySignedIn {
    fn from(error: SigningFailed) -> NobodySignedIn {
        NobodySignedIn::Unreachable(error.to_string())
    }
}

impl From<BadJws> for NobodySignedIn {
    fn from(error: BadJws) -> NobodySignedIn {
        NobodySignedIn::Untrustworthy(format!("the id_token: {}", error.0))
    }
}

impl From<NotMapped> for NobodySignedIn {
    fn from(error: NotMapped) -> NobodySignedIn {
        NobodySignedIn::Unknown(error.0)
    }
}

impl From<NoKeys> for NobodySignedIn {
    fn from(error: NoKeys) -> NobodySignedIn {
        match error {
            NoKeys::Fetch(error) => NobodySignedIn::Unreachable(format!("its key set: {error}")),
            NoKeys::Store(error) => NobodySignedIn::Store(error),
        }
    }
}
