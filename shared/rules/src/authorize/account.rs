//! May the person whom the browser's session knows go on with this request, or must they be asked, or sign in?

use super::interaction::{Interaction, PendingLaunch};
use crate::{
    authorize::oidc_params::{Hint, Prompt},
    signed_in::SignedIn,
    time::Timestamp,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    GoOn,
    Ask,
    SignIn,
}

/// What an app's wishes (OIDC Core §3.1.2.1) and the EHR's launch make of a session.
pub fn fit(interaction: &Interaction, user: &SignedIn, now: Timestamp) -> Fit {
    let request = &interaction.request;
    let too_old = request.max_age.is_some_and(|age| age == 0 || now.since(user.auth_time) > age);
    if interaction.sign_ins.another || request.prompts(Prompt::Login) || too_old {
        return Fit::SignIn;
    }
    if matches!(&request.id_token_hint, Some(Hint::Sub(sub)) if *sub != user.sub) {
        return Fit::SignIn;
    }
    // Who they are at another FHIR server says nothing of this one: their provider is asked again, or somebody else signs in.
    if !user.is_known_at(&request.aud) {
        return Fit::SignIn;
    }
    match &interaction.launch {
        Some(launch) if is_bound_to_another(launch, user) => return Fit::SignIn,
        // The EHR has said who it is; nothing is left to choose.
        Some(PendingLaunch { user: Some(_), .. }) => return Fit::GoOn,
        _ => {}
    }
    let another = request.login_hint.as_ref().is_some_and(|hint| !hint.eq_ignore_ascii_case(&user.username));
    let unreadable = matches!(request.id_token_hint, Some(Hint::Unreadable));
    if request.prompts(Prompt::SelectAccount) || another || unreadable { Fit::Ask } else { Fit::GoOn }
}

/// Whether the EHR meant this launch for somebody else: it names a username or a `fhirUser` reference.
pub fn is_bound_to_another(launch: &PendingLaunch, user: &SignedIn) -> bool {
    let Some(bound) = &launch.user else { return false };
    let reference = user.fhir_user.clone().map(String::from);
    !bound.eq_ignore_ascii_case(&user.username) && reference.as_deref() != Some(bound)
}
