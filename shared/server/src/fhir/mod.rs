//! FHIR servers as this server itself reads them, for what the pages show.

pub mod bundle;
pub mod context;
mod failed;
pub mod patients;
pub mod people;
pub mod reader;

pub use failed::FhirFailed;
