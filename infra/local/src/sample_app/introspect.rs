//! Introspection needs credentials, which no app in a browser can keep. So the page calls its server, and the server introspects
//! with the credentials of the FHIR server.

use crate::site::Site;
use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Deserialize)]
pub struct IntrospectedToken {
    token: String,
}

pub async fn introspect(
    State(site): State<Arc<Site>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    Json(introspected): Json<IntrospectedToken>,
) -> Response {
    if !site.is_from_here(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Some((tenant, fhir)) = site.tenant(&tenant).and_then(|tenant| Some((tenant, tenant.fhir.as_ref()?))) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let url = tenant.items.tenant.introspection_endpoint();
    let introspection = site.http.post(site.dial(&url)).basic_auth(&fhir.name, Some(fhir.secret.expose()));
    match introspection.form(&[("token", introspected.token)]).send().await {
        Ok(answer) => {
            let status = answer.status().as_u16();
            let body: Value = answer.json().await.unwrap_or_default();
            Json(json!({ "url": url, "caller": fhir.name, "status": status, "body": body })).into_response()
        }
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}
