//! Launch scopes: `launch`, `launch/patient`, `launch/questionnaire?role=…`.

use super::{grammar, unusable::Reason};
use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LaunchScope {
    /// `launch`: the app was opened from an EHR and wants to know the context there.
    Ehr,
    /// `launch/…`: a resource that must be known at launch. The type is in lower case, as SMART writes it.
    Context { resource: String, role: Option<LaunchRole> },
}

/// What the resource is for. Keeps its text; [`LaunchRole::uri`] is what `fhirContext` says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LaunchRole {
    raw: String,
    uri: String,
}

impl LaunchScope {
    /// The resource type in lower case; none for the bare `launch`.
    pub fn resource(&self) -> Option<&str> {
        match self {
            LaunchScope::Ehr => None,
            LaunchScope::Context { resource, .. } => Some(resource),
        }
    }

    pub fn role(&self) -> Option<&LaunchRole> {
        match self {
            LaunchScope::Ehr => None,
            LaunchScope::Context { role, .. } => role.as_ref(),
        }
    }

    /// Whether a resource of this type (as FHIR writes it, `ImagingStudy`) is what it asks for. The role is not looked
    /// at: a server that doesn't know the role still returns context of the type.
    pub fn asks_for(&self, resource_type: &str) -> bool {
        self.resource().is_some_and(|resource| resource.eq_ignore_ascii_case(resource_type))
    }

    /// Whether it asks for the patient (encounter, …) at the centre of the launch; no role and the role `launch` mean
    /// the same.
    pub fn is_main(&self, resource: &str) -> bool {
        self.resource() == Some(resource) && self.role().is_none_or(|role| role.uri == "launch")
    }

    /// Who may ask for a type may ask for it in any role.
    pub(super) fn covers(&self, narrower: &LaunchScope) -> bool {
        self == narrower
            || (self.role().is_none() && self.resource().is_some() && self.resource() == narrower.resource())
    }

    /// Reads what stands after `launch/`.
    pub(super) fn parse(text: &str) -> Result<LaunchScope, Reason> {
        let (resource, parameters) = text.split_once('?').map_or((text, None), |(head, tail)| (head, Some(tail)));
        if resource.is_empty() || !resource.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return Err(Reason::LaunchContext);
        }
        Ok(LaunchScope::Context { resource: resource.to_owned(), role: parameters.map(LaunchRole::parse).transpose()? })
    }
}

impl LaunchRole {
    pub fn uri(&self) -> &str {
        &self.uri
    }

    fn parse(parameters: &str) -> Result<LaunchRole, Reason> {
        let raw = parameters.strip_prefix("role=").filter(|raw| !raw.contains('&')).ok_or(Reason::Role)?;
        let uri = grammar::percent_decoded(raw).ok_or(Reason::PercentEncoding)?;
        if uri != "launch" && !grammar::is_absolute_uri(&uri) {
            return Err(Reason::Role);
        }
        Ok(LaunchRole { raw: raw.to_owned(), uri })
    }
}

impl fmt::Display for LaunchScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LaunchScope::Ehr => f.write_str("launch"),
            LaunchScope::Context { resource, role: None } => write!(f, "launch/{resource}"),
            LaunchScope::Context { resource, role: Some(role) } => write!(f, "launch/{resource}?role={}", role.raw),
        }
    }
}
