//! Scopes: what an app asks for, what it is granted, and what a FHIR server may let it do with that.
//!
//! The grammar is SMART App Launch 2.2 with its v1 spelling. [`ScopeSet::parse`] reads what an app sent,
//! [`ScopeSet::strict`] what an operator configured, [`narrow`] decides what is granted, [`ScopeSet::allows`] answers
//! the resource server.

mod access;
mod algebra;
mod categories;
mod grammar;
mod launch;
mod narrow;
mod permissions;
mod powers;
mod query;
mod resource;
pub mod resource_types;
mod rights;
mod serde_text;
mod set;
mod shorten;
mod unusable;
mod uri_form;
mod us_core;

use std::fmt::{self, Write};

pub use access::{Access, FhirInteraction};
pub use categories::{Category, ONC_CATEGORIES};
pub use launch::{LaunchRole, LaunchScope};
pub use narrow::{Narrowing, NarrowingStep, Outcome, narrow};
pub use permissions::{Permissions, Spelling};
pub use powers::{CREATE_LAUNCHES, INTROSPECT, POWERS};
pub use query::{Parameter, Query};
pub use resource::{Level, ResourceScope, ResourceType};
pub use set::{ParsedScopes, ScopeSet};
pub use unusable::{Reason, Unusable};
pub use us_core::types_of;

/// One scope by its meaning. Whether it was written as a URI (SMART App Launch, appendix) is kept by the [`ScopeSet`]
/// it is in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    Resource(ResourceScope),
    Launch(LaunchScope),
    OpenId,
    FhirUser,
    Profile,
    OfflineAccess,
    OnlineAccess,
    /// A full URI, or a name that starts with two underscores (SMART App Launch, "Extensibility").
    Extension(String),
}

impl Scope {
    pub fn as_resource(&self) -> Option<&ResourceScope> {
        match self {
            Scope::Resource(resource) => Some(resource),
            _ => None,
        }
    }

    pub fn as_launch(&self) -> Option<&LaunchScope> {
        match self {
            Scope::Launch(launch) => Some(launch),
            _ => None,
        }
    }

    /// Whether it opens something: it does not say who somebody is, what is in view or how long access lasts.
    pub fn is_data(&self) -> bool {
        matches!(self, Scope::Resource(_) | Scope::Extension(_))
    }

    /// Of its text.
    pub fn bytes(&self) -> usize {
        let mut counted = Bytes(0);
        let _ = write!(counted, "{self}");
        counted.0
    }

    /// Whether it uses what SMART calls experimental: modifiers, chaining, `_filter`. A tenant's policy decides what
    /// happens then.
    pub fn is_experimental(&self) -> bool {
        self.as_resource().is_some_and(|resource| resource.query.is_experimental())
    }
}

/// Counts what is written, and keeps none of it.
struct Bytes(usize);

impl fmt::Write for Bytes {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len();
        Ok(())
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::Resource(resource) => resource.fmt(f),
            Scope::Launch(launch) => launch.fmt(f),
            Scope::OpenId => f.write_str("openid"),
            Scope::FhirUser => f.write_str("fhirUser"),
            Scope::Profile => f.write_str("profile"),
            Scope::OfflineAccess => f.write_str("offline_access"),
            Scope::OnlineAccess => f.write_str("online_access"),
            Scope::Extension(text) => f.write_str(text),
        }
    }
}
