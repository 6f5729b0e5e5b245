//! What must the user still do? Asked again after every page; the first answer that applies is the next page.

use super::{
    account::is_bound_to_another,
    consent::{approved, is_denial},
    context::{ToPick, add_picked, asks_for_any, to_pick, wants_any},
    interaction::{Choosing, Consent, Interaction, PendingLaunch, SigningIn, Stage},
    request::AuthorizationRequest,
    second_factor::Pending,
};
use crate::{
    authorize::{
        accessible_patients::{self, unlinked_person},
        oidc_params::Hint,
    },
    launch::LaunchContext,
    oauth::error::{ErrorCode, OAuthError},
    scope::{Level, Scope, ScopeSet},
    session::SessionId,
    signed_in::SignedIn,
    time::Timestamp,
    user::Reach,
};

#[derive(Debug)]
pub enum NextStep<'a> {
    LogIn,
    /// The password was right, and more is wanted.
    SecondFactor(&'a Pending),
    /// The browser's session knows this person; is it still them?
    ChooseAccount {
        user: &'a SignedIn,
        session: &'a SessionId,
    },
    /// Somebody else is signed in at the browser than the EHR has vouched for.
    ConfirmVouched {
        user: &'a SignedIn,
        session: &'a SessionId,
    },
    /// No page: whose records this Person is linked to, the FHIR server must say first.
    FollowLinks(&'a str),
    PickPatient(Reach<'a>),
    /// An app that no EHR opened wants to know the visit, the study …
    PickContext(ToPick),
    AskConsent(Offer<'a>),
    Finish(Finish<'a>),
    Refuse(OAuthError),
    /// The app has its answer.
    Done,
}

/// What a person is asked to agree to.
#[derive(Debug)]
pub struct Offer<'a> {
    pub user: &'a SignedIn,
    pub scope: ScopeSet,
    pub context: LaunchContext,
}

/// Everything an approval is made of.
#[derive(Debug)]
pub struct Finish<'a> {
    pub offer: Offer<'a>,
    pub session: &'a SessionId,
    pub consent: &'a Consent,
    /// What of the offer is granted.
    pub scope: ScopeSet,
    /// The end of it, where the person chose one.
    pub lasts_until: Option<Timestamp>,
}

/// More wrong passwords than this and the app gets its answer: no.
pub const MOST_FAILED_SIGN_INS: u32 = 10;

pub fn next_step(interaction: &Interaction) -> NextStep<'_> {
    match &interaction.stage {
        Stage::SigningIn(SigningIn::Recognised { user, session }) => NextStep::ChooseAccount { user, session },
        Stage::SigningIn(SigningIn::Vouched { user, session }) => NextStep::ConfirmVouched { user, session },
        Stage::SigningIn(_) if interaction.sign_ins.failed >= MOST_FAILED_SIGN_INS => {
            NextStep::Refuse(denied("sign-in failed too often"))
        }
        Stage::SigningIn(SigningIn::SecondFactor(pending)) => NextStep::SecondFactor(pending),
        Stage::SigningIn(SigningIn::Nobody) => NextStep::LogIn,
        Stage::Choosing(choosing) => next_choice(interaction, choosing),
        Stage::Finished { .. } => NextStep::Done,
    }
}

fn next_choice<'a>(interaction: &'a Interaction, choosing: &'a Choosing) -> NextStep<'a> {
    let user = &choosing.user;
    // OIDC Core §3.1.2.1: somebody else than the app expected is an error, also when they have just signed in.
    if matches!(&interaction.request.id_token_hint, Some(Hint::Sub(sub)) if *sub != user.sub) {
        let text = "somebody else signed in than id_token_hint names";
        return NextStep::Refuse(OAuthError::new(ErrorCode::LoginRequired, text));
    }
    if !user.is_known_at(&interaction.request.aud) {
        return NextStep::Refuse(denied("you are not known at the FHIR server that the app asked for"));
    }
    if let Some(person) = unlinked_person(choosing)
        && depends_on_patient(interaction)
    {
        return NextStep::FollowLinks(person);
    }
    let reach = accessible_patients::of(choosing);
    if let Some(launch) = &interaction.launch
        && let Err(error) = may_take(launch, user, &reach).and_then(|()| may_be_completed(launch, interaction))
    {
        return NextStep::Refuse(error);
    }
    let mut context = match context(interaction, choosing, &reach) {
        Patient::Known(context) => context,
        Patient::ToPick => return NextStep::PickPatient(reach),
        Patient::None => return NextStep::Refuse(denied("you have no patient record that the app could use")),
    };
    add_picked(interaction, choosing, &mut context);
    if let Some(to_pick) = to_pick(interaction, choosing, &context) {
        return NextStep::PickContext(to_pick);
    }
    let scope = offered(interaction, user, &context);
    if scope.is_empty() {
        return NextStep::Refuse(OAuthError::invalid_scope("nothing of what the app asked for can be granted to you"));
    }
    let offer = Offer { user, scope, context };
    match &choosing.consent {
        None => NextStep::AskConsent(offer),
        Some(Consent::Denied) => NextStep::Refuse(denied("the user denied access")),
        Some(consent @ (Consent::Given(chosen) | Consent::Remembered(chosen))) => {
            let scope = approved(&offer.scope, chosen);
            if is_denial(&offer.scope, &scope) {
                return NextStep::Refuse(denied("the user approved none of the scopes"));
            }
            let (session, lasts_until) = (&choosing.session, choosing.lasts_until);
            NextStep::Finish(Finish { offer, session, consent, scope, lasts_until })
        }
    }
}

impl NextStep<'_> {
    /// Why this step can't be taken without showing a page (OIDC Core §3.1.2.6), if it can't.
    pub fn needs_a_page(&self) -> Option<OAuthError> {
        let (code, why) = match self {
            NextStep::LogIn | NextStep::SecondFactor(_) => (ErrorCode::LoginRequired, "nobody is signed in"),
            NextStep::ChooseAccount { .. } | NextStep::ConfirmVouched { .. } => {
                (ErrorCode::AccountSelectionRequired, "somebody else may be signed in")
            }
            NextStep::FollowLinks(_) | NextStep::PickPatient(_) | NextStep::PickContext(_) => {
                (ErrorCode::InteractionRequired, "a patient or what is in view must be picked")
            }
            NextStep::AskConsent(_) => (ErrorCode::ConsentRequired, "the user must be asked"),
            NextStep::Finish(_) | NextStep::Refuse(_) | NextStep::Done => return None,
        };
        Some(OAuthError::new(code, why))
    }
}

fn denied(why: &str) -> OAuthError {
    OAuthError::new(ErrorCode::AccessDenied, why)
}

/// A launch that the EHR meant for one user, or that shows a record this user may not open, ends here.
fn may_take(launch: &PendingLaunch, user: &SignedIn, reach: &Reach<'_>) -> Result<(), OAuthError> {
    if is_bound_to_another(launch, user) {
        return Err(denied("the launch was made for another user"));
    }
    match &launch.context.patient {
        Some(patient) if !reach.includes(patient) => Err(denied("you may not open the record that was launched")),
        _ => Ok(()),
    }
}

/// A patient who must still be found, by a page or without one, would stand beside what another patient may own.
fn may_be_completed(launch: &PendingLaunch, interaction: &Interaction) -> Result<(), OAuthError> {
    match launch.context.allows_no_pick_beside() {
        Some(what) if needs_patient(interaction) => {
            let text = format!("the launch names {what} without its patient, so no patient can be chosen beside it");
            Err(OAuthError::invalid_request(text))
        }
        _ => Ok(()),
    }
}

enum Patient {
    Known(LaunchContext),
    ToPick,
    None,
}

/// The context of the launch, with a patient in it whenever one is needed (AUTHZ-23, LC-3).
fn context(interaction: &Interaction, choosing: &Choosing, reach: &Reach<'_>) -> Patient {
    let mut context = interaction.launch.as_ref().map(|launch| launch.context.clone()).unwrap_or_default();
    let needed = needs_patient(interaction);
    if context.patient.is_some() || !(needed || wants_any(interaction)) {
        return Patient::Known(context);
    }
    context.patient = match (&choosing.patient, reach) {
        (Some(picked), _) if reach.includes(&picked.id) => Some(picked.id.clone()),
        (_, Reach::Any) => return Patient::ToPick,
        (_, Reach::Only(patients)) => match patients.as_slice() {
            [] if needed => return Patient::None,
            [] => None,
            [only] => Some((*only).to_owned()),
            [..] => return Patient::ToPick,
        },
    };
    Patient::Known(context)
}

fn needs_patient(interaction: &Interaction) -> bool {
    asks_for_patient(&interaction.request.scope)
}

fn asks_for_patient(scope: &ScopeSet) -> bool {
    scope.has_level(Level::Patient) || scope.launch_patient()
}

/// Whether a request that no EHR began has a patient in its answer, if the person has one.
pub fn is_about_a_patient(request: &AuthorizationRequest) -> bool {
    asks_for_patient(&request.scope) || asks_for_any(&request.scope)
}

/// Whether it matters which records the person may open.
fn depends_on_patient(interaction: &Interaction) -> bool {
    let launched = interaction.launch.as_ref().is_some_and(|launch| launch.context.patient.is_some());
    launched || needs_patient(interaction) || wants_any(interaction)
}

/// What can truthfully be granted to this user in this context; the consent page offers this.
fn offered(interaction: &Interaction, user: &SignedIn, context: &LaunchContext) -> ScopeSet {
    let whole = &interaction.request.scope;
    let requested = &if may_stay_offline(interaction) { whole.clone() } else { without_offline(whole) };
    requested.without(|scope| match scope {
        Scope::FhirUser => user.fhir_user.is_none() || !requested.has_openid(),
        Scope::Profile => !requested.has_openid(),
        Scope::Launch(launch) => !context.answers(launch),
        // One of the two ends of access: `offline_access` does not end with the session.
        Scope::OnlineAccess => requested.offline_access(),
        _ => false,
    })
}

/// An EHR's word is for the work at its screen; what outlives that is for the operator to allow (VOUCH-11).
fn may_stay_offline(interaction: &Interaction) -> bool {
    interaction.goes_on_vouched().is_none_or(|vouched| vouched.offline)
}

/// What is left for a person who was shown no page.
pub fn without_offline(scope: &ScopeSet) -> ScopeSet {
    scope.without(|scope| *scope == Scope::OfflineAccess)
}
