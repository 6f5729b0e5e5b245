//! `hl7-b2b`: which organization asks, for what, and for whom (FAST Security 2.0.0 §5.2.1.1).

use super::{
    carried::Extensions,
    uri::{coded, is_of_scheme, is_uri, is_url},
};
use crate::tenant::B2b;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

pub const HL7_B2B: &str = "hl7-b2b";

const TEXTS: [&str; 6] =
    ["version", "organization_id", "organization_name", "subject_name", "subject_id", "subject_role"];
const LISTS: [&str; 3] = ["purpose_of_use", "consent_policy", "consent_reference"];

/// Whether the object is one, and the client may say so. `allowed` are the organizations that its registration names: without them,
/// any member of a community could speak for any other (B2B-7). What is said names members, and no value that was sent.
pub fn check(object: &Map<String, Value>, allowed: &BTreeSet<String>, rules: &B2b) -> Result<(), String> {
    check_shape(object)?;
    check_conditions(object)?;
    let text = |name: &str| object.get(name).and_then(Value::as_str);
    if text("version") != Some("1") {
        return Err("version must be \"1\"".into());
    }
    let organization = text("organization_id").ok_or("organization_id is missing")?;
    if !is_uri(organization) {
        return Err("organization_id must be a URI".into());
    }
    let schemes = &rules.organization_schemes;
    if !schemes.is_empty() && !schemes.iter().any(|scheme| is_of_scheme(organization, scheme)) {
        return Err(format!("organization_id must be one of these URIs: {}", schemes.join(", ")));
    }
    if !allowed.contains(organization) {
        return Err("organization_id is not one that this client is registered for".into());
    }
    if !object.contains_key("purpose_of_use") {
        return Err("purpose_of_use is missing".into());
    }
    let purposes = &rules.purposes;
    if !purposes.is_empty() && list(object, "purpose_of_use").any(|one| !purposes.iter().any(|own| own == one)) {
        return Err(format!("purpose_of_use may hold: {}", purposes.join(", ")));
    }
    check_system(text("subject_id"), "subject_id", &rules.subject_id_systems)?;
    check_system(text("subject_role"), "subject_role", &rules.subject_role_systems)?;
    if !list(object, "consent_policy").all(is_uri) {
        return Err("consent_policy must hold URIs".into());
    }
    if !list(object, "consent_reference").all(is_url) {
        return Err("consent_reference must hold absolute URLs".into());
    }
    Ok(())
}

/// What nobody has defined, nobody would judge, and it would be signed all the same.
fn check_shape(object: &Map<String, Value>) -> Result<(), String> {
    for (name, value) in object {
        let good = |value: &Value| value.as_str().is_some_and(is_said);
        if TEXTS.contains(&name.as_str()) {
            if !good(value) {
                return Err(format!("{name} must be a text, not empty and without control characters"));
            }
        } else if LISTS.contains(&name.as_str()) {
            if !value.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(good)) {
                return Err(format!("{name} must be a list of one or more texts"));
            }
        } else {
            return Err(format!("it has a member that is none of: {}, {}", TEXTS.join(", "), LISTS.join(", ")));
        }
    }
    Ok(())
}

fn is_said(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains(char::is_control)
}

/// Who is named by a number has a name, and who points at a consent says under which policy (B2B-3).
fn check_conditions(object: &Map<String, Value>) -> Result<(), String> {
    for (name, needed) in
        [("subject_id", "subject_name"), ("subject_role", "subject_name"), ("consent_reference", "consent_policy")]
    {
        if object.contains_key(name) && !object.contains_key(needed) {
            return Err(format!("{name} came without {needed}"));
        }
    }
    Ok(())
}

fn check_system(text: Option<&str>, name: &str, systems: &[String]) -> Result<(), String> {
    let Some(text) = text.filter(|_| !systems.is_empty()) else { return Ok(()) };
    let is_allowed = coded(text).is_some_and(|(system, _)| systems.iter().any(|own| own == system));
    if is_allowed { Ok(()) } else { Err(format!("{name} must be SYSTEM#VALUE with one of: {}", systems.join(", "))) }
}

fn list<'o>(object: &'o Map<String, Value>, name: &str) -> impl Iterator<Item = &'o str> {
    object.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// What a token of these extensions was asked for.
#[derive(Clone, Copy, Debug)]
pub struct OnBehalf<'e>(&'e Map<String, Value>);

impl<'e> OnBehalf<'e> {
    pub fn of(extensions: &'e Extensions) -> Option<OnBehalf<'e>> {
        extensions.object(HL7_B2B).map(OnBehalf)
    }

    pub fn text(self, name: &str) -> Option<&'e str> {
        self.0.get(name)?.as_str()
    }

    pub fn organization(self) -> Option<&'e str> {
        self.text("organization_id")
    }

    pub fn purposes(self) -> impl Iterator<Item = &'e str> {
        list(self.0, "purpose_of_use")
    }
}
