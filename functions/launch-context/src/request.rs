//! The context as the EHR sends it: Firely's form (`patient=123`), or JSON with everything SMART 2.2 defines.

use rules::{
    fhir_id,
    launch::LaunchContext,
    oauth::{error::OAuthError, params::Params},
    scope::resource_types,
};
use serde_json::{Map, Value, json};
use server::http::form_post::{FormPost, PostedBody};

pub struct LaunchRequest {
    pub context: LaunchContext,
    /// Base URL of the FHIR server whose records these are: `iss`, as the app gets it beside `launch`.
    pub fhir_server: Option<String>,
    /// The app that alone may use the launch.
    pub client_id: Option<String>,
    /// The user that alone may use it: a username or a `fhirUser` reference.
    pub user: Option<String>,
    /// The EHR's word for who its user is, where one of the tenant's EHRs vouches.
    pub user_assertion: Option<String>,
}

pub fn parse(post: &FormPost) -> Result<LaunchRequest, OAuthError> {
    let mut members = match &post.body {
        PostedBody::Form(_) => from_form(post.form()?)?,
        PostedBody::Json(bytes) => match serde_json::from_slice(bytes) {
            Ok(Value::Object(members)) => members,
            _ => return Err(OAuthError::invalid_request("the body must be a JSON object")),
        },
    };
    let mut bound = |name: &str| match members.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
        Some(_) => Err(OAuthError::invalid_request(format!("{name} must be a text that is not empty"))),
    };
    let (client_id, user, fhir_server) = (bound("client_id")?, bound("user")?, bound("iss")?);
    // In a form, and where no EHR vouches, it is as unknown as any other name.
    let may_vouch = post.tenant.has_vouching_ehr() && matches!(post.body, PostedBody::Json(_));
    let user_assertion = if may_vouch { bound("user_assertion")? } else { None };
    let context = LaunchContext::parse(members).map_err(OAuthError::invalid_request)?;
    // Whose it is, is not read for the EHR: an EHR that knows the visit or the study knows the patient.
    if let Some(what) = context.lacks_the_patient_of() {
        let text = format!("{what} belongs to a patient: send that patient as `patient` beside it");
        return Err(OAuthError::invalid_request(text));
    }
    Ok(LaunchRequest { context, fhir_server, client_id, user, user_assertion })
}

/// `patient=123&encounter=456&imagingstudy=789`: a resource type in any case and its id, with or without the type before
/// it. Types other than Patient and Encounter go into `fhirContext`.
fn from_form(form: &Params) -> Result<Map<String, Value>, OAuthError> {
    let mut members = Map::new();
    let mut fhir_context = Vec::new();
    for (name, value) in form.iter() {
        match name {
            "patient" | "encounter" | "intent" | "smart_style_url" | "tenant" | "client_id" | "user" | "iss" => {
                members.insert(name.to_owned(), json!(value));
            }
            "need_patient_banner" => {
                members.insert(
                    name.to_owned(),
                    json!(
                        value.parse::<bool>().map_err(|_| {
                            OAuthError::invalid_request("need_patient_banner must be true or false")
                        })?
                    ),
                );
            }
            "fhirContext" => {
                let items = serde_json::from_str(value)
                    .map_err(|_| OAuthError::invalid_request("fhirContext must be a JSON array"))?;
                members.insert(name.to_owned(), items);
            }
            _ => fhir_context.push(reference(name, value)?),
        }
    }
    if !fhir_context.is_empty() {
        match members.entry("fhirContext").or_insert_with(|| json!([])) {
            Value::Array(items) => items.extend(fhir_context),
            _ => return Err(OAuthError::invalid_request("fhirContext must be a JSON array")),
        }
    }
    Ok(members)
}

fn reference(name: &str, value: &str) -> Result<Value, OAuthError> {
    let unknown = || {
        let name: String = name.chars().take(40).collect();
        OAuthError::invalid_request(format!("{name} is neither a FHIR resource type nor a launch context parameter"))
    };
    let resource_type = resource_types::named(name).ok_or_else(unknown)?;
    let id = match fhir_id::relative_reference(value) {
        Some((kind, id)) if kind == resource_type => id,
        _ if fhir_id::is_id(value) => value,
        _ => return Err(OAuthError::invalid_request(format!("{resource_type}: the value must be an id"))),
    };
    Ok(json!({ "reference": format!("{resource_type}/{id}") }))
}
