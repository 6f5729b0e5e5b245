//! Clients without a registration: their `client_id` is the address of a document that describes them
//! (draft-ietf-oauth-client-id-metadata-document-02). It becomes an ordinary client, so that everything else stays as it is.

pub mod address;
pub mod changes;
pub mod described;
pub mod freshness;
pub mod hosts;
pub mod origin;
pub mod read;
