//! Whose records the person on this way may open: what their account says, and what a Person is linked to.

use super::interaction::Interaction;
use crate::{
    signed_in::SignedIn,
    user::{self, FhirUserType, Reach},
};

/// What their account says is read anew at each visit; the links were followed on this way.
pub fn of<'a>(interaction: &'a Interaction, user: &'a SignedIn) -> Reach<'a> {
    let mut reach = user::reach(user.fhir_user.as_ref(), &user.patients);
    if let Reach::Only(patients) = &mut reach {
        for linked in interaction.linked.iter().flatten() {
            if !patients.contains(&linked.as_str()) {
                patients.push(linked);
            }
        }
    }
    reach
}

/// The Person whose links must still be followed.
pub fn unlinked_person<'a>(interaction: &Interaction, user: &'a SignedIn) -> Option<&'a str> {
    let fhir_user = user.fhir_user.as_ref().filter(|fhir_user| fhir_user.resource == FhirUserType::Person)?;
    interaction.linked.is_none().then_some(fhir_user.id.as_str())
}
