//! On a schedule: takes every tenant's signing keys as far as they are due. Nothing waits for it, and two at once do no harm.

use shared::{
    keys::{
        make::KeyMaker,
        rotate::{NotRotated, rotate},
        rotation::Urgency,
    },
    server::Server,
    store::StoreError,
};
use std::fmt;

/// Some tenants' keys could not be rotated; all others' were. The run counts as failed, so that the alarm hears of it and
/// Lambda tries again.
#[derive(Debug)]
pub struct SomeFailed(pub usize);

impl fmt::Display for SomeFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the signing keys of {} tenants could not be rotated", self.0)
    }
}

impl std::error::Error for SomeFailed {}

/// A tenant whose keys can't be rotated holds up nobody else.
pub async fn rotate_all(server: &Server, maker: &KeyMaker) -> Result<(), SomeFailed> {
    let now = server.now();
    let tenants = server.store.tenants(now).await.map_err(|error: StoreError| {
        tracing::error!(%error, "the tenants could not be listed");
        SomeFailed(0)
    })?;
    let mut failed = 0;
    for tenant in &tenants {
        match rotate(&server.store, maker, tenant, Urgency::OnSchedule, now).await {
            Ok(done) => done.iter().for_each(|step| tracing::info!(tenant = tenant.as_str(), step, "keys rotated")),
            // It was removed since the list was read.
            Err(NotRotated::UnknownTenant) => {}
            Err(error) => {
                tracing::error!(tenant = tenant.as_str(), %error, "keys not rotated");
                failed += 1;
            }
        }
    }
    if failed == 0 { Ok(()) } else { Err(SomeFailed(failed)) }
}
