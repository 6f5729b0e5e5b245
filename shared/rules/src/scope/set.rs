//! A list of scopes as an app wrote it: its order and spelling stay, repetitions go.

use super::{
    Scope,
    launch::LaunchScope,
    resource::{Level, ResourceScope},
    unusable::Unusable,
    uri_form::{self, Form},
};
use std::{collections::HashSet, fmt};

/// Two sets are `==` when they print the same; see [`ScopeSet::same_rights`] for what they mean.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct ScopeSet {
    pub(super) entries: Vec<Entry>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Entry {
    pub(super) scope: Scope,
    pub(super) form: Form,
}

#[derive(Clone, Debug, Default)]
pub struct ParsedScopes {
    pub set: ScopeSet,
    pub unusable: Vec<Unusable>,
}

impl ScopeSet {
    /// Reads what an app sent. Only a space separates; nothing is decoded here, because the form was decoded already.
    pub fn parse(text: &str) -> ParsedScopes {
        let mut seen = HashSet::new();
        let mut parsed = ParsedScopes::default();
        for piece in text.split(' ').filter(|piece| !piece.is_empty() && seen.insert(*piece)) {
            match uri_form::parse(piece) {
                Ok((form, scope)) => parsed.set.entries.push(Entry { scope, form }),
                Err(reason) => parsed.unusable.push(Unusable { text: piece.to_owned(), reason }),
            }
        }
        parsed
    }

    /// Reads what an operator configured or we stored: the first piece that can't be used is an error.
    pub fn strict(text: &str) -> Result<ScopeSet, Unusable> {
        let mut seen = HashSet::new();
        let mut set = ScopeSet::default();
        for piece in text.split(' ').filter(|_| !text.is_empty()) {
            let (form, scope) = uri_form::parse(piece).map_err(|reason| Unusable { text: piece.to_owned(), reason })?;
            if seen.insert(piece) {
                set.entries.push(Entry { scope, form });
            }
        }
        Ok(set)
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Scope> + Clone {
        self.entries.iter().map(|entry| &entry.scope)
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Of its text.
    pub fn bytes(&self) -> usize {
        let of_entry = |entry: &Entry| uri_form::prefix(entry.form, &entry.scope).len() + entry.scope.bytes();
        self.entries.iter().map(of_entry).sum::<usize>() + self.entries.len().saturating_sub(1)
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn retain(&mut self, keep: impl Fn(&Scope) -> bool) {
        self.entries.retain(|entry| keep(&entry.scope));
    }

    /// All but those.
    pub fn without(&self, unwanted: impl Fn(&Scope) -> bool) -> ScopeSet {
        self.entries.iter().filter(|entry| !unwanted(&entry.scope)).cloned().collect()
    }

    pub fn has_openid(&self) -> bool {
        self.iter().any(|scope| *scope == Scope::OpenId)
    }

    pub fn has_fhir_user(&self) -> bool {
        self.iter().any(|scope| *scope == Scope::FhirUser)
    }

    pub fn has_profile(&self) -> bool {
        self.iter().any(|scope| *scope == Scope::Profile)
    }

    pub fn offline_access(&self) -> bool {
        self.iter().any(|scope| *scope == Scope::OfflineAccess)
    }

    pub fn online_access(&self) -> bool {
        self.iter().any(|scope| *scope == Scope::OnlineAccess)
    }

    /// The bare `launch`.
    pub fn launch(&self) -> bool {
        self.iter().any(|scope| *scope == Scope::Launch(LaunchScope::Ehr))
    }

    pub fn launch_patient(&self) -> bool {
        self.launch_contexts().any(|launch| launch.is_main("patient"))
    }

    pub fn launch_encounter(&self) -> bool {
        self.launch_contexts().any(|launch| launch.is_main("encounter"))
    }

    /// Every `launch/…`, with `launch/patient` and `launch/encounter`.
    pub fn launch_contexts(&self) -> impl Iterator<Item = &LaunchScope> {
        self.iter().filter_map(Scope::as_launch).filter(|launch| **launch != LaunchScope::Ehr)
    }

    pub fn resources(&self) -> impl Iterator<Item = &ResourceScope> {
        self.iter().filter_map(Scope::as_resource)
    }

    pub fn has_level(&self, level: Level) -> bool {
        self.resources().any(|resource| resource.level == level)
    }
}

impl FromIterator<Entry> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        let mut seen = HashSet::new();
        ScopeSet { entries: entries.into_iter().filter(|entry| seen.insert(entry.clone())).collect() }
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        scopes.into_iter().map(|scope| Entry { scope, form: Form::Short }).collect()
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, entry) in self.entries.iter().enumerate() {
            write!(f, "{}{entry}", if index == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", uri_form::prefix(self.form, &self.scope), self.scope)
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScopeSet({self})")
    }
}
