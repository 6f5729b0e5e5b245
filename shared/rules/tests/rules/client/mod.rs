//! Clients: how they prove who they are, and where they live.

mod assertion;
mod authentication;
mod presented;
mod redirect_uris;
mod registration;
