//! What of the scopes asked for is granted under the scopes allowed.

use super::{Scope, ScopeSet, rights::Rights, set::Entry, shorten::without_redundant};

#[derive(Clone, Debug)]
pub struct Narrowing {
    /// In the order and spelling of what was asked; a v1 scope is answered in v1 where v1 can say the truth.
    pub granted: ScopeSet,
    /// One for each scope asked, in order: the explanation of a grant that is smaller than the wish.
    pub steps: Vec<NarrowingStep>,
    /// More would have been left than can be written down, so that something was dropped that is allowed.
    pub is_cut: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NarrowingStep {
    pub asked: Scope,
    pub outcome: Outcome,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Kept,
    /// `patient/*.rs` where only two types are allowed, `.rs` where only one category is.
    NarrowedTo(Vec<Scope>),
    Dropped,
}

/// As many scopes as narrowing may make of others, and as many bytes. A wildcard becomes at most one scope for each scope
/// allowed, so an honest request stays far below; differently limited wildcards would otherwise be multiplied by every type there
/// is, and a long limit with them. Many times what can be granted (`length`), since much of it says the same.
const MOST_NARROWED: usize = 5_000;
const MOST_NARROWED_BYTES: usize = 128_000;

/// Never grants more than either side. A scope of which too much would be left to write down is dropped.
pub fn narrow(asked: &ScopeSet, allowed: &ScopeSet) -> Narrowing {
    let rights = Rights::of(allowed);
    let mut room = Room { scopes: MOST_NARROWED, bytes: MOST_NARROWED_BYTES, is_cut: false };
    let mut outcome = |scope| {
        if rights.contain(scope) {
            return Outcome::Kept;
        }
        match room.take(rights.meets(scope)) {
            Some(left) if !left.is_empty() => Outcome::NarrowedTo(without_redundant(left)),
            _ => Outcome::Dropped,
        }
    };
    let steps: Vec<NarrowingStep> =
        asked.iter().map(|scope| NarrowingStep { asked: scope.clone(), outcome: outcome(scope) }).collect();
    Narrowing { granted: granted(asked, &steps), steps, is_cut: room.is_cut }
}

struct Room {
    scopes: usize,
    bytes: usize,
    is_cut: bool,
}

impl Room {
    /// All of these, or none where there is no room for them. The first that has none takes all that was left: nothing after it is
    /// worked on.
    fn take(&mut self, scopes: impl Iterator<Item = Scope>) -> Option<Vec<Scope>> {
        let mut taken = Vec::new();
        for scope in scopes {
            let bytes = self.bytes.checked_sub(scope.bytes());
            let (Some(bytes), Some(scopes)) = (bytes, self.scopes.checked_sub(1)) else {
                *self = Room { scopes: 0, bytes: 0, is_cut: true };
                return None;
            };
            (self.bytes, self.scopes) = (bytes, scopes);
            taken.push(scope);
        }
        Some(taken)
    }
}

/// What is left of a wildcard isn't said again where the app asked for it by name and got it.
fn granted(asked: &ScopeSet, steps: &[NarrowingStep]) -> ScopeSet {
    let is_kept =
        |(entry, step): &(&Entry, &NarrowingStep)| matches!(step.outcome, Outcome::Kept).then(|| (*entry).clone());
    let kept: ScopeSet = asked.entries.iter().zip(steps).filter_map(|pair| is_kept(&pair)).collect();
    let kept = Rights::of(&kept);
    let of_step = |(entry, step): (&Entry, &NarrowingStep)| match &step.outcome {
        Outcome::Kept => vec![entry.clone()],
        Outcome::NarrowedTo(scopes) => {
            let new = scopes.iter().filter(|scope| !kept.contain(scope)).cloned();
            new.map(|scope| Entry { scope, form: entry.form }).collect()
        }
        Outcome::Dropped => vec![],
    };
    asked.entries.iter().zip(steps).flat_map(of_step).collect()
}
