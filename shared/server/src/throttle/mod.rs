//! Guessing secrets and passwords is made slow (RFC 6749 §2.3.1, §4.3.2, §10.10), without giving anyone a way to lock
//! others out.
//!
//! A failure is counted three times in the table, atomically, under hashes that a TTL removes:
//!
//! - **the name at the address** it was tried from. A few failures are free (a slip, a deployment with its old secret),
//!   then each doubles the wait, until a right one takes them all back. This is the block that bites, and it meets only
//!   those who share the guesser's address.
//! - **the address**, whatever the names: one password tried on many users. Its threshold is the tenant's
//!   (`address_failures`), since a hospital may have one address for a thousand people, and its waits end at a minute.
//!   Nothing takes these back, or a guesser would sign in as himself in between.
//! - **the name**, wherever from. This one alone refuses nobody, for anyone can make a name's count grow. While it is high,
//!   though, an address has no free tries at that name, and its first failure costs the longest wait: somebody with a
//!   thousand addresses has a thousand tries, and the owner of the name, whose first try is right, notices nothing.
//!
//! Whoever must wait gets 429 with `Retry-After`, and what they sent is not judged. How an instance knows:
//!
//! - Of **secrets** (clients, FHIR servers, EHRs) it remembers the blocks that it heard of by counting. A good request so
//!   costs no call to the table, and a block is heard of by each instance at its own first wrong secret. A right secret may
//!   pass at an instance that has not heard yet; a guesser gains one try a block and instance by that, which against
//!   secrets of a machine's making is nothing.
//! - **Passwords** are people's, so there the counters are read with the user, in the one call that a sign-in makes
//!   anyway, and a block holds everywhere at once. Those who guess at the same moment are judged together; the count after
//!   them is exact.
//!
//! Names that nobody has are counted like others, so neither words nor times tell which exist. The counters begin anew each
//! day and hour rather than sliding: a wait across midnight is cut short, and the arithmetic is one addition.

pub mod blocks;
mod kind;
mod waits;

use crate::{
    Server,
    audit::{AuditRecord, EventKind, Outcome},
    http::{address::Address, answer::Refusal, form_post::FormPost},
    request_notes,
    store::{Counter, Item, Key, StoreError, schema},
};
use kind::AttemptKind;
use rules::{
    client::presented_credentials::form_decoded,
    oauth::error::{ErrorCode, OAuthError},
    secret::SecretHash,
    tenant::Tenant,
    time::Timestamp,
};
use waits::{Counters, UNDER_ATTACK};

const DAY: i64 = 86_400;
const HOUR: i64 = 3600;

/// Somebody who says a name and a secret, and where they are.
pub struct Attempt<'a> {
    server: &'a Server,
    tenant: &'a Tenant,
    kind: AttemptKind,
    name: String,
    address: Option<&'a Address>,
    now: Timestamp,
}

impl<'a> Attempt<'a> {
    /// The secret of a client, a FHIR server or an EHR, at whichever endpoint. Its name has one spelling here (CLI-3).
    pub fn of_secret(post: &'a FormPost, name: &str) -> Attempt<'a> {
        Attempt {
            server: &post.server,
            tenant: &post.tenant,
            kind: AttemptKind::Secret,
            name: form_decoded(name),
            address: post.address.as_ref(),
            now: post.now,
        }
    }

    /// A person's password, on the page or in the password grant.
    pub fn of_password(
        server: &'a Server,
        tenant: &'a Tenant,
        username: &str,
        address: Option<&'a Address>,
        now: Timestamp,
    ) -> Attempt<'a> {
        Attempt { server, tenant, kind: AttemptKind::Password, name: username.to_lowercase(), address, now }
    }

    /// The code of a person's second factor. Only who knows their password comes this far, so nobody can lock them out
    /// cheaply, and there is one count for all addresses.
    pub fn of_code(server: &'a Server, tenant: &'a Tenant, sub: &str, now: Timestamp) -> Attempt<'a> {
        Attempt { server, tenant, kind: AttemptKind::Code, name: sub.to_owned(), address: None, now }
    }

    /// Counts before it is judged: six digits are few, and a thousand tries at the same moment must not be judged together.
    pub async fn count_first(&self) -> Result<(), Refusal> {
        self.check()?;
        self.failed().await
    }

    /// Refuses while this instance remembers a block. Asks nobody.
    pub fn check(&self) -> Result<(), Refusal> {
        let wait = [Some(self.name_at_address()), self.of_address()].into_iter().flatten();
        match wait.filter_map(|target| self.server.blocks.wait(&target, self.now)).max() {
            Some(wait) => Err(self.blocked(wait)),
            None => Ok(()),
        }
    }

    /// The item that the secret belongs to, read with the counters; refuses while there is a block anywhere.
    pub async fn find<T: Item>(&self, item: Option<Key>) -> Result<Option<T>, Refusal> {
        self.check()?;
        let keys = self.counters().map(|(key, _)| key);
        let (found, counters) = self.server.store.find_with_counters(item, &keys, self.now).await?;
        let [at_address, address, name] = [0, 1, 2].map(|i| counters.get(i).copied().unwrap_or(Counter::NONE));
        match self.remember(&Counters { at_address, address, name }) {
            Some(wait) => Err(self.blocked(wait)),
            None => Ok(found.map(|found| found.value)),
        }
    }

    /// What follows from the judgement: a failure is counted, a right one takes failures back. An error when it should not
    /// have been judged at all, by what other instances know.
    pub async fn learned(&self, is_right: bool) -> Result<(), Refusal> {
        match is_right {
            true => self.right().await,
            false => self.failed().await?,
        }
        Ok(())
    }

    /// Costs nothing where nothing is known to have failed.
    async fn right(&self) {
        if !self.server.blocks.forget(&self.name_at_address()) {
            return;
        }
        let [(at_address, until), _, (name, name_until)] = self.counters();
        let store = &self.server.store;
        let taken_back = match store.reset(&at_address, self.now, until).await {
            Ok(before) => store.count(&name, -i64::from(before.count), self.now, name_until).await.map(drop),
            Err(error) => Err(error),
        };
        // Whoever is right gets in, whether or not this could be written.
        if let Err(error) = taken_back {
            tracing::warn!(tenant = self.tenant.id.as_str(), %error, "failed attempts could not be taken back");
        }
    }

    /// An operator's word that the name's owner failed: what is counted at the name goes, and at this address, if one is
    /// given. Instances that remember a block keep it until it ends.
    pub async fn forgive(&self) -> Result<(), StoreError> {
        let [(at_address, until), _, (name, name_until)] = self.counters();
        if self.address.is_some() {
            self.server.store.reset(&at_address, self.now, until).await?;
        }
        self.server.store.reset(&name, self.now, name_until).await.map(drop)
    }

    async fn failed(&self) -> Result<(), Refusal> {
        let before = self.count().await?;
        let was_blocked = self.waits(&before).into_iter().max().filter(|wait| *wait > 0);
        let Counters { at_address, address, name } = before;
        let now = self.now;
        if name.count == UNDER_ATTACK {
            tracing::warn!(
                tenant = self.tenant.id.as_str(),
                "somebody guesses at one name, from many addresses or one"
            );
        }
        self.remember(&Counters {
            at_address: at_address.and_one(now),
            address: address.and_one(now),
            name: name.and_one(now),
        });
        was_blocked.map_or(Ok(()), |wait| Err(self.blocked(wait)))
    }

    async fn count(&self) -> Result<Counters, StoreError> {
        let [at_address, address, name] = self.counters();
        let count =
            async |(key, forget_at): (Key, Timestamp)| self.server.store.count(&key, 1, self.now, forget_at).await;
        Ok(Counters { at_address: count(at_address).await?, address: count(address).await?, name: count(name).await? })
    }

    /// Where each is counted, and until when: the name at the address, the address, the name.
    fn counters(&self) -> [(Key, Timestamp); 3] {
        let counter = |target: &SecretHash, window: i64| {
            let window_end = (self.now.0.div_euclid(window) + 1) * window;
            let of_its_time = SecretHash::of(&format!("{}#{window_end}", target.as_str()));
            (schema::failed_attempts(&self.tenant.id, &of_its_time), Timestamp(window_end))
        };
        let address = self.of_address().unwrap_or_else(|| self.target("nowhere", None));
        [counter(&self.name_at_address(), DAY), counter(&address, HOUR), counter(&self.target("name", None), HOUR)]
    }

    /// What must be waited for now: the name at its address, the address.
    fn waits(&self, counters: &Counters) -> [i64; 2] {
        let address_failures = self.of_address().map(|_| self.tenant.policy.address_failures);
        counters.waits(address_failures, self.now)
    }

    /// Keeps in memory what must be waited for, and tells it.
    fn remember(&self, counters: &Counters) -> Option<i64> {
        let [at_address, address] = self.waits(counters);
        if counters.at_address.count > 0 {
            self.server.blocks.put(self.name_at_address(), at_address, self.now);
        }
        if let Some(target) = self.of_address().filter(|_| address > 0) {
            self.server.blocks.put(target, address, self.now);
        }
        Some(at_address.max(address)).filter(|wait| *wait > 0)
    }

    fn name_at_address(&self) -> SecretHash {
        self.target("name at address", self.address)
    }

    fn blocked(&self, wait: i64) -> Refusal {
        let error = OAuthError::new(ErrorCode::TemporarilyUnavailable, "too many failed attempts; please wait")
            .because(format!("not judged for another {wait} seconds"))
            .with_status(429)
            .retry_after(wait);
        if !matches!(self.kind, AttemptKind::Password) {
            return error.into();
        }
        request_notes::count(request_notes::Count::SignInsLockedOut);
        let said = "too many sign-ins with this name or from this address have failed";
        Refusal::of(error, AuditRecord::no(EventKind::SignIn, Outcome::SeriousFailure, said))
    }

    /// None where nobody knows it, or where it says nothing: on a laptop everyone has the same.
    fn of_address(&self) -> Option<SecretHash> {
        let address = self.address.filter(|address| !address.is_loopback())?;
        Some(SecretHash::of(&format!("{}#address#{}", self.tenant.id.as_str(), address.as_str())))
    }

    /// The name comes last, for it may hold anything.
    fn target(&self, what: &str, address: Option<&Address>) -> SecretHash {
        let kind = self.kind.as_str();
        let address = address.map_or("", Address::as_str);
        SecretHash::of(&format!("{}#{what}#{kind}#{address}#{}", self.tenant.id.as_str(), self.name))
    }
}
