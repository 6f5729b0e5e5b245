//! Asks identity providers: where they live, what a code stands for, and the FHIR server who that person is. What their
//! answers are worth is decided in `identity_provider`.

pub mod documents;
mod failed;
mod person_search;
mod redeem;
mod sign_in_at;

pub use failed::NobodySignedIn;
pub use sign_in_at::SignInAt;
