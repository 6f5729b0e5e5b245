//! Who asks, as the bearer token says it. Whoever builds a `Caller` has checked the token; this crate never sees one.

/// The three questions a scope answers, put as data so that this crate needs no scope grammar.
pub type Rights = Box<dyn Fn(Level, Interaction, &str) -> Access + Send + Sync>;

pub struct Caller {
    /// The patient in context, a bare id.
    pub patient: Option<String>,
    /// The user's own resource, `Practitioner/hannah-patel`.
    pub fhir_user: Option<String>,
    /// What the scopes of one level allow for an interaction on a resource type.
    pub rights: Rights,
}

/// The part of a scope before the `/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Patient,
    User,
    System,
}

/// What is done, in the words of FHIR's RESTful API (<https://hl7.org/fhir/R4/http.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interaction {
    Create,
    Read,
    VRead,
    HistoryInstance,
    Update,
    Patch,
    Delete,
    Search,
    HistoryType,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    Denied,
    Everything,
    /// Any of these conjunctions of search parameters, names and decoded values as in `?category=laboratory`. One that
    /// this server cannot judge grants nothing; one without parameters grants everything.
    Where(Vec<Vec<(String, String)>>),
}
