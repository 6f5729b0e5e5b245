//! What requests and answers look like.

mod answers;
mod errors;
mod metadata;
mod params;
mod protected_resource;
mod token_request;
