//! The steps after a right password that is not enough: show a second factor, or set one up and keep its recovery codes.

use crate::{
    proceed::Added,
    sign_in::{after_wrong_passkey, passkeys},
    visit::Visit,
};
use rules::{
    authorize::{
        interaction::PasskeyTry,
        second_factor::{Asks, Pending, asks},
    },
    credentials::{
        Credentials,
        methods::Proof,
        passkey::{Assertion, Refused, Registration},
        recovery,
        totp::{TotpSecret, is_code},
    },
    oauth::{error::OAuthError, params::Params},
    secret::random_text,
};
use server::{
    store::{Commit, KeptCredentials},
    throttle::Guess,
};

/// What the answer adds. Their user is read anew: since their password was right, everything may have become another.
pub async fn answer(visit: &Visit, pending: &Pending, form: &Params) -> Result<Added, OAuthError> {
    let Visit { server, tenant, now, .. } = visit;
    let who = (pending.user.username.as_str(), pending.user.sub.as_str());
    let found = KeptCredentials::with_user(&server.store, &tenant.id, who, *now).await?;
    let same = |(user, own): &(_, KeptCredentials)| pending.user.credential == Some(own.fingerprint(user));
    let Some((_, own)) = found.filter(|found| same(found) && !form.has("restart")) else {
        return Ok(from_the_beginning(visit));
    };
    // What the tenant takes no more, such as a passkey of before, is none.
    let has_one_now = matches!(asks(&tenant.policy, &own), Some(Asks::Prove { .. }));
    let step = Step { visit, pending, own: &own };
    match &pending.asks {
        Asks::Prove { .. } if form.has("credential") => step.by_passkey(form).await,
        Asks::Prove { app, .. } => step.by_code(form.get("code").unwrap_or_default(), *app).await,
        // Somebody else knows the password too, and was faster.
        Asks::Enrol(_) if has_one_now => Ok(from_the_beginning(visit)),
        Asks::Enrol(_) if form.has("attestation") => step.enrols_passkey(form).await,
        Asks::Enrol(secret) => step.enrols_app(secret, form.get("code").unwrap_or_default()).await,
        Asks::KeepCodes(_) if form.has("kept") => Ok(Added::SignIn(Box::new(pending.user.clone()))),
        Asks::KeepCodes(_) => Ok(Added::Fact(Box::new(visit.interaction.value.clone()))),
    }
}

fn from_the_beginning(visit: &Visit) -> Added {
    let mut next = visit.interaction.value.clone();
    next.pending = None;
    Added::Fact(Box::new(next))
}

struct Step<'a> {
    visit: &'a Visit,
    pending: &'a Pending,
    own: &'a KeptCredentials,
}

impl Step<'_> {
    async fn by_code(&self, typed: &str, app: bool) -> Result<Added, OAuthError> {
        let Visit { server, tenant, now, .. } = self.visit;
        let guess = Guess::of_code((server, tenant), &self.own.sub, *now);
        let next = if is_code(typed) && app {
            guess.count_first().await?;
            let used = self.own.totp.as_ref().and_then(|totp| totp.used(typed, *now));
            used.map(|totp| (Credentials { totp: Some(totp), ..Credentials::clone(self.own) }, Proof::PasswordAndCode))
        } else {
            // Too long to be guessed; who guesses at codes can't keep its owner from using one.
            recovery::used(self.own, typed).map(|left| (left, Proof::PasswordAndRecoveryCode))
        };
        let Some((next, proof)) = next else { return Ok(self.wrong()) };
        if !self.write(&next).await? {
            return Ok(self.wrong());
        }
        guess.learned(true).await?;
        Ok(Added::SignIn(Box::new(self.pending.proven(proof))))
    }

    async fn by_passkey(&self, form: &Params) -> Result<Added, OAuthError> {
        let (Some(rp), Some(assertion)) = (passkeys(self.visit), Assertion::read(form)) else {
            return Ok(self.wrong_passkey(Refused("there are no passkeys here, or the form can't be read")));
        };
        if assertion.of != self.own.id {
            return Ok(self.wrong_passkey(Refused("the passkey is somebody else's")));
        }
        let challenge = self.visit.interaction.passkey.challenge.as_str();
        match assertion.accept(self.own, (challenge, &rp), self.visit.now) {
            Ok(asserted) if self.write(&asserted.credentials).await? => {
                let proof = Proof::PasswordAndPasskey { copied: asserted.copied };
                Ok(Added::SignIn(Box::new(self.pending.proven(proof))))
            }
            Ok(_) => Ok(self.wrong_passkey(Refused("it was used elsewhere at the same moment"))),
            Err(refused) => Ok(self.wrong_passkey(refused)),
        }
    }

    async fn enrols_app(&self, secret: &TotpSecret, typed: &str) -> Result<Added, OAuthError> {
        let Some(totp) = secret.confirmed(typed, self.visit.now) else { return Ok(self.wrong()) };
        self.enrols(self.own.with_app(totp, Vec::new()), Proof::PasswordAndCode).await
    }

    async fn enrols_passkey(&self, form: &Params) -> Result<Added, OAuthError> {
        let (Some(rp), Some(registration)) = (passkeys(self.visit), Registration::read(form)) else {
            return Ok(self.wrong_passkey(Refused("there are no passkeys here, or the form can't be read")));
        };
        let challenge = self.visit.interaction.passkey.challenge.as_str();
        match registration.accept(self.own, (challenge, &rp), self.visit.now) {
            Ok(next) => {
                let copied = next.passkeys.last().is_some_and(|passkey| passkey.copied);
                self.enrols(next, Proof::PasswordAndPasskey { copied }).await
            }
            Err(refused) => Ok(self.wrong_passkey(refused)),
        }
    }

    /// The first factor comes with recovery codes; nobody is signed in before they have seen them.
    async fn enrols(&self, mut next: Credentials, proof: Proof) -> Result<Added, OAuthError> {
        let salt = random_text::<16>();
        next.recovery = recovery::hashes(&next.id, &self.visit.browser.recovery_codes(&salt));
        if !self.write(&next).await? {
            return Ok(from_the_beginning(self.visit));
        }
        tracing::info!(tenant = self.visit.tenant.id.as_str(), "a person has set up a second factor at sign-in");
        let mut interaction = self.visit.interaction.value.clone();
        interaction.pending = Some(Pending::new(self.pending.proven(proof), Asks::KeepCodes(salt)));
        interaction.passkey = PasskeyTry { challenge: random_text::<32>(), failed: false };
        Ok(Added::Fact(Box::new(interaction)))
    }

    async fn write(&self, next: &Credentials) -> Result<bool, OAuthError> {
        Ok(self.visit.server.store.commit(vec![self.own.write(next)?]).await? == Commit::Done)
    }

    fn wrong(&self) -> Added {
        let mut next = self.visit.interaction.value.clone();
        next.failed_sign_ins += 1;
        next.passkey.failed = false;
        next.pending = Some(Pending { failed: true, ..self.pending.clone() });
        Added::Fact(Box::new(next))
    }

    fn wrong_passkey(&self, refused: Refused) -> Added {
        let mut next = after_wrong_passkey(self.visit, refused);
        next.pending = Some(Pending { failed: false, ..self.pending.clone() });
        Added::Fact(Box::new(next))
    }
}
