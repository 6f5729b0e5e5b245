//! A wrong patient was picked: on each page after the picker the person can go back to it.

use crate::interaction::{fact::Fact, visit::Visit};
use rules::{authorize::patient_picker::may_pick_another, oauth::params::Params};

pub fn may_be_picked(visit: &Visit) -> bool {
    may_pick_another(&visit.interaction, &visit.tenant.pages.patient_picker)
}

/// What the button of these pages says, if this form is of it.
pub fn take(visit: &Visit, form: &Params) -> Option<Fact> {
    form.has("another_patient").then(|| match may_be_picked(visit) {
        true => Fact::learned(visit.interaction.before_patient()),
        false => Fact::nothing(visit),
    })
}
