//! How commands write what they have read, and remove what they have listed.

use super::Target;
use crate::failure::Failure;
use server::store::{Commit, Key, Write};

/// DynamoDB takes a hundred items in a transaction.
const MOST_AT_ONCE: usize = 100;

impl Target {
    /// All of it; or nothing, where somebody else was faster.
    pub async fn write(&self, writes: Vec<Write>) -> Result<(), Failure> {
        match self.server.store.commit(writes).await? {
            Commit::Done => Ok(()),
            Commit::LostRace => Err(Failure::failed("somebody else changed it at this moment; nothing was written")),
        }
    }

    /// Whether or not anything is there.
    pub async fn remove(&self, keys: impl IntoIterator<Item = Key>) -> Result<(), Failure> {
        let writes: Vec<Write> = keys.into_iter().map(Write::remove).collect();
        for some in writes.chunks(MOST_AT_ONCE) {
            self.server.store.write_unraced(some.to_vec()).await?;
        }
        Ok(())
    }
}
