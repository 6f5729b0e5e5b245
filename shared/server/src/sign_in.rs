//! Is this the person's password? The one place that compares them, for the sign-in page and the password grant.

use crate::{
    Server,
    audit::{AuditRecord, EventKind, Outcome, Who},
    compute::slowly,
    http::{address::Address, answer::Refusal},
    store::{KeptCredentials, Key, StoreError, schema},
    throttle::{Attempt, PasswordAttempt},
};
use rules::{
    credentials::{Credentials, CredentialsId, known_browser::BrowserMarks},
    hash_work::{is_password, is_weak},
    precis,
    secret::ChosenSecretHash,
    tenant::Tenant,
    time::Timestamp,
    user::User,
};

/// What somebody typed, and where.
pub struct SignIn<'a> {
    pub server: &'a Server,
    pub tenant: &'a Tenant,
    pub address: Option<&'a Address>,
    /// What the browser shows of those who have signed in there before.
    pub marks: &'a BrowserMarks,
    pub username: &'a str,
    pub password: &'a str,
    pub now: Timestamp,
}

/// What came of it.
#[must_use]
pub enum SignInOutcome {
    Proven(Box<Proven>),
    /// The name or the password is wrong; the record says whose name it was.
    Wrong(Box<AuditRecord>),
}

/// Whose password it is, and what else they have.
pub struct Proven {
    pub user: User,
    pub credentials: KeptCredentials,
}

impl SignIn<'_> {
    /// Compares the password. A refusal takes the same work for an unknown name and for every kind of stored hash. It is a 429
    /// where too many were wrong before, whether or not this one is right.
    pub async fn judge(&self) -> Result<SignInOutcome, Refusal> {
        let of_stranger = Attempt::of_password(self.server, self.tenant, self.username, self.address, self.now);
        let attempt = PasswordAttempt::new(of_stranger, self.marks);
        let (user, counts) = attempt.find::<User>(&self.keys()).await?;
        let found = self.with_credentials(user).await?;
        let person = found.as_ref().map(|proven| (&proven.user, &*proven.credentials));
        let attempt = attempt.counted_by(&counts, person)?;
        let stored = person.map(|(user, own)| own.password_of(user));
        let right = slowly(|| is_password(stored, self.password, self.tenant.refusal_work));
        let wrong = self.wrong(found.as_ref().map(|proven| &proven.user));
        if let Some(proven) = found.filter(|_| right) {
            attempt.right().await;
            return Ok(SignInOutcome::Proven(Box::new(proven)));
        }
        match attempt.wrong().await {
            Ok(()) => Ok(SignInOutcome::Wrong(Box::new(wrong))),
            Err(refusal) => Err(refusal.after(wrong)),
        }
    }

    /// Where somebody with this name may be. No registered name is longer (`admit`, tenant file).
    fn keys(&self) -> Vec<Key> {
        let names = precis::kept_under(self.username);
        let names = names.iter().filter(|name| (1..=255).contains(&name.len()));
        names.map(|name| schema::user(&self.tenant.id, name)).collect()
    }

    /// Makes a stronger hash of a right password whose stored one is below OWASP's minimum. Sessions go on, and so does the
    /// sign-in if this can't be written: the next one tries again.
    pub async fn renew_weak_hash(&self, proven: &Proven) {
        let Proven { user, credentials } = proven;
        if !is_weak(credentials.password_of(user)) {
            return;
        }
        let written = match slowly(|| ChosenSecretHash::of_password(self.password)) {
            Ok(stronger) => match credentials.write(&credentials.rehashed(user, stronger, self.now)) {
                // Who loses the race is no worse off than before.
                Ok(write) => self.server.store.commit(vec![write]).await.map(drop).map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            },
            Err(error) => Err(error.to_string()),
        };
        if let Err(why) = written {
            tracing::warn!(tenant = self.tenant.id.as_str(), why, "a weak hash of a password could not be renewed");
        }
    }

    /// Of nobody they are looked for too.
    async fn with_credentials(&self, user: Option<User>) -> Result<Option<Proven>, StoreError> {
        let sub = user.as_ref().map_or(self.username, |user| &user.sub);
        let key = schema::credentials(&self.tenant.id, &CredentialsId::of(&self.tenant.id, sub));
        let found = self.server.store.find::<Credentials>(key, self.now).await?;
        Ok(user.map(|user| Proven { credentials: KeptCredentials::of(&user, found), user }))
    }

    /// What was typed for a name may be a password: only a name that exists is kept, and as its reference.
    fn wrong(&self, user: Option<&User>) -> AuditRecord {
        let failed = AuditRecord::no(EventKind::SignIn, Outcome::MinorFailure, "the username or the password is wrong");
        match user {
            Some(user) => failed.by(Who::at(self.tenant.fhir_server_of(user), &user.sub, user.fhir_user.as_ref())),
            None => failed,
        }
    }
}
