//! Why a piece of a scope string can't be used.

use std::fmt;

/// A piece of a scope string that is no scope we know, and why. An app's request goes on without it (OIDC Core
/// 3.1.2.1); a configuration with one is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// As it was sent, of any length. It may hold a search value, so it belongs in an answer or an error, not in a log.
    pub text: String,
    pub reason: Reason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Two spaces in a row, or a space at an end.
    Empty,
    /// RFC 6749 section 3.3: printable ASCII without `"` and `\`.
    Character,
    Unknown,
    ResourceType,
    /// SMART App Launch: letters of `cruds`, each once and in that order, or v1's `read`, `write`, `*`.
    Permissions,
    QueryOnV1,
    Query,
    PercentEncoding,
    TooManyParameters,
    /// `_include`, `_count` and the like shape an answer; as a limit of access they would promise what they don't keep.
    NotAFilter,
    LaunchContext,
    /// A role is an absolute URI, or `launch`; one role per scope.
    Role,
}

impl Reason {
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Empty => "scopes are separated by exactly one space",
            Reason::Character => "a scope has only printable ASCII characters, no quote and no backslash",
            Reason::Unknown => {
                "not a scope of SMART App Launch, not a URI, not a name that starts with two underscores"
            }
            Reason::ResourceType => "expected a FHIR resource type such as Observation, or *",
            Reason::Permissions => "expected letters of cruds in that order, or read, write, *",
            Reason::QueryOnV1 => "search parameters need the v2 form, for example .rs?category=...",
            Reason::Query => "expected name=value pairs joined by &",
            Reason::PercentEncoding => "a % must begin the escape of a UTF-8 character that can be printed",
            Reason::TooManyParameters => "too many search parameters in one scope",
            Reason::NotAFilter => "this search parameter shapes an answer and can't limit access",
            Reason::LaunchContext => "expected launch/ and a resource type in lower case",
            Reason::Role => "expected one role: an absolute URI, or launch",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::error::Error for Reason {}

/// Quoted, escaped and of bounded length, so that a scope can't forge a line of the place it is shown in.
impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 120;
        let mut characters = self.text.chars();
        let start: String = characters.by_ref().take(SHOWN).collect();
        let rest = if characters.next().is_some() { "..." } else { "" };
        write!(f, "\"{}\"{rest}: {}", start.escape_default(), self.reason)
    }
}

impl std::error::Error for Unusable {}
