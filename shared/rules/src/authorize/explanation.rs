//! Why an app was granted less than it asked for: per scope, and by which rule. For the log, under an id that the app gets.

use crate::scope::{LaunchScope, Outcome, Scope, ScopeSet, narrow};

/// What a scope went through on its way from the request to the grant.
pub struct Facts<'a> {
    /// As the app wrote it.
    pub asked: &'a str,
    /// What the client is registered for.
    pub client: &'a ScopeSet,
    /// What was left by the client's registration and by the kind of flow.
    pub requested: &'a ScopeSet,
    /// What was left for this user and this launch.
    pub offered: &'a ScopeSet,
    pub granted: &'a ScopeSet,
}

/// One line for each asked scope that is not granted as it was asked; none if all are.
pub fn lines(facts: &Facts<'_>) -> Vec<String> {
    let parsed = ScopeSet::parse(facts.asked);
    let unusable = parsed.unusable.iter().map(|unusable| format!("dropped: {}", unusable.reason.as_str()));
    let steps = narrow(&parsed.set, facts.client).steps;
    let judged = steps.into_iter().filter_map(|step| {
        let asked = without_query(&step.asked);
        match step.outcome {
            Outcome::Dropped => Some(format!("{asked} dropped: the client is not registered for it")),
            Outcome::Kept => lost(&step.asked, facts).map(|why| format!("{asked} {why}")),
            Outcome::NarrowedTo(left) => {
                let left = listed(&left, |scope| match lost(scope, facts) {
                    Some(why) => format!("{} {why}", without_query(scope)),
                    None => without_query(scope),
                });
                Some(format!("{asked} narrowed by the client's registration to {left}"))
            }
        }
    });
    let mut lines: Vec<String> = unusable.chain(judged).collect();
    let more = lines.len().saturating_sub(MOST_LINES);
    if more > 0 {
        lines.truncate(MOST_LINES);
        lines.push(format!("and {more} more"));
    }
    lines
}

/// An app may ask for a thousand scopes, and a line of a log ends.
const MOST_LINES: usize = 60;
/// Scopes that are named in one line.
const MOST_NAMED: usize = 20;
/// Characters of a scope that are shown.
const MOST_SHOWN: usize = 120;

fn listed(scopes: &[Scope], name: impl Fn(&Scope) -> String) -> String {
    let more = scopes.len().saturating_sub(MOST_NAMED);
    let more = (more > 0).then(|| format!("and {more} more"));
    scopes.iter().take(MOST_NAMED).map(name).chain(more).collect::<Vec<_>>().join(", ")
}

/// The first rule after the client's registration that took this scope away, or a part of it.
fn lost(scope: &Scope, facts: &Facts<'_>) -> Option<String> {
    if facts.granted.contains(scope) {
        None
    } else if !facts.requested.contains(scope) {
        Some(unfit(scope, facts).to_owned())
    } else if !facts.offered.contains(scope) {
        Some("dropped: not for this user or this launch".to_owned())
    } else {
        let left = narrow(&[scope.clone()].into_iter().collect(), facts.granted).granted;
        let left: Vec<Scope> = left.iter().cloned().collect();
        Some(match left.is_empty() {
            true => "dropped: the user's choice".to_owned(),
            false => format!("narrowed by the user's choice to {}", listed(&left, without_query)),
        })
    }
}

/// Why the kind of flow, or the audience of the token, took it away.
fn unfit(scope: &Scope, facts: &Facts<'_>) -> &'static str {
    if scope.is_power() {
        "dropped: a power over Admit is in no token for a FHIR server, and in none of a person's app. A backend service asks \
         for it alone, or with the issuer as the resource"
    } else if scope.as_launch() == Some(&LaunchScope::Ehr) {
        "dropped: no launch parameter came, so no EHR has said what is in view"
    } else if scope.as_resource().is_some()
        && !facts.requested.is_empty()
        && facts.requested.iter().all(Scope::is_power)
    {
        "dropped: not in a token for Admit itself. Ask for it with a FHIR server as the resource"
    } else {
        "dropped: not for this kind of flow or client"
    }
}

/// A search parameter may hold an identifier of a patient, which no log may hold.
fn without_query(scope: &Scope) -> String {
    let text: String = scope.to_string().chars().take(MOST_SHOWN).collect();
    match text.split_once('?') {
        Some((scope, _)) => format!("{scope}?…"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_lost_scope_names_the_rule_that_took_it() {
        let set = |text: &str| ScopeSet::parse(text).set;
        let facts = Facts {
            asked: "openid fhirUser patient/Observation.rs patient/*.cruds system/*.rs nonsense",
            client: &set("openid fhirUser patient/*.rs system/*.rs"),
            requested: &set("openid fhirUser patient/Observation.rs patient/*.rs"),
            offered: &set("openid patient/Observation.rs patient/*.rs"),
            granted: &set("patient/Observation.rs"),
        };
        let lines = lines(&facts);
        assert!(lines[0].starts_with("dropped: not a scope"), "{lines:?}");
        assert_eq!(
            lines[1..],
            [
                "openid dropped: the user's choice",
                "fhirUser dropped: not for this user or this launch",
                "patient/*.cruds narrowed by the client's registration to patient/*.rs narrowed by the user's choice to \
                 patient/Observation.rs",
                "system/*.rs dropped: not for this kind of flow or client",
            ]
        );
    }

    #[test]
    fn nothing_is_said_of_a_wish_that_was_granted() {
        let set = ScopeSet::parse("openid patient/*.rs").set;
        let facts = Facts { asked: "openid patient/*.rs", client: &set, requested: &set, offered: &set, granted: &set };
        assert!(lines(&facts).is_empty());
    }
}
