//! Where it is kept what an operator changes.

use rules::tenant::{TenantId, TenantRecord};
use std::{path::PathBuf, sync::Mutex};

/// Where such records go.
pub enum OperatorTrail {
    /// The log group that the stack names.
    CloudWatch(String),
    /// Of the local server.
    File(PathBuf),
    /// Nowhere, and why; a trail that somebody might look for is missed aloud.
    Missing(&'static str),
    /// Nobody keeps one here: an emulator, or a laptop's server without `--audit`.
    Nobody,
}

/// What was changed so far, by tenant; and tenants that are no more.
#[derive(Default)]
pub struct Changes(pub(super) Mutex<Vec<(TenantId, String)>>, pub(super) Mutex<Vec<TenantRecord>>);
