//! What the EHR said: the launch context, and the opaque `launch` handle that stands for it.

use crate::{
    fhir_id,
    grant::GrantId,
    scope::LaunchScope,
    secret::SecretHash,
    tenant::{TenantId, same_server},
    time::Timestamp,
    vouch::Vouched,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The launch context as it appears in the token response (SMART App Launch 2.2, launch context).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub struct LaunchContext {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encounter: Option<String>,
    #[serde(rename = "fhirContext", default, skip_serializing_if = "Vec::is_empty")]
    pub fhir_context: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub need_patient_banner: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smart_style_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// `appContext`, members that are full URIs, and members that begin with `__` (LC-11).
    #[serde(flatten)]
    pub extensions: Map<String, Value>,
}

/// A launch that waits for its app. Single use: `used` is set in the transaction that issues the code.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Launch {
    pub tenant: TenantId,
    pub handle: SecretHash,
    /// The EHR that asked, for the audit trail.
    pub ehr: String,
    /// Base URL of the FHIR server whose records the context names: at another one the same ids are other people's.
    #[serde(default)]
    pub fhir_server: Option<String>,
    pub context: LaunchContext,
    /// The app that alone may use it, if the EHR said so.
    pub client_id: Option<String>,
    /// The user that alone may use it, if the EHR said so: a username or a `fhirUser` reference.
    pub user: Option<String>,
    /// Until then an app may begin with it …
    pub begin_until: Timestamp,
    /// … and until then its user may take to finish.
    pub expires_at: Timestamp,
    pub used: bool,
    /// By a request that was answered at once, if it was: the same request gets the same code again.
    #[serde(default)]
    pub answered: Option<AnsweredLaunch>,
    /// Whom the EHR has vouched for, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vouched: Option<Vouched>,
}

/// The request that used up a launch, and what it got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnsweredLaunch {
    /// See `AuthorizationRequest::digest`.
    pub request: SecretHash,
    pub grant: GrantId,
}

impl Launch {
    /// Why no app may begin with this launch at this FHIR server, if none may (LCTX-5).
    pub fn refusal_to_begin(&self, client_id: &str, aud: &str, now: Timestamp) -> Option<&'static str> {
        if self.begin_until.is_past(now) {
            Some("has expired")
        } else if self.fhir_server.as_deref().is_some_and(|own| !same_server(own, aud)) {
            Some("was made for another FHIR server")
        } else {
            self.refusal(client_id)
        }
    }

    /// The same for a client that nobody registered: an EHR must have named it, or any address could be opened with the handle.
    pub fn refusal_to_begin_unregistered(&self, client_id: &str) -> Option<&'static str> {
        (self.client_id.as_deref() != Some(client_id)).then_some("was not made for this app, which nobody registered")
    }

    /// The launch once this grant is written, for the request of this digest if it is answered at once.
    #[must_use]
    pub fn used_for(&self, request: Option<SecretHash>, grant: &GrantId) -> Launch {
        let answered = request.map(|request| AnsweredLaunch { request, grant: grant.clone() });
        Launch { used: true, answered, ..self.clone() }
    }

    /// The grant that this very request got, if it is the one that used the launch up.
    pub fn answer_to(&self, request: &SecretHash) -> Option<&GrantId> {
        let answered = self.answered.as_ref().filter(|answered| answered.request == *request);
        answered.map(|answered| &answered.grant)
    }

    /// Why this launch can't be used by `client_id`, if it can't (LCTX-4).
    pub fn refusal(&self, client_id: &str) -> Option<&'static str> {
        if self.used {
            Some("was used before")
        } else if self.client_id.as_deref().is_some_and(|bound| bound != client_id) {
            Some("belongs to another app")
        } else {
            None
        }
    }
}

/// Members that would overwrite the token response itself (LCTX-6).
const PROTOCOL_MEMBERS: [&str; 9] = [
    "access_token",
    "token_type",
    "expires_in",
    "refresh_token",
    "id_token",
    "scope",
    "authorization_details",
    "error",
    "error_description",
];

impl LaunchContext {
    /// Whether what this scope asks for is in here. A role nobody knows still gets context of its type (LC-12).
    pub fn answers(&self, asked: &LaunchScope) -> bool {
        let in_fhir_context = || {
            self.fhir_context.iter().any(|item| {
                let member = |name: &str| item.get(name).and_then(Value::as_str);
                let of_reference = member("reference").and_then(fhir_id::relative_reference).map(|(kind, _)| kind);
                member("type").into_iter().chain(of_reference).any(|kind| asked.asks_for(kind))
            })
        };
        match asked {
            LaunchScope::Ehr => true,
            _ if asked.is_main("patient") => self.patient.is_some(),
            _ if asked.is_main("encounter") => self.encounter.is_some(),
            LaunchScope::Context { .. } => in_fhir_context(),
        }
    }

    /// Reads the JSON members that SMART 2.2 defines; the error says which member is wrong and what was expected.
    pub fn parse(members: Map<String, Value>) -> Result<LaunchContext, String> {
        let members = within_bounds(members)?;
        let mut context = LaunchContext::default();
        for (name, value) in members {
            match name.as_str() {
                "patient" => context.patient = Some(bare_id(&name, "Patient", &value)?),
                "encounter" => context.encounter = Some(bare_id(&name, "Encounter", &value)?),
                "fhirContext" => context.fhir_context = fhir_context(value)?,
                "need_patient_banner" => {
                    context.need_patient_banner =
                        Some(value.as_bool().ok_or("need_patient_banner must be true or false")?);
                }
                "intent" => context.intent = Some(text(&name, &value)?),
                "tenant" => context.tenant = Some(text(&name, &value)?),
                "smart_style_url" => context.smart_style_url = Some(absolute_url(&name, &value)?),
                _ if PROTOCOL_MEMBERS.contains(&name.as_str()) => {
                    return Err(format!("{name} belongs to the token response and can't be launch context"));
                }
                "appContext" => {
                    context.extensions.insert(name, value);
                }
                _ if name.starts_with("__") || url::Url::parse(&name).is_ok() => {
                    context.extensions.insert(name, value);
                }
                _ => return Err(format!("{name} is no launch context that SMART App Launch defines")),
            }
        }
        Ok(context)
    }
}

/// The context is kept inside the launch, the interaction and the grant, where a reader of JSON must get to its bottom
/// (serde_json goes 128 levels deep) and an item of the table ends at 400 kB.
fn within_bounds(members: Map<String, Value>) -> Result<Map<String, Value>, String> {
    const DEEPEST: usize = 32;
    const MOST_BYTES: usize = 64 * 1024;
    let context = Value::Object(members);
    if depth(&context) > DEEPEST {
        return Err(format!("the launch context is nested more than {DEEPEST} levels deep"));
    }
    if context.to_string().len() > MOST_BYTES {
        return Err("the launch context is larger than 64 kB".into());
    }
    match context {
        Value::Object(members) => Ok(members),
        _ => Err("the launch context must be an object".into()),
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn text(name: &str, value: &Value) -> Result<String, String> {
    match value.as_str() {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err(format!("{name} must be a text that is not empty")),
    }
}

/// A bare id; `Patient/123` is trimmed to `123` as other servers do (LC-2).
fn bare_id(name: &str, resource: &str, value: &Value) -> Result<String, String> {
    let given = text(name, value)?;
    let id = given.strip_prefix(&format!("{resource}/")).unwrap_or(&given);
    if fhir_id::is_id(id) { Ok(id.to_owned()) } else { Err(format!("{name} must be the id of a {resource}")) }
}

fn absolute_url(name: &str, value: &Value) -> Result<String, String> {
    let given = text(name, value)?;
    match url::Url::parse(&given) {
        Ok(url) if matches!(url.scheme(), "https" | "http") => Ok(given),
        _ => Err(format!("{name} must be an absolute http(s) URL")),
    }
}

fn fhir_context(value: Value) -> Result<Vec<Value>, String> {
    let Value::Array(items) = value else {
        return Err("fhirContext must be an array of objects".into());
    };
    items.iter().try_for_each(fhir_context_item)?;
    Ok(items)
}

/// LC-4 to LC-7: at least one of `reference`, `canonical`, `identifier`; Patient and Encounter only in another role.
fn fhir_context_item(item: &Value) -> Result<(), String> {
    let Some(members) = item.as_object() else {
        return Err("each item of fhirContext must be an object".into());
    };
    let wrong = |why: &str| Err(format!("fhirContext: {why}"));
    let role = match members.get("role") {
        None => None,
        Some(role) => match role.as_str() {
            Some(role) if role == "launch" || url::Url::parse(role).is_ok() => Some(role),
            _ => return wrong("role must be `launch` or an absolute URI"),
        },
    };
    if members.get("type").is_some_and(|kind| kind.as_str().is_none_or(|kind| !fhir_id::is_type(kind))) {
        return wrong("type must be a resource type");
    }
    if let Some(reference) = members.get("reference") {
        let Some((kind, _)) = reference.as_str().and_then(fhir_id::relative_reference) else {
            return wrong("reference must be relative, as in `ImagingStudy/123`");
        };
        if matches!(kind, "Patient" | "Encounter") && role.is_none_or(|role| role == "launch") {
            return wrong("a Patient or Encounter needs a role other than `launch`; use patient and encounter instead");
        }
    }
    if members.get("canonical").is_some_and(|c| c.as_str().is_none_or(|c| url::Url::parse(c).is_err())) {
        return wrong("canonical must be a URL");
    }
    if members.get("identifier").is_some_and(|identifier| !identifier.is_object()) {
        return wrong("identifier must be an object");
    }
    if !["reference", "canonical", "identifier"].iter().any(|name| members.contains_key(*name)) {
        return wrong("each item needs a reference, a canonical or an identifier");
    }
    Ok(())
}
