//! What the sample FHIR server promises, in sentences.

mod kit;

mod batches;
mod bounds;
mod constraints;
mod data;
mod leaks;
mod metadata;
mod nonsense;
mod reading;
mod searching;
mod validation;
mod writing;
