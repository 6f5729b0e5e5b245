//! A scope string: each scope in words, each mistake pointed at, and what does not go together.

use super::page::{Finding, Mark, Report, sentence};
use authorize::texts::Texts;
use rules::{
    scope::{ResourceType, Scope, ScopeSet, resource_types},
    tenant::Language,
};
use std::collections::HashSet;

pub fn judge(text: &str) -> Report {
    let mut seen = HashSet::new();
    let mut findings = Vec::new();
    // Line breaks come from pasting; a scope string itself has spaces alone (RFC 6749 §3.3).
    for piece in text.split_whitespace() {
        findings.push(match piece.parse::<Scope>() {
            Ok(_) if !seen.insert(piece) => Finding::new(Mark::Note, piece, "A second time", "It changes nothing."),
            Ok(ref scope) if let Some(name) = unknown_type(scope) => {
                let why =
                    format!("FHIR R4 has no resource type {name}, so nothing will ever be found under this scope.");
                Finding::new(Mark::Bad, piece, format!("What is {name}?"), why)
            }
            Ok(scope) => {
                let words = Texts::of(Language::En).scope(&scope);
                Finding::new(Mark::Good, piece, words.title, words.explanation)
            }
            Err(unusable) => {
                let why = format!(
                    "{}. A server leaves it out and goes on with the rest.",
                    sentence(unusable.reason.as_str())
                );
                Finding::new(Mark::Bad, piece, "Not a scope", why)
            }
        });
    }
    findings.extend(together(&ScopeSet::parse(text).set));
    Report::of(findings, "Each of these scopes can be asked for.", "Not all of this can be used")
}

/// The grammar takes any name: FHIR gets new types, and each server knows its own.
fn unknown_type(scope: &Scope) -> Option<&str> {
    match &scope.as_resource()?.resource {
        ResourceType::Named(name) if resource_types::named(name) != Some(name) => Some(name),
        _ => None,
    }
}

/// What is true of the set and of none of its members.
fn together(set: &ScopeSet) -> Vec<Finding> {
    let mut notes = Vec::new();
    let mut note = |condition: bool, about: &str, title: &str, text: &str| {
        if condition {
            notes.push(Finding::new(Mark::Note, about, title, text));
        }
    };
    let (fhir_user, openid) = (set.has_fhir_user(), set.has_openid());
    note(
        fhir_user && !openid,
        "fhirUser",
        "Needs openid beside it",
        "fhirUser is a claim of the id_token, and there is none without openid.",
    );
    note(
        set.launch(),
        "launch",
        "For EHR launches alone",
        "It must come with the launch value that the EHR gave to the app, and is refused without.",
    );
    let standalone = !set.launch() && !set.launch_patient();
    let patient = set.has_level(rules::scope::Level::Patient);
    note(
        standalone && patient,
        "patient/…",
        "Which patient?",
        "Ask for launch/patient too when no EHR launches the app, so that a patient is chosen and you learn which.",
    );
    let both = set.offline_access() && set.online_access();
    note(
        both,
        "offline_access online_access",
        "One of the two is enough",
        "offline_access lasts beyond the sign-in, online_access as long as it.",
    );
    note(
        set.iter().any(Scope::is_experimental),
        "?…",
        "Experimental",
        "SMART calls search modifiers, chaining and _filter in scopes experimental; other servers may not know them.",
    );
    notes
}
