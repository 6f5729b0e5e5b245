//! How long an app may come back without its person, where the person chooses (DUR-1).

use crate::{
    client::Client,
    scope::{Scope, ScopeSet},
    tenant::{AccessDuration, Policy},
    time::Timestamp,
};

/// What a person chose: what of the scope, and until when at the latest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lasting {
    pub scope: ScopeSet,
    pub until: Option<Timestamp>,
}

/// The choices before a person, in the tenant's order. None where nothing of the offer lasts, or the tenant leaves no choice.
pub fn durations(offered: &ScopeSet, client: &Client, policy: &Policy) -> Vec<AccessDuration> {
    if !offered.offline_access() {
        return Vec::new();
    }
    let is_allowed = |duration: &AccessDuration| match (duration, policy.refresh_absolute_seconds) {
        // An app that can't run without is not let in for once.
        (AccessDuration::Once, _) => !client.required_scope.offline_access(),
        (duration, Some(most)) => duration.seconds().is_none_or(|seconds| seconds <= most),
        (_, None) => true,
    };
    policy.access_durations.iter().copied().filter(is_allowed).collect()
}

/// What was ticked, with what was chosen for how long. None where the form holds none of the choices: it is asked again.
pub fn chosen(ticked: ScopeSet, choices: &[AccessDuration], form: Option<&str>, now: Timestamp) -> Option<Lasting> {
    if choices.is_empty() {
        return Some(Lasting { scope: ticked, until: None });
    }
    let duration = AccessDuration::parse(form?).ok().filter(|duration| choices.contains(duration))?;
    let without = ticked.without(|scope| *scope == Scope::OfflineAccess);
    let scope = match duration {
        AccessDuration::Once => without,
        AccessDuration::Days(_) | AccessDuration::UntilEnded => {
            without.union(&[Scope::OfflineAccess].into_iter().collect())
        }
    };
    Some(Lasting { scope, until: duration.seconds().map(|seconds| now.plus(seconds)) })
}
