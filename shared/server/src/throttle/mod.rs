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
//! - **the name**, wherever from. This count alone never causes a refusal, since anyone can make a name's count grow. While it
//!   is high,
//!   though, an address has no free tries at that name, and its first failure costs the longest wait: somebody with a
//!   thousand addresses has a thousand tries, and the owner of the name, whose first try is right, notices nothing.
//!
//! A caller who must wait gets 429 with `Retry-After`, and what it sent is not judged. Three ways stay open to the owner:
//!
//! - **a right secret of a machine's making**, which cannot be guessed. Comparing it costs nothing, so it comes first, and the
//!   failures of others never refuse it.
//! - **a browser in which this person has signed in before** (`credentials::known_browser`). What is wrong there is counted by the
//!   browser's mark and nowhere else, with the waits of a name at an address; what is wrong elsewhere doesn't count there. Only a
//!   whole sign-in makes a mark, so marks give nobody more tries who has not the password already.
//! - **a recovery code**, which is too long to be guessed.
//!
//! How an instance knows:
//!
//! - Of **secrets** (clients, FHIR servers, EHRs) it remembers the blocks that it heard of by counting. A good request so
//!   costs no call to the table, and a block is heard of by each instance at its own first wrong secret. A right short secret may
//!   pass at an instance that has not heard yet; a guesser gains one try a block and instance by that.
//! - **Passwords** are people's, so there the counters are read with the user, in the one call that a sign-in makes
//!   anyway, and a block holds everywhere at once. Those who guess at the same moment are judged together; the count after
//!   them is exact.
//! - **Codes** are six digits, so each try is counted before it is judged, and after so many in a row none is (`codes`).
//!
//! Unknown names are counted like others, so neither words nor times tell which exist. The counters start again each day and
//! hour rather than sliding: a wait across midnight is cut short, and the arithmetic is one addition. The count of codes never
//! starts again.

pub mod blocks;
mod codes;
mod kind;
pub mod locked;
mod passwords;
pub mod pushes;
mod waits;

use crate::{
    Server,
    audit::{AuditRecord, EventKind, Outcome},
    http::{address::Address, answer::Refusal, form_post::FormPost},
    request_notes,
    store::{Counter, Key, StoreError, schema},
};
pub use codes::{CodeAttempt, CodeTry};
use kind::AttemptKind;
pub use passwords::PasswordAttempt;
use rules::{
    client::presented_credentials::form_decoded,
    credentials::known_browser::BrowserMark,
    oauth::error::{ErrorCode, OAuthError},
    precis,
    secret::{ChosenSecretHash, SecretHash},
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

    /// A person's password, on the page or in the password grant. However a name is typed, it is counted as one.
    pub fn of_password(
        server: &'a Server,
        tenant: &'a Tenant,
        username: &str,
        address: Option<&'a Address>,
        now: Timestamp,
    ) -> Attempt<'a> {
        Attempt { server, tenant, kind: AttemptKind::Password, name: precis::username(username), address, now }
    }

    /// The same in a browser that knows the person, by its mark. Where the browser is does not matter.
    fn of_known_browser(of: &Attempt<'a>, mark: &BrowserMark) -> Attempt<'a> {
        let name = mark.id().to_owned();
        Attempt { kind: AttemptKind::PasswordAtHome, name, address: None, ..*of }
    }

    /// The code of a person's authenticator app. Only who knows their password comes this far, so nobody can lock them out
    /// cheaply, and there is one count for all addresses.
    fn of_code(server: &'a Server, tenant: &'a Tenant, sub: &str, now: Timestamp) -> Attempt<'a> {
        Attempt { server, tenant, kind: AttemptKind::Code, name: sub.to_owned(), address: None, now }
    }

    /// Judges a secret, and learns from what came of it. One of a machine's making is compared first, so that what others did
    /// never refuses the right one; a short one is not judged while there is a block.
    pub async fn judge<T, E>(
        &self,
        secret: &str,
        compare: impl Future<Output = Result<Result<T, E>, OAuthError>>,
    ) -> Result<Result<T, E>, Refusal> {
        self.may_compare(secret)?;
        let judged = compare.await?;
        match judged {
            Ok(_) => self.right().await,
            Err(_) => self.wrong().await?,
        }
        Ok(judged)
    }

    /// Refuses a short secret while there is a block.
    pub fn may_compare(&self, secret: &str) -> Result<(), Refusal> {
        if ChosenSecretHash::is_generated(secret) { Ok(()) } else { self.check() }
    }

    /// Refuses while this instance remembers a block. Asks nobody.
    fn check(&self) -> Result<(), Refusal> {
        let wait = [Some(self.name_at_address()), self.of_address()].into_iter().flatten();
        match wait.filter_map(|target| self.server.blocks.wait(&target, self.now)).max() {
            Some(wait) => Err(self.blocked(wait)),
            None => Ok(()),
        }
    }

    /// Takes failures back. Costs nothing where nothing is known to have failed.
    pub async fn right(&self) {
        if !self.server.blocks.forget(&self.name_at_address()) {
            return;
        }
        let [(at_address, until), _, (name, name_until)] = self.counters();
        let store = &self.server.store;
        let taken_back = match store.reset(&at_address, self.now, until).await {
            Ok(_) if self.kind.is_counted_once() => Ok(()),
            Ok(before) => store.count(&name, -i64::from(before.count), self.now, name_until).await.map(drop),
            Err(error) => Err(error),
        };
        // A right answer counts, whether or not this could be written.
        if let Err(error) = taken_back {
            tracing::warn!(tenant = self.tenant.id.as_str(), %error, "the count of failed attempts could not be cleared");
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

    /// Counts it. An error when it was not to be judged at all, by what this instance or the others know.
    pub async fn wrong(&self) -> Result<(), Refusal> {
        self.check()?;
        self.failed().await
    }

    async fn failed(&self) -> Result<(), Refusal> {
        let before = self.count().await?;
        let was_blocked = self.waits(&before).into_iter().max().filter(|wait| *wait > 0);
        let Counters { at_address, address, name } = before;
        let now = self.now;
        if name.count == UNDER_ATTACK {
            tracing::warn!(tenant = self.tenant.id.as_str(), "one name is being guessed, from one address or many");
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
        let at_address = count(at_address).await?;
        if self.kind.is_counted_once() {
            return Ok(Counters { at_address, address: Counter::NONE, name: Counter::NONE });
        }
        Ok(Counters { at_address, address: count(address).await?, name: count(name).await? })
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

    /// The block that the table knows of.
    fn refuse_if_blocked(&self, counters: &Counters) -> Result<(), Refusal> {
        self.remember(counters).map_or(Ok(()), |wait| Err(self.blocked(wait)))
    }

    fn name_at_address(&self) -> SecretHash {
        self.target("name at address", self.address)
    }

    fn blocked(&self, wait: i64) -> Refusal {
        let error = OAuthError::new(ErrorCode::TemporarilyUnavailable, "too many failed attempts; please wait")
            .because(format!("not judged for another {wait} seconds"))
            .with_status(429)
            .retry_after(wait);
        if !matches!(self.kind, AttemptKind::Password | AttemptKind::PasswordAtHome) {
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
