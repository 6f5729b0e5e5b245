//! Resource scopes: `patient/Observation.rs?category=laboratory`.

use super::{
    grammar,
    permissions::{Permissions, Spelling},
    query::Query,
    unusable::Reason,
};
use serde::{Deserialize, Serialize};
use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResourceScope {
    pub level: Level,
    pub resource: ResourceType,
    pub permissions: Permissions,
    /// A wish: what v1 can't say is printed in v2.
    pub spelling: Spelling,
    pub query: Query,
}

/// Whose data: of the patient in context, whatever the user may see, or without a user. None of them includes another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Patient,
    User,
    System,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ResourceType {
    /// `*`: every type, also those that will be added.
    Any,
    Named(String),
}

impl ResourceScope {
    /// In v2 and without a limit.
    pub fn new(level: Level, resource: ResourceType, permissions: Permissions) -> ResourceScope {
        ResourceScope { level, resource, permissions, spelling: Spelling::V2, query: Query::unlimited() }
    }

    pub fn limited_to(self, query: Query) -> ResourceScope {
        ResourceScope { query, ..self }
    }

    /// HealthLake takes search parameters on explicit types only, so a policy may want to refuse these.
    pub fn is_filtered_wildcard(&self) -> bool {
        self.resource == ResourceType::Any && !self.query.is_unlimited()
    }

    /// Whether it says something about what `narrower` is about; the permissions are not looked at.
    pub(super) fn reaches(&self, narrower: &ResourceScope) -> bool {
        self.level == narrower.level && self.resource.covers(&narrower.resource) && self.query.covers(&narrower.query)
    }

    /// What both grant, in this one's spelling where that is possible. Exact, because every part of a scope is a limit
    /// of its own: a limit on `*` becomes a limit on the type, and two limits both hold.
    pub(super) fn meet(&self, other: &ResourceScope) -> Option<ResourceScope> {
        if self.level != other.level {
            return None;
        }
        let mut meet = ResourceScope {
            level: self.level,
            resource: self.resource.meet(&other.resource)?.clone(),
            permissions: self.permissions.and(other.permissions)?,
            spelling: self.spelling,
            query: self.query.and(&other.query),
        };
        meet.spelling = meet.truthful_spelling();
        Some(meet)
    }

    /// v1 only where v1 was used and has a name for exactly this.
    pub(super) fn truthful_spelling(&self) -> Spelling {
        let v1_can_say_it = self.permissions.v1_name().is_some() && self.query.is_unlimited();
        if v1_can_say_it { self.spelling } else { Spelling::V2 }
    }

    pub(super) fn parse(level: Level, text: &str) -> Result<ResourceScope, Reason> {
        let (head, query) = text.split_once('?').map_or((text, None), |(head, query)| (head, Some(query)));
        let (resource, permissions) = head.split_once('.').ok_or(Reason::Permissions)?;
        let resource = ResourceType::parse(resource).ok_or(Reason::ResourceType)?;
        let (permissions, spelling) = Permissions::parse(permissions).ok_or(Reason::Permissions)?;
        let query = match (query, spelling) {
            (None, _) => Query::unlimited(),
            (Some(_), Spelling::V1) => return Err(Reason::QueryOnV1),
            (Some(query), Spelling::V2) => Query::parse(query)?,
        };
        Ok(ResourceScope { level, resource, permissions, spelling, query })
    }
}

impl Level {
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Patient => "patient",
            Level::User => "user",
            Level::System => "system",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Level> {
        [Level::Patient, Level::User, Level::System].into_iter().find(|level| level.as_str() == text)
    }
}

impl ResourceType {
    pub fn parse(text: &str) -> Option<ResourceType> {
        match text {
            "*" => Some(ResourceType::Any),
            _ => grammar::is_resource_type(text).then(|| ResourceType::Named(text.to_owned())),
        }
    }

    pub fn as_str(&self) -> &str {
        match self {
            ResourceType::Any => "*",
            ResourceType::Named(name) => name,
        }
    }

    pub fn covers(&self, narrower: &ResourceType) -> bool {
        *self == ResourceType::Any || self == narrower
    }

    fn meet<'a>(&'a self, other: &'a ResourceType) -> Option<&'a ResourceType> {
        if self.covers(other) { Some(other) } else { other.covers(self).then_some(self) }
    }
}

impl fmt::Display for ResourceScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}.", self.level.as_str(), self.resource.as_str())?;
        let v1_name = self.permissions.v1_name().filter(|_| self.truthful_spelling() == Spelling::V1);
        match v1_name {
            Some(name) => f.write_str(name),
            None if self.query.is_unlimited() => self.permissions.fmt(f),
            None => write!(f, "{}?{}", self.permissions, self.query),
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
