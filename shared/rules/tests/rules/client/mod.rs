//! Clients: how they prove who they are, and where they live.

mod assertion;
mod authentication;
mod document;
mod presented;
mod redirect_uris;
mod registration;
