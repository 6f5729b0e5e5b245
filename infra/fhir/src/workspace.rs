//! What an interaction works on.

use crate::guard::Guard;
use crate::search::context::Context;
use crate::store::Store;

pub struct Workspace<'a> {
    pub store: &'a mut Store,
    /// The address of this server.
    pub base: &'a str,
    pub guard: &'a Guard<'a>,
}

impl Workspace<'_> {
    /// For interactions that only read.
    pub fn context(&self) -> Context<'_> {
        Context::new(self.store, self.base, self.guard)
    }
}
