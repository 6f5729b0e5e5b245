//! The code of docs/resource-servers.md, which a test compares.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde_json::Value;
use std::error::Error;

pub async fn judge(issuer: &str, fhir: &str, token: &str) -> Result<Value, Box<dyn Error>> {
    let keys: JwkSet = reqwest::get(format!("{issuer}/.well-known/jwks.json")).await?.json().await?;
    let header = decode_header(token)?;
    let key = header.kid.as_deref().and_then(|kid| keys.find(kid)).ok_or("no such key")?;
    let mut rules = Validation::new(Algorithm::ES256);
    rules.set_issuer(&[issuer]);
    rules.set_audience(&[fhir]);
    rules.set_required_spec_claims(&["exp", "iss", "aud"]);
    let good = decode::<Value>(token, &DecodingKey::from_jwk(key)?, &rules)?;
    if header.typ.as_deref() != Some("at+jwt") {
        return Err("not an access token".into());
    }
    Ok(good.claims)
}

pub async fn introspect(issuer: &str, name: &str, secret: &str, token: &str) -> Result<Value, Box<dyn Error>> {
    let question = reqwest::Client::new().post(format!("{issuer}/introspect")).basic_auth(name, Some(secret));
    let claims: Value = question.form(&[("token", token)]).send().await?.error_for_status()?.json().await?;
    if claims["active"] != true {
        return Err("not active".into());
    }
    Ok(claims)
}
