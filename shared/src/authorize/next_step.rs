//! What must the user still do? Asked again after every page; the first answer that applies is the next page.

use super::{
    account::is_bound_to_another,
    interaction::{Consent, Interaction, PendingLaunch, SignedIn},
    wishes::Hint,
};
use crate::{
    launch::LaunchContext,
    oauth::error::{ErrorCode, OAuthError},
    scope::{Level, Scope, ScopeSet},
    user::{self, Reach},
};

#[derive(Debug)]
pub enum NextStep<'a> {
    LogIn,
    /// The browser's session knows this person; is it still them?
    ChooseAccount(&'a SignedIn),
    PickPatient(Reach<'a>),
    AskConsent {
        user: &'a SignedIn,
        offered: ScopeSet,
    },
    Finish(Finish<'a>),
    Refuse(OAuthError),
}

/// Everything an approval is made of.
#[derive(Debug)]
pub struct Finish<'a> {
    pub user: &'a SignedIn,
    /// What the consent page offered.
    pub offered: ScopeSet,
    pub scope: ScopeSet,
    pub context: LaunchContext,
}

/// More wrong passwords than this and the app gets its answer: no.
pub const MOST_FAILED_SIGN_INS: u32 = 10;

pub fn next_step(interaction: &Interaction) -> NextStep<'_> {
    let Some(user) = &interaction.user else {
        return if let Some(candidate) = &interaction.candidate {
            NextStep::ChooseAccount(candidate)
        } else if interaction.failed_sign_ins >= MOST_FAILED_SIGN_INS {
            NextStep::Refuse(denied("sign-in failed too often"))
        } else {
            NextStep::LogIn
        };
    };
    // OIDC Core §3.1.2.1: somebody else than the app expected is an error, also when they have just signed in.
    if matches!(&interaction.request.id_token_hint, Some(Hint::Sub(sub)) if *sub != user.sub) {
        let text = "somebody else signed in than id_token_hint names";
        return NextStep::Refuse(OAuthError::new(ErrorCode::LoginRequired, text));
    }
    let reach = user::reach(user.fhir_user.as_ref(), &user.patients);
    if let Some(launch) = &interaction.launch
        && let Err(error) = may_take(launch, user, &reach)
    {
        return NextStep::Refuse(error);
    }
    let context = match context(interaction, &reach) {
        Patient::Known(context) => context,
        Patient::ToPick => return NextStep::PickPatient(reach),
        Patient::None => return NextStep::Refuse(denied("you have no patient record that the app could use")),
    };
    let offered = offered(&interaction.request.scope, user, &context);
    if offered.is_empty() {
        return NextStep::Refuse(OAuthError::invalid_scope("nothing of what the app asked for can be granted to you"));
    }
    match &interaction.consent {
        None => NextStep::AskConsent { user, offered },
        Some(Consent::Denied) => NextStep::Refuse(denied("the user denied access")),
        Some(Consent::Given(chosen)) => {
            let scope = approved(&offered, chosen);
            if scope.iter().all(|scope| !is_choice(scope)) && offered.iter().any(is_choice) {
                return NextStep::Refuse(denied("the user approved none of the scopes"));
            }
            NextStep::Finish(Finish { user, offered, scope, context })
        }
    }
}

impl NextStep<'_> {
    /// Why this step can't be taken without showing a page (OIDC Core §3.1.2.6), if it can't.
    pub fn needs_a_page(&self) -> Option<OAuthError> {
        let (code, why) = match self {
            NextStep::LogIn => (ErrorCode::LoginRequired, "nobody is signed in"),
            NextStep::ChooseAccount(_) => (ErrorCode::AccountSelectionRequired, "somebody else may be signed in"),
            NextStep::PickPatient(_) => (ErrorCode::InteractionRequired, "a patient must be picked"),
            NextStep::AskConsent { .. } => (ErrorCode::ConsentRequired, "the user must be asked"),
            NextStep::Finish(_) | NextStep::Refuse(_) => return None,
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

enum Patient {
    Known(LaunchContext),
    ToPick,
    None,
}

/// The context of the launch, with a patient in it whenever one is needed (AUTHZ-23, LC-3).
fn context(interaction: &Interaction, reach: &Reach<'_>) -> Patient {
    let mut context = interaction.launch.as_ref().map(|launch| launch.context.clone()).unwrap_or_default();
    let scope = &interaction.request.scope;
    if context.patient.is_some() || !(scope.has_level(Level::Patient) || scope.launch_patient()) {
        return Patient::Known(context);
    }
    context.patient = match (&interaction.patient, reach) {
        (Some(picked), _) if reach.includes(&picked.id) => Some(picked.id.clone()),
        (_, Reach::Any) => return Patient::ToPick,
        (_, Reach::Only(patients)) => match patients.as_slice() {
            [] => return Patient::None,
            [only] => Some((*only).to_owned()),
            [..] => return Patient::ToPick,
        },
    };
    Patient::Known(context)
}

/// What can truthfully be granted to this user in this context; the consent page offers this.
fn offered(requested: &ScopeSet, user: &SignedIn, context: &LaunchContext) -> ScopeSet {
    requested.without(|scope| match scope {
        Scope::FhirUser | Scope::Profile => user.fhir_user.is_none() || !requested.has_openid(),
        Scope::Launch(launch) => !context.answers(launch),
        _ => false,
    })
}

/// Whether a person chooses about this scope. Launch scopes say what is in view, which the launch already showed.
pub fn is_choice(scope: &Scope) -> bool {
    !matches!(scope, Scope::Launch(_))
}

/// What was offered and chosen, and what goes without choosing. `fhirUser` falls with `openid`.
fn approved(offered: &ScopeSet, chosen: &ScopeSet) -> ScopeSet {
    let kept = offered.without(|scope| is_choice(scope) && !chosen.iter().any(|c| c == scope));
    let openid = kept.has_openid();
    kept.without(|scope| matches!(scope, Scope::FhirUser | Scope::Profile) && !openid)
}
