//! What of the scopes asked for is granted under the scopes allowed.

use super::{Scope, ScopeSet, rights::Rights, set::Entry, shorten::without_redundant};

#[derive(Clone, Debug)]
pub struct Narrowing {
    /// In the order and spelling of what was asked; a v1 scope is answered in v1 where v1 can say the truth.
    pub granted: ScopeSet,
    /// One for each scope asked, in order: the explanation of a grant that is smaller than the wish.
    pub steps: Vec<NarrowingStep>,
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

/// As many scopes as narrowing may make of others. A wildcard becomes at most one scope for each scope allowed, so an
/// honest request stays far below; thousands of differently limited wildcards would otherwise be multiplied by every
/// type there is.
const MOST_NARROWED: usize = 5_000;

/// Never grants more than either side. A scope of which too much would be left to write down is dropped.
pub fn narrow(asked: &ScopeSet, allowed: &ScopeSet) -> Narrowing {
    let rights = Rights::of(allowed);
    let mut room = MOST_NARROWED;
    let mut outcome = |scope| {
        if rights.contain(scope) {
            return Outcome::Kept;
        }
        let left: Vec<Scope> = rights.meets(scope).take(room).collect();
        room -= left.len();
        if left.is_empty() || room == 0 { Outcome::Dropped } else { Outcome::NarrowedTo(without_redundant(left)) }
    };
    let steps: Vec<NarrowingStep> =
        asked.iter().map(|scope| NarrowingStep { asked: scope.clone(), outcome: outcome(scope) }).collect();
    Narrowing { granted: granted(asked, &steps), steps }
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
