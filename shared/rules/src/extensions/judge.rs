//! Which of the objects that an assertion brought a client may bring, and whether they are good. Judged before the assertion is used up.

use super::{
    b2b::{self, HL7_B2B},
    brought::Brought,
    carried::Extensions,
};
use crate::{
    client::Client,
    oauth::error::OAuthError,
    tenant::{GrantType, Tenant},
};
use serde_json::{Map, Value};

/// What goes into the token, and the names of what does not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Carried {
    pub extensions: Option<Extensions>,
    pub ignored: Vec<String>,
}

/// A client that may bring nothing is asked nothing: what its assertions hold is as unread as ever.
pub fn judge(brought: &Brought, client: &Client, tenant: &Tenant, way: GrantType) -> Result<Carried, OAuthError> {
    if client.extensions.is_empty() {
        return Ok(Carried::default());
    }
    let nothing = Map::new();
    let objects = match brought {
        Brought::Nothing => &nothing,
        Brought::Objects(objects) => objects,
        Brought::Unreadable(fault) => return Err(OAuthError::invalid_grant(fault.to_string())),
    };
    let is_missing = |name: &&String| is_due(name, way) && !objects.contains_key(*name);
    if let Some(name) = client.required_extensions.iter().find(is_missing) {
        return Err(OAuthError::invalid_grant(format!("the client assertion must bring extensions with {name}")));
    }
    let (listed, others): (Vec<_>, Vec<_>) = objects.iter().partition(|(name, _)| client.extensions.contains(*name));
    for (name, value) in &listed {
        check(name, value, client, tenant)
            .map_err(|what| OAuthError::invalid_grant(format!("extensions: {name}: {what}")))?;
    }
    Ok(Carried {
        extensions: Extensions::of(listed.into_iter().map(|(name, value)| (name.clone(), value.clone())).collect()),
        ignored: others.into_iter().map(|(name, _)| name.clone()).collect(),
    })
}

/// What is required comes with every request. `hl7-b2b` is for services alone: apps of people leave it out (FAST Security 2.0.0 §5.2.1).
fn is_due(name: &str, way: GrantType) -> bool {
    name != HL7_B2B || way == GrantType::ClientCredentials
}

/// Of an object that this server has no rules for, it is enough that it is one.
fn check(name: &str, value: &Value, client: &Client, tenant: &Tenant) -> Result<(), String> {
    let object = value.as_object().ok_or("it must be a JSON object")?;
    match name {
        HL7_B2B => b2b::check(object, &client.organization_ids, &tenant.b2b),
        _ => Ok(()),
    }
}

/// Whether the client might bring these today: an organization may have left it since.
pub fn would_hold(extensions: &Extensions, client: &Client, tenant: &Tenant) -> bool {
    extensions
        .iter()
        .all(|(name, value)| client.extensions.contains(name) && check(name, value, client, tenant).is_ok())
}

/// One line for each object that was not carried (B2B-5).
pub fn lines(carried: &Carried) -> Vec<String> {
    let shown = |name: &String| -> String {
        name.chars().take(MOST_SHOWN).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
    };
    let named = carried.ignored.iter().take(MOST_LINES).map(shown);
    let line = |name| format!("the extension object {name} was ignored: the client's registration does not list it");
    let more = carried.ignored.len().saturating_sub(MOST_LINES);
    let more = (more > 0).then(|| format!("and {more} more extension objects"));
    named.map(line).chain(more).collect()
}

/// An assertion may bring a thousand names, and a line of a log ends.
const MOST_LINES: usize = 20;
/// Characters of a name that are shown.
const MOST_SHOWN: usize = 60;
