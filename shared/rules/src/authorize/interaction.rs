//! What is known so far while a user is on their way from the app's request to its answer.

use super::{context::PickedContext, request::AuthorizationRequest, second_factor::Pending};
use crate::{
    identity_provider::request::Trip, launch::LaunchContext, scope::ScopeSet, secret::SecretHash, session::SessionId,
    signed_in::SignedIn, tenant::TenantId, time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// One item of the table. Each page adds one fact; no page knows the next.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Interaction {
    pub tenant: TenantId,
    /// Hash of the id in the URL.
    pub id: SecretHash,
    /// Hash of the cookie: only the browser that began may go on (AUTHZ-24).
    pub browser: SecretHash,
    /// The cookie before sign-in, which was replaced by it. It opens the sign-in page and nothing more.
    pub before_sign_in: Option<BeforeSignIn>,
    pub request: AuthorizationRequest,
    pub launch: Option<PendingLaunch>,
    pub failed_sign_ins: u32,
    /// At which provider the person is at this moment, if they are.
    #[serde(default)]
    pub at_provider: Option<Trip>,
    /// Whose password was right, where that is not enough.
    #[serde(default)]
    pub pending: Option<Pending>,
    #[serde(default)]
    pub passkey: PasskeyTry,
    pub user: Option<SignedIn>,
    /// The session that `user` belongs to: without its cookie there is no user.
    pub session: Option<SessionId>,
    /// Who the browser's session says it is, where that must be asked first; found at each visit.
    #[serde(skip)]
    pub candidate: Option<SignedIn>,
    /// The person said that it is not them.
    pub another: bool,
    /// Patients that the person's own Person resource is linked to, once the links were followed.
    #[serde(default)]
    pub linked: Option<Vec<String>>,
    pub patient: Option<PickedPatient>,
    #[serde(default)]
    pub picked: Vec<PickedContext>,
    pub consent: Option<Consent>,
    pub finished: bool,
    pub expires_at: Timestamp,
}

/// What a passkey must sign on this way, anew for each try.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PasskeyTry {
    pub challenge: String,
    pub failed: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BeforeSignIn {
    pub browser: SecretHash,
    /// Hash of the CSRF token of the pages before sign-in: a form of theirs does no harm and no good.
    pub csrf: SecretHash,
}

impl Interaction {
    /// Forgets the person and all they said.
    pub fn sign_out(&mut self) {
        (self.user, self.session, self.candidate) = (None, None, None);
        self.pending = None;
        (self.patient, self.consent) = (None, None);
        (self.linked, self.picked) = (None, Vec::new());
    }
}

/// The launch that this interaction will use up when the code is issued.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PendingLaunch {
    pub handle: SecretHash,
    pub context: LaunchContext,
    pub user: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PickedPatient {
    pub id: String,
    /// For the consent page.
    pub name: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    Given(ScopeSet),
    /// Given without a page: by the operator, or by the person at an earlier time.
    Remembered(ScopeSet),
    Denied,
}
