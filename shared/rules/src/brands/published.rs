//! A tenant's published brands, with the time of their last change: a bundle's `timestamp` says when its content changed, and
//! not when somebody asked (BRAND-2).

use super::bundle::entries;
use crate::{
    tenant::{Tenant, TenantId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Of one tenant. One that publishes nothing any more is still known by when it left: the bundle of the deployment changed then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedBrands {
    pub tenant: TenantId,
    pub entries: Vec<Value>,
    pub changed_at: Timestamp,
    /// Whether the bundle of the deployment has it.
    pub listed: bool,
    /// When that bundle last changed by it; `None` if it never did.
    pub changed_list_at: Option<Timestamp>,
}

impl PublishedBrands {
    /// What there is to publish once the tenant is as given, if that is something else than now.
    pub fn next(there: Option<&PublishedBrands>, tenant: &Tenant, now: Timestamp) -> Option<PublishedBrands> {
        let listed = tenant.user_access.as_ref().is_some_and(|access| access.listed);
        PublishedBrands::with(there, &tenant.id, entries(tenant), listed, now)
    }

    /// The same where the tenant ends, or wants nothing published any more.
    pub fn nothing(there: &PublishedBrands, now: Timestamp) -> Option<PublishedBrands> {
        PublishedBrands::with(Some(there), &there.tenant, Vec::new(), false, now)
    }

    fn with(
        there: Option<&PublishedBrands>,
        tenant: &TenantId,
        entries: Vec<Value>,
        listed: bool,
        now: Timestamp,
    ) -> Option<PublishedBrands> {
        let was_listed = there.is_some_and(|there| there.listed);
        let same_content = there.map_or(entries.is_empty(), |there| there.entries == entries);
        if same_content && was_listed == listed {
            return None;
        }
        let changed_list = (listed || was_listed).then_some(now);
        Some(PublishedBrands {
            tenant: tenant.clone(),
            changed_at: there.filter(|_| same_content).map_or(now, |there| there.changed_at),
            changed_list_at: changed_list.or(there.and_then(|there| there.changed_list_at)),
            entries,
            listed,
        })
    }

    /// The tenant's own bundle, if it publishes any.
    pub fn bundle(&self) -> Option<Value> {
        bundle(self.entries.clone(), self.changed_at)
    }
}

/// The one bundle of all tenants of a deployment that want to be in it (45 CFR 170.404(b)(2)).
pub fn deployment_bundle(all: &[PublishedBrands]) -> Option<Value> {
    let changed_at = all.iter().filter_map(|one| one.changed_list_at).max()?;
    let listed = all.iter().filter(|one| one.listed);
    bundle(listed.flat_map(|one| one.entries.iter().cloned()).collect(), changed_at)
}

/// A bundle is not empty (BRAND-2). The profile wants both moments.
fn bundle(entries: Vec<Value>, changed_at: Timestamp) -> Option<Value> {
    let at = changed_at.to_string();
    (!entries.is_empty()).then(|| {
        json!({
            "resourceType": "Bundle",
            "meta": { "lastUpdated": at },
            "type": "collection",
            "timestamp": at,
            "entry": entries,
        })
    })
}

/// The bundle as it is sent. A name with markup in it is nothing but text wherever this text is put.
pub fn text_of(bundle: &Value) -> String {
    // Outside of strings, JSON has none of these.
    bundle.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}
