//! A code of an authenticator app that is tried. Six digits are few: every try is counted before it is judged, and "no more than
//! 100 consecutive failed authentication attempts on a single account" are, however long somebody waits (NIST SP 800-63B §5.2.2).

use super::Attempt;
use crate::{
    Server,
    http::answer::Refusal,
    store::{Key, schema},
};
use rules::{
    credentials::{CredentialsId, totp::Totp},
    tenant::Tenant,
    time::Timestamp,
};

/// Wrong codes in a row, after which the app proves nothing any more.
pub(super) const MOST_CONSECUTIVE: u32 = 100;
/// Longer than anybody waits. A counter has to end some time.
const FOR_EVER: i64 = 100 * 365 * 86_400;

pub struct CodeAttempt<'a> {
    attempt: Attempt<'a>,
    in_a_row: Key,
}

/// What becomes of a code that was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeTry {
    Judge,
    /// The app is locked, until a recovery code is used or the operator forgets the person's factors.
    Locked,
}

impl<'a> CodeAttempt<'a> {
    /// The count is of this app: setting up another one starts a new count.
    pub fn new(
        server: &'a Server,
        tenant: &'a Tenant,
        (id, sub): (&CredentialsId, &str),
        app: &Totp,
        now: Timestamp,
    ) -> CodeAttempt<'a> {
        let in_a_row = schema::failed_attempts(&tenant.id, &app.counted_by(id));
        CodeAttempt { attempt: Attempt::of_code(server, tenant, sub, now), in_a_row }
    }

    /// Counts it, in one atomic addition whose answer is this try's own number: of many at the same moment no more are judged.
    pub async fn count_first(&self) -> Result<CodeTry, Refusal> {
        self.attempt.wrong().await?;
        let Attempt { server, now, .. } = self.attempt;
        let before = server.store.count(&self.in_a_row, 1, now, now.plus(FOR_EVER)).await?.count;
        Ok(if before < MOST_CONSECUTIVE { CodeTry::Judge } else { CodeTry::Locked })
    }

    /// A right code takes the wrong ones before it back.
    pub async fn succeeded(&self) {
        self.attempt.right().await;
        self.unlock().await;
    }

    /// The row ends here. A person who proved who they are gets in, whether or not this could be written.
    pub async fn unlock(&self) {
        let Attempt { server, tenant, now, .. } = self.attempt;
        if let Err(error) = server.store.reset(&self.in_a_row, now, now.plus(FOR_EVER)).await {
            tracing::warn!(tenant = tenant.id.as_str(), %error, "the count of wrong codes could not be cleared");
        }
    }
}
