//! What of the scopes asked for is granted under the scopes allowed.

use super::rights::Rights;
use super::set::Entry;
use super::shorten::without_redundant;
use super::{Scope, ScopeSet};

#[derive(Clone, Debug)]
pub struct Narrowing {
    /// In the order and spelling of what was asked; a v1 scope is answered in v1 where v1 can say the truth.
    pub granted: ScopeSet,
    /// One for each scope asked, in order: the explanation of a grant that is smaller than the wish.
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
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

/// As many scopes as narrowing may add. A wildcard becomes at most one scope for each type allowed, so an honest request
/// stays far below; thousands of differently limited wildcards would otherwise be multiplied by every type there is.
const MOST_NARROWED: usize = 2_000;

/// Never grants more than either side. A scope of which too much would be left to write down is dropped.
pub fn narrow(asked: &ScopeSet, allowed: &ScopeSet) -> Narrowing {
    let rights = Rights::of(allowed);
    let mut room = MOST_NARROWED;
    let steps: Vec<Step> = asked
        .iter()
        .map(|scope| {
            let outcome = if rights.contain(scope) { Outcome::Kept } else { narrow_one(scope, &rights, room) };
            if let Outcome::NarrowedTo(scopes) = &outcome {
                room = room.saturating_sub(scopes.len());
            }
            Step { asked: scope.clone(), outcome }
        })
        .collect();
    Narrowing { granted: granted(asked, &steps), steps }
}

fn narrow_one<'a>(scope: &'a Scope, rights: &Rights<'a>, room: usize) -> Outcome {
    let scopes: Vec<Scope> = if room == 0 { vec![] } else { rights.meets(scope).take(room + 1).collect() };
    if scopes.is_empty() || scopes.len() > room {
        return Outcome::Dropped;
    }
    Outcome::NarrowedTo(without_redundant(scopes))
}

/// What is left of a wildcard isn't said again where the app asked for it by name and got it.
fn granted(asked: &ScopeSet, steps: &[Step]) -> ScopeSet {
    let is_kept = |(entry, step): &(&Entry, &Step)| matches!(step.outcome, Outcome::Kept).then(|| (*entry).clone());
    let kept: ScopeSet = asked.entries.iter().zip(steps).filter_map(|pair| is_kept(&pair)).collect();
    let kept = Rights::of(&kept);
    let of_step = |(entry, step): (&Entry, &Step)| match &step.outcome {
        Outcome::Kept => vec![entry.clone()],
        Outcome::NarrowedTo(scopes) => {
            let new = scopes.iter().filter(|scope| !kept.contain(scope)).cloned();
            new.map(|scope| Entry { scope, form: entry.form }).collect()
        }
        Outcome::Dropped => vec![],
    };
    asked.entries.iter().zip(steps).flat_map(of_step).collect()
}
