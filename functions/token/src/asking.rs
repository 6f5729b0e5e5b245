//! Who asks for tokens, which key they prove, and what their assertion brought.

use rules::{
    client::authenticate::AuthenticatedClient,
    dpop::{DpopProof, Thumbprint},
    extensions::{carried::Extensions, judge::Carried},
};
use server::{
    dpop,
    http::form_post::FormPost,
    store::{StoreError, Write},
};

#[derive(Clone, Copy)]
pub struct Asking<'a> {
    pub post: &'a FormPost,
    pub client: &'a AuthenticatedClient,
    pub proof: Option<&'a DpopProof>,
    pub carried: &'a Carried,
}

impl<'a> Asking<'a> {
    pub fn extensions(&self) -> Option<&'a Extensions> {
        self.carried.extensions.as_ref()
    }

    pub fn key(&self) -> Option<&Thumbprint> {
        self.proof.map(|proof| &proof.key)
    }

    /// Notes the proof as used, in the commit of what it is used for.
    pub fn note(&self) -> Result<Option<Write>, StoreError> {
        self.proof.map(|proof| dpop::note(&self.post.tenant.id, proof, self.post.now)).transpose()
    }

    /// Whether a commit was lost to another use of the same proof.
    pub async fn is_replayed(&self) -> Result<bool, StoreError> {
        match self.proof {
            Some(proof) => dpop::was_used(&self.post.server, &self.post.tenant.id, proof, self.post.now).await,
            None => Ok(false),
        }
    }
}
