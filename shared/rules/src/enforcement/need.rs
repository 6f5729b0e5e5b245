//! Which interactions a request is, on which type, in whose record (FHIR R4, RESTful API).

use super::{FhirRequest, Seen};
use crate::{
    fhir_id::is_type,
    scope::{
        FhirInteraction::{self, Create, Delete, HistoryInstance, HistoryType, Patch, Read, Search, Update, VRead},
        Level, Permissions, ResourceScope, ResourceType, Scope, ScopeSet,
    },
};
use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;

/// All of the interactions must be allowed on all of the types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// None: any good token is enough.
    pub interactions: Vec<FhirInteraction>,
    /// `*` is the whole system.
    pub types: Vec<String>,
    pub whose: Whose,
    /// Types that a search brings along (`_include`, `_revinclude`), to be read.
    pub included: Vec<String>,
}

/// Whose record a path is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The path doesn't tell; the FHIR server must.
    Unknown,
    /// `/Patient/123` and what is below it.
    Patient(String),
    /// It can be anybody's, so a right to one record is not enough.
    Anybody,
}

const EVERYTHING: [FhirInteraction; 5] = [Create, Read, Update, Delete, Search];

/// Operations that read and search the type they are called on.
const READING: [&str; 11] = [
    "$docref",
    "$expand",
    "$find-matches",
    "$lastn",
    "$lookup",
    "$match",
    "$stats",
    "$subsumes",
    "$translate",
    "$validate",
    "$validate-code",
];

/// Operations that gather a record, of whatever types.
const GATHERING: [&str; 3] = ["$everything", "$export", "$summary"];

/// The compartments of FHIR R4; of these only the patient's bounds a scope.
const COMPARTMENTS: [&str; 5] = ["Device", "Encounter", "Patient", "Practitioner", "RelatedPerson"];

/// None for what is no request of FHIR's RESTful API.
pub fn need(request: &FhirRequest<'_>) -> Option<Need> {
    let mut need = of_path(request)?;
    need.included = included(request);
    if hides_its_search(request) && need.interactions.contains(&Search) {
        need.included.push("*".to_owned());
    }
    Some(need)
}

/// Whether it may search by what is not seen here.
fn hides_its_search(request: &FhirRequest<'_>) -> bool {
    let is_form = || {
        let path = segments(request.path);
        request.method == "POST" && path.is_some_and(|path| path.last().is_some_and(|last| last == "_search"))
    };
    match request.seen {
        Seen::All => false,
        Seen::NoForms => is_form(),
        Seen::NoQuery => true,
    }
}

fn of_path(request: &FhirRequest<'_>) -> Option<Need> {
    let segments = segments(request.path)?;
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let method = if request.method == "HEAD" { "GET" } else { request.method };
    Some(match (method, segments.as_slice()) {
        ("GET", ["metadata"] | [".well-known", "smart-configuration"]) => of(&[], "*"),
        ("GET", []) | ("GET" | "POST", ["_search"]) => of(&[Search], "*"),
        // What is in a batch, nobody sees here.
        ("POST", []) => of(&EVERYTHING, "*").of_anybody(),
        ("GET", ["_history"]) => of(&[HistoryType], "*"),
        ("GET" | "POST", [operation]) if operation.starts_with('$') => of_operation(operation, "*", request)?,
        ("GET", [kind]) => of(&[Search], known(kind)?),
        // A resource that is being created is not the patient in context.
        ("POST", ["Patient"]) => create("Patient", request).of_anybody(),
        ("POST", [kind]) => create(known(kind)?, request),
        // Conditional: the server searches for what it changes.
        ("PUT", [kind]) => of(&[Update, Create, Search], known(kind)?),
        ("PATCH", [kind]) => of(&[Patch, Search], known(kind)?),
        ("DELETE", [kind]) => of(&[Delete, Search], known(kind)?).of_anybody(),
        ("GET" | "POST", [kind, "_search"]) => of(&[Search], known(kind)?),
        ("GET", [kind, "_history"]) => of(&[HistoryType], known(kind)?),
        ("GET" | "POST", [kind, operation]) if operation.starts_with('$') => {
            of_operation(operation, known(kind)?, request)?
        }
        ("GET", [kind, id]) => of(&[Read], known(kind)?).at(kind, id)?,
        ("PUT", [kind, id]) => of(&[Update], known(kind)?).at(kind, id)?,
        ("PATCH", [kind, id]) => of(&[Patch], known(kind)?).at(kind, id)?,
        ("DELETE", [kind, id]) => of(&[Delete], known(kind)?).at(kind, id)?,
        ("GET", [kind, id, "_history"]) => of(&[HistoryInstance], known(kind)?).at(kind, id)?,
        ("GET", [kind, id, "_history", _]) => of(&[VRead], known(kind)?).at(kind, id)?,
        ("GET" | "POST", [kind, id, operation]) if operation.starts_with('$') => {
            of_operation(operation, known(kind)?, request)?.at(kind, id)?.whatever(operation)
        }
        ("GET", [kind, id, "*"]) if COMPARTMENTS.contains(kind) => of(&[Search], "*").at(kind, id)?,
        ("GET", [kind, id, inside]) | ("GET" | "POST", [kind, id, inside, "_search"])
            if COMPARTMENTS.contains(kind) =>
        {
            of(&[Search], known(inside)?).at(kind, id)?
        }
        _ => return None,
    })
}

fn of(interactions: &[FhirInteraction], kind: &str) -> Need {
    Need {
        interactions: interactions.to_vec(),
        types: vec![kind.to_owned()],
        whose: Whose::Unknown,
        included: Vec::new(),
    }
}

fn create(kind: &str, request: &FhirRequest<'_>) -> Need {
    if request.if_none_exist.is_some() { of(&[Create, Search], kind) } else { of(&[Create], kind) }
}

/// Types that are read besides the one that is searched. `_revinclude=Provenance:target` brings Provenance;
/// `_include=Encounter:subject:Patient` brings Patient, and without its last part anything. What a search goes by tells as
/// much as what it brings: whether Amy's glucose is high can be asked of `/Patient?_has:Observation:patient:…`.
fn included(request: &FhirRequest<'_>) -> Vec<String> {
    let known_or_any = |kind: Option<&str>| kind.filter(|kind| is_type(kind)).unwrap_or("*").to_owned();
    let bring = |(name, value): &(String, String)| -> Vec<String> {
        match name.split(':').next().unwrap_or_default() {
            "_revinclude" => vec![known_or_any(value.split(':').next())],
            "_include" => vec![known_or_any(value.split(':').nth(2))],
            // `_has:TYPE:reference:…`, and again in what follows.
            "_has" => {
                let parts: Vec<&str> = name.split(':').collect();
                let after = |at: usize| known_or_any(parts.get(at + 1).copied());
                parts.iter().enumerate().filter(|(_, part)| **part == "_has").map(|(at, _)| after(at)).collect()
            }
            // Languages of their own, and queries that only the server knows.
            "_filter" | "_query" => vec!["*".to_owned()],
            "_list" => vec!["List".to_owned()],
            // Each link of a chain: `subject:Patient.name`, or of whatever type in `subject.name`.
            _ => {
                let links = name.split('.').count() - 1;
                name.split('.').take(links).map(|link| known_or_any(link.split(':').nth(1))).collect()
            }
        }
    };
    request.query.iter().chain(&request.condition()).flat_map(bring).collect()
}

/// An operation that is not known here can do anything, and to anybody: `$graphql` asks for every type, `$purge` ends a record.
fn of_operation(operation: &str, kind: &str, request: &FhirRequest<'_>) -> Option<Need> {
    if GATHERING.contains(&operation) {
        let types = request.query.iter().filter(|(name, _)| name == "_type").flat_map(|(_, types)| types.split(','));
        let types: Vec<String> = types.map(str::to_owned).collect();
        if types.iter().any(|kind| !is_type(kind)) {
            return None;
        }
        // A POST may name them in its body, where nobody sees them.
        let named = !types.is_empty() && request.method == "GET";
        let types = if named { types } else { vec!["*".to_owned()] };
        let whose = Whose::Anybody;
        return Some(Need { interactions: vec![Read, Search], types, whose, included: Vec::new() });
    }
    Some(if READING.contains(&operation) { of(&[Read, Search], kind) } else { of(&EVERYTHING, "*") }.of_anybody())
}

fn is_known(operation: &str) -> bool {
    READING.contains(&operation) || GATHERING.contains(&operation)
}

/// The scopes of one level that allow all of these.
pub fn scopes_for<'n>(needs: impl IntoIterator<Item = &'n Need>, level: Level) -> ScopeSet {
    let mut letters: BTreeMap<&str, Permissions> = BTreeMap::new();
    let mut add = |kind, permission: Permissions| {
        letters.entry(kind).and_modify(|has| *has = has.or(permission)).or_insert(permission);
    };
    for need in needs {
        for kind in &need.types {
            need.interactions.iter().for_each(|interaction| add(kind.as_str(), interaction.permission()));
        }
        need.included.iter().for_each(|kind| add(kind.as_str(), Read.permission()));
    }
    let scope =
        |(kind, permissions)| Some(Scope::Resource(ResourceScope::new(level, ResourceType::parse(kind)?, permissions)));
    letters.into_iter().filter_map(scope).collect()
}

impl Need {
    fn of_anybody(self) -> Need {
        Need { whose: Whose::Anybody, ..self }
    }

    /// What is not known to keep to the record that it is called on does not.
    fn whatever(self, operation: &str) -> Need {
        if is_known(operation) { self } else { self.of_anybody() }
    }

    /// At this resource; None for what is no id.
    fn at(self, kind: &str, id: &str) -> Option<Need> {
        if !crate::fhir_id::is_id(id) {
            return None;
        }
        Some(if kind == "Patient" { Need { whose: Whose::Patient(id.to_owned()), ..self } } else { self })
    }
}

/// `PATIENT` is no type, and a server that is not particular about it would open a record that nobody bounded.
fn known(kind: &str) -> Option<&str> {
    let in_other_letters = |name: &&str| name.eq_ignore_ascii_case(kind) && **name != *kind;
    (is_type(kind) && !COMPARTMENTS.iter().any(in_other_letters)).then_some(kind)
}

/// A path that two servers could read in two ways is nobody's: empty segments, dots, an escaped slash.
fn segments(path: &str) -> Option<Vec<String>> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() {
        return Some(Vec::new());
    }
    let decode = |segment: &str| {
        let decoded = percent_decode_str(segment).decode_utf8().ok()?.into_owned();
        let is_plain =
            !decoded.is_empty() && decoded != "." && decoded != ".." && !decoded.contains(['/', '\\', ';', '%']);
        is_plain.then_some(decoded)
    };
    path.split('/').map(decode).collect()
}
