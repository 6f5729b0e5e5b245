//! Wrong secrets are counted in the table, and each one beyond a few makes the next wait longer (RFC 6749 §2.3.1, §4.3.2).

use crate::{
    oauth::error::{ErrorCode, OAuthError},
    secret::SecretHash,
    server::Server,
    store::{
        Commit, Versioned, Write,
        schema::{self, FailedAttempts},
    },
    tenant::TenantId,
    time::Timestamp,
};

/// So many are a slip of the finger.
const FREE: u32 = 5;
/// The first wait in seconds; each further failure doubles it.
const FIRST_WAIT: i64 = 2;
const LONGEST_WAIT: i64 = 900;
/// Forgotten when nothing has failed for so long.
const MEMORY: i64 = 3600;

/// Whose secret is tried: a name within a tenant, such as `password#client#user`. Only its hash is kept.
pub struct Target<'a> {
    pub tenant: &'a TenantId,
    pub name: SecretHash,
    pub now: Timestamp,
}

impl Target<'_> {
    /// Refuses while the target must wait, with the time in `Retry-After`.
    pub async fn check(&self, server: &Server) -> Result<(), OAuthError> {
        match self.find(server).await? {
            Some(attempts) if !attempts.blocked_until.is_past(self.now) => {
                let wait = attempts.blocked_until.since(self.now);
                Err(OAuthError::new(ErrorCode::TemporarilyUnavailable, "too many failed attempts; please wait")
                    .because(format!("{} failures", attempts.failures))
                    .with_status(429)
                    .retry_after(wait))
            }
            _ => Ok(()),
        }
    }

    /// Counts a failure. Two at once count as two: whoever loses the race counts again.
    pub async fn failed(&self, server: &Server) -> Result<(), OAuthError> {
        for _ in 0..3 {
            let found = self.find(server).await?;
            let failures = found.as_ref().map_or(0, |attempts| attempts.failures).saturating_add(1);
            let next = FailedAttempts {
                tenant: self.tenant.clone(),
                target: self.name.clone(),
                failures,
                blocked_until: self.now.plus(wait(failures)),
                expires_at: self.now.plus(wait(failures) + MEMORY),
            };
            let write = match &found {
                Some(found) => Write::update(found, &next)?,
                None => Write::create_or_outlive(&next, self.now)?,
            };
            if server.store.commit(vec![write]).await? == Commit::Done {
                break;
            }
        }
        Ok(())
    }

    async fn find(&self, server: &Server) -> Result<Option<Versioned<FailedAttempts>>, OAuthError> {
        Ok(server.store.find(schema::failed_attempts(self.tenant, &self.name), self.now).await?)
    }
}

fn wait(failures: u32) -> i64 {
    match failures.checked_sub(FREE) {
        None | Some(0) => 0,
        Some(beyond) => (FIRST_WAIT << (beyond - 1).min(20)).min(LONGEST_WAIT),
    }
}

#[cfg(test)]
mod tests {
    use super::wait;

    #[test]
    fn a_few_slips_are_free_and_then_the_wait_doubles_up_to_its_end() {
        assert_eq!([1, 5, 6, 7, 8, 100].map(wait), [0, 0, 2, 4, 8, 900]);
    }
}
