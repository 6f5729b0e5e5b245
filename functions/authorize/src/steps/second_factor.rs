//! The step after a right password that is not enough: show a second factor, or set one up and keep its recovery codes.

use super::log_in::{after_wrong_passkey, after_wrong_password, asks_for_passkey};
use crate::{
    audit,
    interaction::{fact::Fact, visit::Visit},
    pages::{
        factors::{AppSetupPage, CodesPage, PasskeyForm, SecondFactorPage},
        qr,
    },
};
use axum::response::Response;
use rules::{
    authorize::{
        interaction::{Interaction, PasskeyTry, SignIns, Stage},
        second_factor::{Asks, Pending, asks},
    },
    credentials::{
        Credentials,
        methods::Proof,
        passkey::{Assertion, Ceremony, PasskeyRefused, Registration, RelyingParty},
        recovery,
        totp::{TotpSecret, is_code},
    },
    oauth::{error::OAuthError, params::Params},
    secret::random_text,
    signed_in::SignedIn,
};
use server::{
    audit::AuditRecord,
    http::answer::Refusal,
    store::{Commit, KeptCredentials},
    throttle::{CodeAttempt, CodeTry},
};

pub fn page(visit: &Visit, pending: &Pending) -> Response {
    let (stylesheet, script) = (visit.context().stylesheet(), visit.context().script());
    let (frame, action, csrf) = (visit.frame(&stylesheet), visit.url.as_str(), visit.browser.csrf());
    let (client_name, csrf, failed) = (visit.app_name(), csrf.as_str(), pending.failed);
    match &pending.asks {
        Asks::Prove { app, passkey } => {
            let rp = visit.passkeys().filter(|_| *passkey);
            let passkey = rp.map(|rp| asks_for_passkey(visit, &rp, &script));
            let (app, locked) = (*app, pending.locked);
            let page = SecondFactorPage { frame, client_name, action, csrf, app, failed, locked, passkey };
            visit.respond_with_script(&page, page.passkey.is_some())
        }
        Asks::Enrol(secret) => {
            let picture = qr::data_uri(&secret.uri(&visit.tenant.name, &pending.user.username));
            let passkey = visit.passkeys().map(|rp| asks_for_new_passkey(visit, &rp, &pending.user, &script));
            let (required, hidden, cancel, key) = (true, None, ("cancel", "yes"), secret.text());
            let page = AppSetupPage { frame, action, csrf, picture, key, failed, required, hidden, cancel, passkey };
            visit.respond_with_script(&page, page.passkey.is_some())
        }
        Asks::KeepCodes(salt) => {
            let codes = visit.browser.recovery_codes(salt);
            visit.respond(&CodesPage { frame, action, csrf, codes: &codes, kept: ("kept", "yes") })
        }
    }
}

fn asks_for_new_passkey<'a>(visit: &Visit, rp: &RelyingParty, user: &SignedIn, script: &'a str) -> PasskeyForm<'a> {
    let PasskeyTry { challenge, failed } = &visit.interaction.sign_ins.passkey;
    let nobody = Credentials::none_of_name(&visit.tenant.id, &user.username, &user.sub);
    let options = rp.creation_options(&visit.tenant.name, (&nobody, &user.name), challenge).to_string();
    PasskeyForm { ceremony: "create", options, failed: *failed, script }
}

/// What the answer adds. Their user is read again: everything may have changed since their password was checked.
pub async fn take(visit: &Visit, pending: &Pending, form: &Params) -> Result<Fact, Refusal> {
    let Visit { server, tenant, now, .. } = visit;
    let found =
        KeptCredentials::with_user(&server.store, &tenant.id, &pending.user.username, &pending.user.sub, *now).await?;
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
        Asks::KeepCodes(_) if form.has("kept") => Ok(Fact::signed_in(pending.user.clone())),
        Asks::KeepCodes(_) => Ok(Fact::nothing(visit)),
    }
}

fn from_the_beginning(visit: &Visit) -> Fact {
    Fact::stage(visit, Stage::NOBODY)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Code,
    RecoveryCode,
    /// So many codes were wrong that no code of the app is judged.
    AppLocked,
}

struct Step<'a> {
    visit: &'a Visit,
    pending: &'a Pending,
    own: &'a KeptCredentials,
}

impl Step<'_> {
    async fn by_code(&self, typed: &str, app: bool) -> Result<Fact, Refusal> {
        let Visit { server, tenant, now, .. } = self.visit;
        let totp = self.own.totp.as_ref().filter(|_| app);
        let attempt = totp.map(|totp| CodeAttempt::new(server, tenant, (&self.own.id, &self.own.sub), totp, *now));
        match (totp, &attempt) {
            (Some(totp), Some(attempt)) if is_code(typed) => {
                let counted = attempt.count_first().await;
                let blocked = |refusal: Refusal| match refusal.error.status() {
                    429 => refusal.after(self.wrong_factor("code", true)),
                    _ => refusal,
                };
                if counted.map_err(blocked)? == CodeTry::Locked {
                    return Ok(self.wrong(Wrong::AppLocked));
                }
                let Some(used) = totp.used(typed, *now) else { return Ok(self.wrong(Wrong::Code)) };
                let next = Credentials { totp: Some(used), ..Credentials::clone(self.own) };
                self.proven(&next, Proof::PasswordAndCode, Some(attempt)).await
            }
            // Too long to be guessed; who guesses at codes can't keep its owner from using one.
            _ => match recovery::used(self.own, typed) {
                Some(left) => self.proven(&left, Proof::PasswordAndRecoveryCode, attempt.as_ref()).await,
                None if is_code(typed) => Ok(self.wrong(Wrong::Code)),
                None => Ok(self.wrong(Wrong::RecoveryCode)),
            },
        }
    }

    /// A person who has shown one or the other may try codes from the beginning.
    async fn proven(
        &self,
        next: &Credentials,
        proof: Proof,
        attempt: Option<&CodeAttempt<'_>>,
    ) -> Result<Fact, Refusal> {
        if !self.write(next).await? {
            return Ok(self.wrong(Wrong::Code));
        }
        if let Some(attempt) = attempt {
            attempt.succeeded().await;
        }
        let user = Box::new(self.pending.proven(proof));
        let left = next.recovery.len();
        let used =
            (proof == Proof::PasswordAndRecoveryCode).then(|| audit::recovery_code_used(&self.pending.user, left));
        Ok(Fact::SignedIn(user, used.into_iter().collect()))
    }

    fn wrong_factor(&self, factor: &str, is_locked: bool) -> AuditRecord {
        audit::wrong_factor(&self.pending.user, factor, is_locked)
    }

    async fn by_passkey(&self, form: &Params) -> Result<Fact, Refusal> {
        let (Some(rp), Some(assertion)) = (self.visit.passkeys(), Assertion::read(form)) else {
            return Ok(self.wrong_passkey(PasskeyRefused("there are no passkeys here, or the form can't be read")));
        };
        if assertion.of != self.own.id {
            return Ok(self.wrong_passkey(PasskeyRefused("the passkey is somebody else's")));
        }
        let challenge = self.visit.interaction.sign_ins.passkey.challenge.as_str();
        match assertion.accept(self.own, Ceremony { challenge, rp: &rp }, self.visit.now) {
            Ok(asserted) if self.write(&asserted.credentials).await? => {
                let proof = Proof::PasswordAndPasskey { copied: asserted.copied };
                Ok(Fact::signed_in(self.pending.proven(proof)))
            }
            Ok(_) => Ok(self.wrong_passkey(PasskeyRefused("it was used elsewhere at the same moment"))),
            Err(refused) => Ok(self.wrong_passkey(refused)),
        }
    }

    async fn enrols_app(&self, secret: &TotpSecret, typed: &str) -> Result<Fact, Refusal> {
        let Some(totp) = secret.confirmed(typed, self.visit.now) else { return Ok(self.wrong(Wrong::Code)) };
        self.enrols(self.own.with_app(totp, Vec::new()), Proof::PasswordAndCode, "authenticator app added").await
    }

    async fn enrols_passkey(&self, form: &Params) -> Result<Fact, Refusal> {
        let (Some(rp), Some(registration)) = (self.visit.passkeys(), Registration::read(form)) else {
            return Ok(self.wrong_passkey(PasskeyRefused("there are no passkeys here, or the form can't be read")));
        };
        let challenge = self.visit.interaction.sign_ins.passkey.challenge.as_str();
        match registration.accept(self.own, Ceremony { challenge, rp: &rp }, self.visit.now) {
            Ok(next) => {
                let copied = next.passkeys.last().is_some_and(|passkey| passkey.copied);
                self.enrols(next, Proof::PasswordAndPasskey { copied }, "passkey added").await
            }
            Err(refused) => Ok(self.wrong_passkey(refused)),
        }
    }

    /// The first factor comes with recovery codes; nobody is signed in before they have seen them.
    async fn enrols(&self, mut next: Credentials, proof: Proof, what: &str) -> Result<Fact, Refusal> {
        let salt = random_text::<16>();
        next.recovery = recovery::hashes(&next.id, &self.visit.browser.recovery_codes(&salt));
        if !self.write(&next).await? {
            return Ok(from_the_beginning(self.visit));
        }
        tracing::info!(tenant = self.visit.tenant.id.as_str(), "a person has set up a second factor at sign-in");
        let pending = Pending::new(self.pending.proven(proof), Asks::KeepCodes(salt));
        let sign_ins = SignIns { passkey: PasskeyTry::random(), ..self.visit.interaction.sign_ins.clone() };
        let next = self.visit.interaction.at(Stage::second_factor(pending));
        let record = audit::credentials_changed(&self.pending.user, what);
        Ok(Fact::decided(Interaction { sign_ins, ..next }, vec![record]))
    }

    async fn write(&self, next: &Credentials) -> Result<bool, OAuthError> {
        Ok(self.visit.server.store.commit(vec![self.own.write(next)?]).await? == Commit::Done)
    }

    fn wrong(&self, wrong: Wrong) -> Fact {
        let factor = if wrong == Wrong::RecoveryCode { "recovery code" } else { "code" };
        let record = self.wrong_factor(factor, wrong == Wrong::AppLocked);
        self.still_pending(after_wrong_password(self.visit), Some(wrong), record)
    }

    fn wrong_passkey(&self, refused: PasskeyRefused) -> Fact {
        self.still_pending(after_wrong_passkey(self.visit, refused), None, self.wrong_factor("passkey", false))
    }

    fn still_pending(&self, next: Interaction, wrong: Option<Wrong>, record: AuditRecord) -> Fact {
        let locked = wrong == Some(Wrong::AppLocked);
        let pending = Pending { failed: wrong.is_some(), locked, ..self.pending.clone() };
        Fact::decided(next.at(Stage::second_factor(pending)), vec![record])
    }
}
