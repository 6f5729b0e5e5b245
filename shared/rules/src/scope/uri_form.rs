//! Reads one scope, in its short form or as a URI (SMART App Launch, "Scopes and launch context", appendix on URIs).

use super::{
    Scope, grammar,
    launch::LaunchScope,
    resource::{Level, ResourceScope},
    unusable::{Reason, Unusable},
};
use std::str::FromStr;

const SMART: &str = "http://smarthealthit.org/fhir/scopes/";
const OPENID_CONNECT: &str = "http://openid.net/specs/openid-connect-core-1_0#";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Form {
    Short,
    Uri,
}

pub(super) fn parse(text: &str) -> Result<(Form, Scope), Reason> {
    if text.is_empty() {
        return Err(Reason::Empty);
    }
    if !grammar::is_scope_text(text) {
        return Err(Reason::Character);
    }
    for prefix in [SMART, OPENID_CONNECT] {
        if let Some(rest) = text.strip_prefix(prefix) {
            let scope = short(rest)?;
            return if prefix_of(&scope) == Some(prefix) { Ok((Form::Uri, scope)) } else { Err(Reason::Unknown) };
        }
    }
    short(text).map(|scope| (Form::Short, scope))
}

/// What is printed before the short form.
pub(super) fn prefix(form: Form, scope: &Scope) -> &'static str {
    match form {
        Form::Short => "",
        Form::Uri => prefix_of(scope).unwrap_or_default(),
    }
}

fn short(text: &str) -> Result<Scope, Reason> {
    match text {
        "openid" => return Ok(Scope::OpenId),
        "fhirUser" => return Ok(Scope::FhirUser),
        "profile" => return Ok(Scope::Profile),
        "offline_access" => return Ok(Scope::OfflineAccess),
        "online_access" => return Ok(Scope::OnlineAccess),
        "launch" => return Ok(Scope::Launch(LaunchScope::Ehr)),
        _ => {}
    }
    if let Some(context) = text.strip_prefix("launch/") {
        return LaunchScope::parse(context).map(Scope::Launch);
    }
    if let Some((level, rest)) = text.split_once('/')
        && let Some(level) = Level::parse(level)
    {
        return ResourceScope::parse(level, rest).map(Scope::Resource);
    }
    let is_extension = text.strip_prefix("__").is_some_and(|name| !name.is_empty()) || grammar::is_absolute_uri(text);
    if is_extension { Ok(Scope::Extension(text.to_owned())) } else { Err(Reason::Unknown) }
}

fn prefix_of(scope: &Scope) -> Option<&'static str> {
    match scope {
        Scope::Resource(_) | Scope::Launch(_) | Scope::FhirUser | Scope::OnlineAccess => Some(SMART),
        Scope::OpenId | Scope::Profile | Scope::OfflineAccess => Some(OPENID_CONNECT),
        Scope::Extension(_) => None,
    }
}

impl FromStr for Scope {
    type Err = Unusable;

    fn from_str(text: &str) -> Result<Self, Unusable> {
        parse(text).map(|(_, scope)| scope).map_err(|reason| Unusable { text: text.to_owned(), reason })
    }
}
