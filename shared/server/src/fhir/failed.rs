//! A FHIR server that gave no useful answer.

use crate::keys::{outbound::FetchFailed, signer::SigningFailed};

/// The FHIR server gave no useful answer; for the log.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct FhirFailed(pub String);

impl From<FetchFailed> for FhirFailed {
    fn from(error: FetchFailed) -> FhirFailed {
        FhirFailed(error.0)
    }
}

impl From<SigningFailed> for FhirFailed {
    fn from(error: SigningFailed) -> FhirFailed {
        FhirFailed(error.to_string())
    }
}
