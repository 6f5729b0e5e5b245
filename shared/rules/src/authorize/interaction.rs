//! One person's way from the app's request to its answer, stage by stage.

use super::{request::AuthorizationRequest, second_factor::Pending};
use crate::{
    grant::GrantId,
    hti::HtiLaunch,
    identity_provider::request::Trip,
    launch::LaunchContext,
    scope::ScopeSet,
    secret::{SecretHash, random_text},
    session::SessionId,
    signed_in::SignedIn,
    tenant::TenantId,
    time::Timestamp,
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
    pub replaced: Option<ReplacedCookie>,
    pub request: AuthorizationRequest,
    pub launch: Option<PendingLaunch>,
    /// The portal's launch, where `launch` is an HTI token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hti: Option<Box<HtiLaunch>>,
    /// The pushed request that it came of, which is spent when it is finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed: Option<SecretHash>,
    pub sign_ins: SignIns,
    pub stage: Stage,
    pub expires_at: Timestamp,
}

/// How far the person has come. Each stage holds what exists in it, so signing out is one assignment.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    SigningIn(SigningIn),
    Choosing(Box<Choosing>),
    /// The app has its answer. The session tells a second submit of the last form from a stranger's form.
    Finished {
        session: Option<SessionId>,
        #[serde(default)]
        answered: Option<Box<Answered>>,
    },
}

/// Nobody is signed in on this way.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SigningIn {
    Nobody,
    /// The password was right, and the tenant wants more.
    SecondFactor(Box<Pending>),
    /// The browser's session knows this person, who must say first that it is them. Each visit looks them up.
    Recognised {
        user: Box<SignedIn>,
        session: SessionId,
    },
    /// The EHR has vouched for this person, and somebody else is signed in at the browser: the person must say first that they
    /// go on. Each visit looks them up, too.
    Vouched {
        user: Box<SignedIn>,
        session: SessionId,
    },
}

/// Somebody is signed in, and chooses what the app gets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Choosing {
    pub user: SignedIn,
    /// Without the cookie of this session there is no user.
    pub session: SessionId,
    /// Patients to which the person's own Person resource is linked, once the links were followed.
    pub linked: Option<Vec<String>>,
    pub patient: Option<PickedPatient>,
    pub picked: Vec<PickedContext>,
    pub consent: Option<Consent>,
    /// The end of what they allowed, where they chose one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasts_until: Option<Timestamp>,
}

/// What the app was told, and in answer to what, so that the same question gets the same answer. Nothing in it is of use to
/// somebody who reads the table: the code is made of the browser's cookie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Hash of the form that the person sent, with the token of its page. None: the page was opened, and nothing was left to ask.
    pub form: Option<SecretHash>,
    pub told: Told,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// Yes: the code of this grant.
    Code(GrantId),
    /// No, in the words that the app heard.
    Error { code: String, description: String },
}

impl Answered {
    /// Whether this is the same answer of the person, given again. Opening the page once more asks for a yes that was lost; it
    /// doesn't repeat a no that was said on a page, since opening it may be the way back from the app.
    pub fn is_repeated_by(&self, form: Option<&SecretHash>) -> bool {
        self.form.as_ref() == form || (form.is_none() && matches!(self.told, Told::Code(_)))
    }
}

/// What earlier sign-ins on this way leave behind. It outlives signing in and signing out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignIns {
    pub failed: u32,
    /// The person said that they are not the one whom the browser's session knows.
    pub another: bool,
    pub passkey: PasskeyTry,
    /// The newest departure to a provider, until its answer comes: also when somebody signs in elsewhere meanwhile.
    pub at_provider: Option<Trip>,
}

/// What a passkey must sign: another challenge for each try.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PasskeyTry {
    pub challenge: String,
    pub failed: bool,
}

/// The cookie that sign-in has replaced. It opens the sign-in page and nothing more.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReplacedCookie {
    pub browser: SecretHash,
    /// Hash of the CSRF token of the pages before sign-in: a form of theirs does no harm and no good.
    pub csrf: SecretHash,
}

/// The launch that this interaction will use up when the code is issued.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PendingLaunch {
    pub handle: SecretHash,
    pub context: LaunchContext,
    pub user: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vouched: Option<Box<VouchedPerson>>,
}

/// Somebody who signed in at the EHR, which has vouched for them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VouchedPerson {
    pub user: SignedIn,
    /// Of this way alone. It is in the table from the answer on, if an app is to come back until it ends; no browser has a cookie for it.
    pub session: SessionId,
    /// Whether `offline_access` may be asked for.
    pub offline: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PickedPatient {
    pub id: String,
    /// For the consent page.
    pub name: Option<String>,
}

/// The answer to one `launch/…` scope.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PickedContext {
    /// The scope's text.
    pub scope: String,
    /// Whose it is: it is no answer for another patient. Answers from before this was kept are nobody's.
    #[serde(default)]
    pub patient: String,
    /// None: the person went on without.
    pub id: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    Given(ScopeSet),
    /// Given without a page: by the operator, or by the person at an earlier time.
    Remembered(ScopeSet),
    Denied,
}

impl Interaction {
    pub fn is_finished(&self) -> bool {
        matches!(self.stage, Stage::Finished { .. })
    }

    /// The person's choices, if somebody is signed in.
    pub fn choosing(&self) -> Option<&Choosing> {
        match &self.stage {
            Stage::Choosing(choosing) => Some(choosing),
            Stage::SigningIn(_) | Stage::Finished { .. } => None,
        }
    }

    pub fn user(&self) -> Option<&SignedIn> {
        self.choosing().map(|choosing| &choosing.user)
    }

    /// Whom the EHR has vouched for, if it did, whoever goes on.
    pub fn vouched(&self) -> Option<&VouchedPerson> {
        self.launch.as_ref()?.vouched.as_deref()
    }

    /// The same, if it is they who go on, without a session of their browser's.
    pub fn goes_on_vouched(&self) -> Option<&VouchedPerson> {
        self.vouched().filter(|vouched| self.session() == Some(&vouched.session))
    }

    /// The session that the pages of this stage are shown in.
    pub fn session(&self) -> Option<&SessionId> {
        match &self.stage {
            Stage::Choosing(choosing) => Some(&choosing.session),
            Stage::SigningIn(SigningIn::Recognised { session, .. } | SigningIn::Vouched { session, .. }) => {
                Some(session)
            }
            Stage::SigningIn(_) => None,
            Stage::Finished { session, .. } => session.as_ref(),
        }
    }

    /// The same interaction at another stage.
    #[must_use]
    pub fn at(&self, stage: Stage) -> Interaction {
        Interaction { stage, ..self.clone() }
    }

    /// The app has its answer, so that no later form can make it another.
    #[must_use]
    pub fn finished(&self, answered: Option<Answered>) -> Interaction {
        self.at(Stage::Finished { session: self.session().cloned(), answered: answered.map(Box::new) })
    }

    pub fn answered(&self) -> Option<&Answered> {
        match &self.stage {
            Stage::Finished { answered, .. } => answered.as_deref(),
            Stage::SigningIn(_) | Stage::Choosing(_) => None,
        }
    }

    /// The same interaction before a patient was picked, without all that was said of them.
    #[must_use]
    pub fn before_patient(&self) -> Interaction {
        self.choose(|choosing| {
            choosing.patient = None;
            choosing.picked.clear();
            choosing.consent = None;
            choosing.lasts_until = None;
        })
    }

    /// The same interaction with one choice more. Where nobody is signed in there is nothing to choose.
    #[must_use]
    pub fn choose(&self, add: impl FnOnce(&mut Choosing)) -> Interaction {
        let mut next = self.clone();
        if let Stage::Choosing(choosing) = &mut next.stage {
            add(choosing);
        }
        next
    }
}

impl Stage {
    pub const NOBODY: Stage = Stage::SigningIn(SigningIn::Nobody);

    pub fn second_factor(pending: Pending) -> Stage {
        Stage::SigningIn(SigningIn::SecondFactor(Box::new(pending)))
    }

    /// The stage without the person and all they said. What is finished stays finished.
    #[must_use]
    pub fn signed_out(&self) -> Stage {
        match self {
            Stage::SigningIn(_) | Stage::Choosing(_) => Stage::NOBODY,
            Stage::Finished { .. } => Stage::Finished { session: None, answered: None },
        }
    }

    /// The beginning of the choices.
    pub fn signed_in(user: SignedIn, session: SessionId) -> Stage {
        let choosing = Choosing {
            user,
            session,
            linked: None,
            patient: None,
            picked: Vec::new(),
            consent: None,
            lasts_until: None,
        };
        Stage::Choosing(Box::new(choosing))
    }
}

impl SignIns {
    pub fn none() -> SignIns {
        SignIns { failed: 0, another: false, passkey: PasskeyTry::random(), at_provider: None }
    }
}

impl PasskeyTry {
    pub fn random() -> PasskeyTry {
        PasskeyTry { challenge: random_text::<32>(), failed: false }
    }
}
