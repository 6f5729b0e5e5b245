//! On a schedule: takes every tenant's signing keys as far as they are due, and sees that functions can seal audit events. Nothing
//! waits for it, and two at once do no harm.

use rules::{
    oauth::{
        error::{ErrorCode, OAuthError},
        refused::Refused,
    },
    signing_keys::rotation::Urgency,
    tenant::TenantId,
    time::Timestamp,
};
use server::{
    Server,
    audit::{AuditRecord, EventKind, Origin, Outcome, key::NotPublished},
    bootstrap::KeyKeeper,
    keys::{
        make::KeyMaker,
        rotate::{NotRotated, rotate},
    },
    log::{self, Told},
    store::StoreError,
};
use std::fmt;

/// The run counts as failed, so that the alarm hears of it and Lambda tries again.
#[derive(Debug)]
pub enum NotAllRotated {
    /// Nobody's keys were looked at.
    TenantsUnknown(StoreError),
    /// So many tenants' keys could not be rotated; all others' were.
    Some(usize),
    /// All were, and the functions may have no key to seal audit events with.
    AuditKey(NotPublished),
}

impl fmt::Display for NotAllRotated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotAllRotated::TenantsUnknown(error) => {
                write!(f, "no signing keys were looked at: the tenants could not be listed, since {error}")
            }
            NotAllRotated::Some(1) => f.write_str("the signing keys of 1 tenant could not be rotated"),
            NotAllRotated::AuditKey(why) => write!(f, "the audit key could not be put into the table: {why}"),
            NotAllRotated::Some(failed) => write!(f, "the signing keys of {failed} tenants could not be rotated"),
        }
    }
}

impl std::error::Error for NotAllRotated {}

/// The audit key comes first: what becomes of the others is sealed with it.
pub async fn run(server: &Server, keeper: &KeyKeeper) -> Result<(), NotAllRotated> {
    let published = publish_audit_key(server, keeper).await;
    rotate_all(server, &keeper.maker).await?;
    published.map_err(NotAllRotated::AuditKey)
}

async fn publish_audit_key(server: &Server, keeper: &KeyKeeper) -> Result<(), NotPublished> {
    let Some(audit_key) = &keeper.audit_key else { return Ok(()) };
    match audit_key.publish(&server.store, server.now()).await {
        Ok(true) => tracing::info!("the audit key is in the table"),
        Ok(false) => {}
        Err(why) => {
            tracing::error!(%why, "the audit key could not be put into the table");
            return Err(why);
        }
    }
    Ok(())
}

/// A tenant whose keys can't be rotated holds up nobody else.
pub async fn rotate_all(server: &Server, maker: &KeyMaker) -> Result<(), NotAllRotated> {
    let told = |done: &Result<_, _>| Told { tenant: None, refused: done.as_ref().err().map(refused) };
    log::job("rotate-keys", rotate_each(server, maker), told).await
}

async fn rotate_each(server: &Server, maker: &KeyMaker) -> Result<(), NotAllRotated> {
    let now = server.now();
    let tenants = server.store.tenants(now).await.map_err(NotAllRotated::TenantsUnknown)?;
    let mut failed = 0;
    for tenant in &tenants {
        match rotate(&server.store, maker, tenant, Urgency::OnSchedule, now).await {
            Ok(done) => {
                done.iter().for_each(|step| tracing::info!(tenant = tenant.as_str(), step, "keys rotated"));
                let steps = done.iter().map(|step| AuditRecord::yes(EventKind::KeyRotation).with("step", step));
                keep(server, tenant, steps.collect(), now).await;
            }
            // It was removed since the list was read.
            Err(NotRotated::UnknownTenant) => {}
            Err(error @ NotRotated::NotYet(_)) => {
                tracing::info!(tenant = tenant.as_str(), %error, "keys not rotated yet");
            }
            Err(error) => {
                tracing::error!(tenant = tenant.as_str(), %error, "keys not rotated");
                let said = "the signing keys could not be rotated";
                keep(server, tenant, vec![AuditRecord::no(EventKind::KeyRotation, Outcome::MinorFailure, said)], now)
                    .await;
                failed += 1;
            }
        }
    }
    if failed == 0 { Ok(()) } else { Err(NotAllRotated::Some(failed)) }
}

/// Most runs do nothing, and then nothing is read for the trail either.
async fn keep(server: &Server, tenant: &TenantId, decisions: Vec<AuditRecord>, now: Timestamp) {
    if decisions.is_empty() {
        return;
    }
    match server.tenant(tenant.as_str(), now).await {
        Ok(Some(tenant)) => {
            server.audit.keep(&tenant, &decisions, Origin::default(), now).await;
        }
        Ok(None) => {}
        Err(error) => tracing::error!(tenant = tenant.as_str(), %error, "an audit event is lost"),
    }
}

fn refused(error: &NotAllRotated) -> Refused {
    Refused::of(&OAuthError::new(ErrorCode::TemporarilyUnavailable, error.to_string()))
}
