//! The answer as HealthLake reads it (HL-2, HL-3).

use rules::{time::Timestamp, token::AccessTokenClaims};
use serde_json::{Value, json};

/// AWS's guide shows `isAuthorized` as a text and calls it a boolean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Boolean,
    Text,
}

pub struct Authorized {
    pub role: String,
    /// What HealthLake may go by; less than the token's own.
    pub scope: String,
    pub claims: AccessTokenClaims,
}

impl Authorized {
    /// `aud` is the data store as the event names it, character by character.
    pub fn to_json(&self, endpoint: &str, form: Form) -> Value {
        let claims = &self.claims;
        let mut payload = json!({
            "iss": claims.iss,
            "aud": endpoint,
            "iat": claims.iat,
            "nbf": claims.iat,
            "exp": claims.exp,
            "isAuthorized": is_authorized(true, form),
            "uid": claims.sub,
            "scope": self.scope,
        });
        // For fine-grained authorization, which bounds `user/` by this person (HL-11).
        if let Some(fhir_user) = &claims.fhir_user {
            payload["fhirUser"] = json!(fhir_user);
        }
        if let Some(patient) = &claims.patient {
            payload["patient"] = json!(patient);
        }
        json!({ "authPayload": payload, "iamRoleARN": self.role })
    }
}

/// Every member is there, and none of them says anything.
pub fn no(endpoint: &str, form: Form, now: Timestamp) -> Value {
    let payload = json!({
        "iss": "",
        "aud": endpoint,
        "iat": now,
        "nbf": now,
        "exp": now,
        "isAuthorized": is_authorized(false, form),
        "uid": "",
        "scope": "",
    });
    json!({ "authPayload": payload, "iamRoleARN": "" })
}

fn is_authorized(yes: bool, form: Form) -> Value {
    match form {
        Form::Boolean => json!(yes),
        Form::Text => json!(yes.to_string()),
    }
}
