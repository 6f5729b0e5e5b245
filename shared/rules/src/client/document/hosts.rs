//! Whose documents a tenant takes, and whose it refuses by name (draft-ietf-oauth-client-id-metadata-document-02 §8.9).

use super::address::{DocumentAddress, is_this_machine};
use crate::scope::ScopeSet;
use serde::{Deserialize, Serialize};

/// `[client_documents]` of a tenant file. Without it, no `client_id` is an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientDocuments {
    /// Judged before any name is resolved.
    pub hosts: Vec<HostPattern>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocked: Vec<Blocked>,
    /// What such a client may have at most.
    pub scope: ScopeSet,
    /// Desktop apps listen on any port of `localhost`, as on any of a loopback address.
    #[serde(default = "yes")]
    pub localhost_any_port: bool,
}

fn yes() -> bool {
    true
}

/// `claude.ai`, `*.example.org` (whatever lies below it, and not itself), or `*`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum HostPattern {
    Any,
    Exactly(String),
    Below(String),
}

/// A host, or a single document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Blocked {
    Host(HostPattern),
    Address(String),
}

impl ClientDocuments {
    /// Why this address is none that the tenant takes, if it is none.
    pub fn refusal(&self, address: DocumentAddress<'_>) -> Option<&'static str> {
        let host = address.host();
        let is_blocked = |blocked: &Blocked| match blocked {
            Blocked::Host(pattern) => pattern.matches(&host),
            Blocked::Address(text) => address.is_at(text),
        };
        if !self.hosts.iter().any(|pattern| pattern.matches(&host)) {
            Some("its host is none of the `hosts` of [client_documents]")
        } else if self.blocked.iter().any(is_blocked) {
            Some("it is among the `blocked` of [client_documents]")
        } else {
            None
        }
    }
}

impl HostPattern {
    pub fn parse(text: &str) -> Result<HostPattern, &'static str> {
        if text == "*" {
            return Ok(HostPattern::Any);
        }
        let (name, below) = text.strip_prefix("*.").map_or((text, false), |name| (name, true));
        if is_this_machine(name) && !below {
            return Ok(HostPattern::Exactly(name.to_owned()));
        }
        let labels: Vec<&str> = name.split('.').collect();
        // Whatever lies below `com` belongs to everybody.
        if labels.len() < 2 || !labels.iter().all(|label| is_label(label)) {
            return Err(
                "a host name in lower case such as claude.ai, a name with all below it such as *.example.org, or *",
            );
        }
        Ok(if below { HostPattern::Below(name.to_owned()) } else { HostPattern::Exactly(name.to_owned()) })
    }

    /// `host` in lower case.
    pub fn matches(&self, host: &str) -> bool {
        match self {
            HostPattern::Any => true,
            HostPattern::Exactly(name) => name == host,
            HostPattern::Below(name) => host
                .strip_suffix(name.as_str())
                .is_some_and(|rest| rest.strip_suffix('.').is_some_and(|below| !below.is_empty())),
        }
    }
}

impl Blocked {
    pub fn parse(text: &str) -> Result<Blocked, &'static str> {
        if !text.contains("://") {
            return HostPattern::parse(text).map(Blocked::Host);
        }
        // One on this machine may be blocked, too.
        DocumentAddress::parse(text, true).map(|address| Blocked::Address(address.as_str().to_owned()))
    }
}

/// RFC 1035 §2.3.1, with digits in front (RFC 1123 §2.1).
fn is_label(label: &str) -> bool {
    let letters = label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    (1..=63).contains(&label.len()) && letters && !label.starts_with('-') && !label.ends_with('-')
}

impl TryFrom<String> for HostPattern {
    type Error = &'static str;

    fn try_from(text: String) -> Result<HostPattern, &'static str> {
        HostPattern::parse(&text)
    }
}

impl From<HostPattern> for String {
    fn from(pattern: HostPattern) -> String {
        match pattern {
            HostPattern::Any => "*".to_owned(),
            HostPattern::Exactly(name) => name,
            HostPattern::Below(name) => format!("*.{name}"),
        }
    }
}

impl TryFrom<String> for Blocked {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Blocked, &'static str> {
        Blocked::parse(&text)
    }
}

impl From<Blocked> for String {
    fn from(blocked: Blocked) -> String {
        match blocked {
            Blocked::Host(pattern) => pattern.into(),
            Blocked::Address(text) => text,
        }
    }
}
