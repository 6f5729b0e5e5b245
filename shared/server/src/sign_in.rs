//! Is this the person's password? The one place that compares them, for the sign-in page and the password grant.

use crate::{
    Server,
    audit::{AuditRecord, EventKind, Outcome, Who},
    compute::slowly,
    http::{address::Address, answer::Refusal},
    store::{KeptCredentials, StoreError, schema},
    throttle::Attempt,
};
use rules::{
    credentials::{Credentials, CredentialsId},
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
    /// Compares the password. An unknown name takes as long as a wrong password. The refusal is a 429 where too many were
    /// wrong before, whether or not this one is right.
    pub async fn judge(&self) -> Result<SignInOutcome, Refusal> {
        let attempt = Attempt::of_password(self.server, self.tenant, self.username, self.address, self.now);
        // DynamoDB keys end at 2048 bytes; no username is near it.
        let named = !self.username.is_empty() && self.username.len() <= 255;
        let user = attempt.find::<User>(named.then(|| schema::user(&self.tenant.id, self.username))).await?;
        let found = self.with_credentials(user).await?;
        let right = slowly(|| match &found {
            Some(Proven { user, credentials }) => credentials.password_of(user).matches(self.password),
            None => ChosenSecretHash::password_of_nobody(self.password),
        });
        let wrong = self.wrong(found.as_ref().map(|proven| &proven.user));
        match attempt.learned(right).await {
            Ok(()) => Ok(match found.filter(|_| right) {
                Some(proven) => SignInOutcome::Proven(Box::new(proven)),
                None => SignInOutcome::Wrong(Box::new(wrong)),
            }),
            Err(refusal) if right => Err(refusal),
            Err(refusal) => Err(refusal.after(wrong)),
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
            Some(user) => failed.by(Who::at(self.tenant, &user.sub, user.fhir_user.as_ref())),
            None => failed,
        }
    }
}
