//! Is this the person's password? The one place that compares them, for the sign-in page and the password grant.

use crate::{
    Server,
    audit::{Decision, Kind, Outcome, Who},
    http::address::Address,
    request_notes,
    store::{KeptCredentials, schema},
    throttle::Guess,
};
use rules::{
    credentials::{Credentials, CredentialsId},
    oauth::error::OAuthError,
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

/// Whose password it is, and what else they have.
pub struct Proven {
    pub user: User,
    pub credentials: KeptCredentials,
}

impl SignIn<'_> {
    /// The user, if the password is theirs. An unknown name takes as long as a wrong password. The error is 429 where too
    /// many were wrong before, whether or not this one is right.
    pub async fn user(&self) -> Result<Option<Proven>, OAuthError> {
        let guess = Guess::of_password((self.server, self.tenant), self.username, self.address, self.now);
        // DynamoDB keys end at 2048 bytes; no username is near it.
        let named = !self.username.is_empty() && self.username.len() <= 255;
        let user = guess.find::<User>(named.then(|| schema::user(&self.tenant.id, self.username))).await?;
        let found = self.with_credentials(user).await?;
        let right = match &found {
            Some(Proven { user, credentials }) => credentials.password_of(user).matches(self.password),
            None => ChosenSecretHash::password_of_nobody(self.password),
        };
        if !right {
            request_notes::decided(self.failed(found.as_ref().map(|proven| &proven.user)));
        }
        guess.learned(right).await?;
        Ok(found.filter(|_| right))
    }

    /// Of nobody they are looked for too.
    async fn with_credentials(&self, user: Option<User>) -> Result<Option<Proven>, OAuthError> {
        let sub = user.as_ref().map_or(self.username, |user| &user.sub);
        let key = schema::credentials(&self.tenant.id, &CredentialsId::of(&self.tenant.id, sub));
        let found = self.server.store.find::<Credentials>(key, self.now).await?;
        Ok(user.map(|user| Proven { credentials: KeptCredentials::of(&user, found), user }))
    }

    /// What was typed for a name may be a password: only a name that exists is kept, and as its reference.
    fn failed(&self, user: Option<&User>) -> Decision {
        let failed = Decision::no(Kind::SignIn, Outcome::MinorFailure, "the username or the password is wrong");
        match user {
            Some(user) => failed.by(Who::at(self.tenant, &user.sub, user.fhir_user.as_ref())),
            None => failed,
        }
    }
}
