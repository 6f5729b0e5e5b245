//! The wire: what OAuth 2.0 and SMART App Launch say requests and answers look like.

pub mod authorization_details;
pub mod error;
pub mod introspection;
pub mod metadata;
pub mod params;
pub mod protected_resource;
pub mod refused;
pub mod token_request;
pub mod token_response;
