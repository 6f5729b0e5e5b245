//! A FHIR server that gave no useful answer.

use crate::keys::{outbound::FetchFailed, signer::SigningFailed};
use std::fmt;

/// The FHIR server gave no useful answer; for the log.
#[derive(Debug)]
pub struct FhirFailed(pub String);

impl fmt::Display for FhirFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<FetchFailed> for FhirFailed {
    fn from(error: FetchFailed) -> FhirFailed {
        FhirFailed(error.0)
    }
}

impl From<SigningFailed> for FhirFailed {
    fn from(error: SigningFailed) -> FhirFailed {
        FhirFailed(error.0)
    }
}
