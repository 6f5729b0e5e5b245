//! What the sample FHIR server promises, in sentences.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the finding")]

mod kit;

mod batches;
mod bounds;
mod constraints;
mod data;
mod detours;
mod leaks;
mod metadata;
mod nonsense;
mod reading;
mod searching;
mod validation;
mod writing;
