//! What API Gateway is told: yes, with who it is, or no.

use crate::asked::{Asked, Gateway};
use rules::{
    extensions::{b2b::OnBehalf, carried::Extensions},
    scope::Level,
    tenant::TenantId,
    token::AccessTokenClaims,
};
use serde_json::{Map, Value, json};

pub struct Granted {
    pub tenant: TenantId,
    pub claims: AccessTokenClaims,
    /// The levels whose scopes allowed it.
    pub levels: Vec<Level>,
}

impl Granted {
    pub fn answer(&self, asked: &Asked, simple: bool) -> Value {
        answer(asked, simple, true, &self.claims.sub, self.context())
    }

    /// For the FHIR server behind the gateway. Texts alone: a REST API takes nothing else.
    fn context(&self) -> Value {
        let claims = &self.claims;
        let levels: Vec<&str> = self.levels.iter().map(|level| level.as_str()).collect();
        let extensions = claims.extensions.as_ref();
        let organization = extensions.and_then(OnBehalf::of).and_then(OnBehalf::organization);
        let extensions = extensions.map(Extensions::ascii);
        let members = [
            ("tenant", Some(self.tenant.as_str())),
            ("sub", Some(&claims.sub)),
            ("client_id", Some(&claims.client_id)),
            ("scope", Some(&claims.scope)),
            ("levels", Some(&levels.join(" "))),
            ("patient", claims.patient.as_deref()),
            ("encounter", claims.encounter.as_deref()),
            ("fhirUser", claims.fhir_user.as_deref()),
            ("extensions", extensions.as_deref()),
            ("organization_id", organization),
        ];
        let known = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?))));
        Value::Object(known.collect())
    }
}

/// The reference is for the operator, as everywhere.
pub fn denied(asked: &Asked, simple: bool, refusal: Option<String>) -> Value {
    let context: Map<String, Value> = refusal.into_iter().map(|id| ("refusal".to_owned(), json!(id))).collect();
    answer(asked, simple, false, "nobody", Value::Object(context))
}

/// A policy is for this one request: it must not be kept for another (infra/fhir-apis.md).
fn answer(asked: &Asked, simple: bool, is_allowed: bool, principal: &str, context: Value) -> Value {
    if simple && asked.gateway == Gateway::Http {
        return json!({ "isAuthorized": is_allowed, "context": context });
    }
    let effect = if is_allowed { "Allow" } else { "Deny" };
    let statement = json!({ "Action": "execute-api:Invoke", "Effect": effect, "Resource": asked.arn });
    json!({
        "principalId": principal,
        "policyDocument": { "Version": "2012-10-17", "Statement": [statement] },
        "context": context,
    })
}
