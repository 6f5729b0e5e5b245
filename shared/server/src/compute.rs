//! Work that computes for long, such as Argon2: a laptop's server answers others meanwhile.

use rules::secret::ChosenSecretHash;
use tokio::runtime::{Handle, RuntimeFlavor};

/// Does the work. Where one process serves many requests, other threads take over what else waits on this one; a function
/// of Lambda serves one request at a time and has nothing else to do.
pub fn slowly<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

/// Compares a client's secret. Only a short one is compared slowly (`ChosenSecretHash`).
pub fn comparing<T>(secret: &str, work: impl FnOnce() -> T) -> T {
    if ChosenSecretHash::is_generated(secret) { work() } else { slowly(work) }
}
