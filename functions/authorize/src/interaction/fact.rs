//! What a form adds to an interaction.

use super::visit::Visit;
use rules::{
    authorize::{
        interaction::{Choosing, Interaction, Stage},
        second_factor::Pending,
    },
    signed_in::SignedIn,
};
use server::audit::AuditRecord;

pub enum Fact {
    /// The interaction with one fact more, and what was decided on the way to it.
    Learned { next: Box<Interaction>, records: Vec<AuditRecord> },
    /// Somebody is, and what was decided on the way to it.
    SignedIn(Box<SignedIn>, Vec<AuditRecord>),
    /// A right password that is not enough.
    NeedsMore(Box<Pending>),
}

impl Fact {
    pub fn nothing(visit: &Visit) -> Fact {
        Fact::learned(visit.interaction.value.clone())
    }

    pub fn learned(next: Interaction) -> Fact {
        Fact::decided(next, Vec::new())
    }

    pub fn decided(next: Interaction, records: Vec<AuditRecord>) -> Fact {
        Fact::Learned { next: Box::new(next), records }
    }

    pub fn signed_in(user: SignedIn) -> Fact {
        Fact::SignedIn(Box::new(user), Vec::new())
    }

    pub fn stage(visit: &Visit, stage: Stage) -> Fact {
        Fact::learned(visit.interaction.at(stage))
    }

    /// One choice of a person who is signed in.
    pub fn choice(visit: &Visit, add: impl FnOnce(&mut Choosing)) -> Fact {
        Fact::learned(visit.interaction.choose(add))
    }
}
