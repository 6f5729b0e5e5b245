//! Whose records the person on this way may open: what their account says, and what a Person is linked to.

use super::interaction::Choosing;
use crate::user::{self, FhirUserType, Reach};

/// What their account says is read at each visit; the links were followed on this way.
pub fn of(choosing: &Choosing) -> Reach<'_> {
    let user = &choosing.user;
    let mut reach = user::reach(user.fhir_user.as_ref(), &user.patients);
    if let Reach::Only(patients) = &mut reach {
        for linked in choosing.linked.iter().flatten() {
            if !patients.contains(&linked.as_str()) {
                patients.push(linked);
            }
        }
    }
    reach
}

/// The Person whose links must still be followed.
pub fn unlinked_person(choosing: &Choosing) -> Option<&str> {
    let fhir_user = choosing.user.fhir_user.as_ref().filter(|fhir_user| fhir_user.resource == FhirUserType::Person)?;
    choosing.linked.is_none().then_some(fhir_user.id.as_str())
}
