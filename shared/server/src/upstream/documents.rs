//! Discovery documents, kept in memory for a while.

use crate::{
    bounded::Bounded,
    deadline,
    keys::outbound::{Beyond, FetchFailed, Outbound},
};
use rules::{
    identity_provider::{
        IdentityProvider,
        metadata::{self, ProviderMetadata},
    },
    tenant::TenantRecord,
    time::Timestamp,
};
use std::sync::Arc;

/// Kept so long where the provider says nothing; endpoints hardly ever move.
const DEFAULT_AGE: i64 = 600;
/// A sign-in needs the document twice, so it is kept for a moment whatever the provider says.
const SHORTEST_AGE: i64 = 60;
const LONGEST_AGE: i64 = 3600;
/// A provider that is down is not asked again for each person who waits.
const RETRY_AFTER: i64 = 5;
const MOST_REMEMBERED: usize = 1000;

#[derive(Default)]
pub struct KnownProviders(Bounded<String, (Known, Timestamp), MOST_REMEMBERED>);

type Known = Result<Arc<ProviderMetadata>, FetchFailed>;

impl KnownProviders {
    pub async fn metadata(
        &self,
        outbound: &Outbound,
        tenant: &TenantRecord,
        provider: &IdentityProvider,
        now: Timestamp,
    ) -> Known {
        // What was accepted depends on more of the provider's configuration than its issuer.
        let issuers = provider.id_token_issuers.join(" ");
        let (id, private) = (&provider.id, provider.private_network);
        let name = format!("{}#{id}#{}#{issuers}#{private}", tenant.id.as_str(), provider.issuer);
        if let Some(known) = self.recall(&name, now) {
            return known;
        }
        let loopback = tenant.policy.loopback_key_sets;
        let fetched =
            outbound.provider_document(&provider.discovery_url(), Beyond::of_provider(tenant, provider)).await;
        let (known, age) = match fetched {
            Ok(fetched) => match metadata::read(provider, &fetched.body, loopback) {
                Ok(good) => {
                    let age = fetched.max_age.unwrap_or(DEFAULT_AGE).clamp(SHORTEST_AGE, LONGEST_AGE);
                    (Ok(Arc::new(good)), age)
                }
                Err(bad) => (Err(FetchFailed(bad.0)), RETRY_AFTER),
            },
            Err(failed) => (Err(failed), RETRY_AFTER),
        };
        // What failed for our own want of time says nothing of the provider.
        if known.is_ok() || !deadline::is_over() {
            self.remember(name, known.clone(), now.plus(age));
        }
        known
    }

    fn recall(&self, name: &str, now: Timestamp) -> Option<Known> {
        self.0.get(name).filter(|(_, until)| !until.is_past(now)).map(|(known, _)| known)
    }

    fn remember(&self, name: String, known: Known, until: Timestamp) {
        self.0.put(name, (known, until));
    }
}
