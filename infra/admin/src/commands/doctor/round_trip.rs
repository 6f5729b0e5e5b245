//! Fetches a token as a backend service does, verifies its signature, and revokes it.

use super::{
    check::{Check, ExaminedTenant, doubtful, good, wrong},
    checks::{Documents, cause},
};
use crate::private_key::PrivateKey;
use rules::{jwk::KeySet, jws::UnverifiedJws, time::Timestamp};
use serde_json::Value;
use server::Stopwatch;
use std::{fs, path::Path};

/// The backend client whose token is fetched, as the command line names it.
pub struct BackendClient<'a> {
    pub client_id: &'a str,
    pub key: &'a Path,
    pub scope: &'a str,
}

pub async fn round_trip(
    tenant: &ExaminedTenant,
    documents: &Documents,
    keys: Option<&KeySet>,
    client: &BackendClient<'_>,
) -> Vec<Check> {
    let name = "token";
    let key = match fs::read_to_string(client.key) {
        Ok(text) => PrivateKey::read(&text),
        Err(error) => return vec![wrong(name, format!("{}: {error}", client.key.display()))],
    };
    let Some(key) = key else {
        return vec![wrong(name, format!("{} is no private JWK with kid and alg", client.key.display()))];
    };
    let mut refused = None;
    for audience in audiences(tenant, documents) {
        let assertions = Assertions { key: &key, client_id: client.client_id, audience };
        let stopwatch = Stopwatch::start();
        let form = [("grant_type", "client_credentials"), ("scope", client.scope)];
        let (status, answer) = match post(tenant, &documents.token_endpoint, &assertions, &form).await {
            Ok(answered) => answered,
            Err(why) => return vec![wrong(name, why)],
        };
        let Some(token) = answer["access_token"].as_str() else {
            refused.get_or_insert(refusal(status, &answer));
            match answer["error"] == "invalid_client" {
                true => continue,
                false => break,
            }
        };
        let took = stopwatch.milliseconds();
        let scope = answer["scope"].as_str().unwrap_or_default();
        let seconds = &answer["expires_in"];
        let named = if audience == tenant.issuer { ", with the issuer as aud" } else { "" };
        let mut checks = vec![good(name, format!("got {scope} for {seconds} s, in {took} ms{named}"))];
        checks.push(signature(tenant, keys, token));
        checks.push(revoke(tenant, documents, &assertions, token).await);
        return checks;
    }
    vec![wrong(name, refused.unwrap_or_default())]
}

/// The audiences that an assertion may name: the token endpoint, as SMART has it, and where that is refused the issuer
/// (RFC 7523bis), which is all that `assertion_audience = "rfc7523bis-strict"` takes. No document says which one a tenant takes.
fn audiences<'a>(tenant: &'a ExaminedTenant, documents: &'a Documents) -> [&'a str; 2] {
    [&documents.token_endpoint, &tenant.issuer]
}

fn refusal(status: u16, answer: &Value) -> String {
    let described = answer["error_description"].as_str().unwrap_or_default();
    match answer["error"].as_str() {
        Some(error) => format!("refused: {status} {error} {described}"),
        None => format!("{status} without an error of OAuth: something else answers for the server"),
    }
}

fn signature(tenant: &ExaminedTenant, keys: Option<&KeySet>, token: &str) -> Check {
    let name = "token's signature";
    if !token.contains('.') {
        return good(name, "none: it is a reference, for introspection alone");
    }
    let Ok(jws) = UnverifiedJws::parse(token) else { return wrong(name, "it is no JWS") };
    let kid = jws.header.kid.clone().unwrap_or_default();
    let Some(key) = keys.and_then(|set| set.keys.iter().find(|key| key.kid == kid)) else {
        return wrong(name, format!("no published key has its kid, {kid}"));
    };
    match jws.verify::<Value>(key) {
        Ok(claims) if claims["iss"] == tenant.issuer => good(name, format!("{}, by a published key", jws.header.alg)),
        Ok(claims) => wrong(name, format!("its iss is {}", claims["iss"])),
        Err(_) => wrong(name, "the published key does not verify it"),
    }
}

/// Revokes the token, since it was only fetched to examine it.
async fn revoke(tenant: &ExaminedTenant, documents: &Documents, assertions: &Assertions<'_>, token: &str) -> Check {
    let name = "revocation";
    let Some(endpoint) = documents.smart["revocation_endpoint"].as_str() else {
        return doubtful(name, "no document names the endpoint: this token lives until it expires");
    };
    match post(tenant, endpoint, assertions, &[("token", token)]).await {
        Ok((200, _)) => good(name, "the token is revoked again"),
        Ok((status, body)) => wrong(name, refusal(status, &body)),
        Err(why) => wrong(name, why),
    }
}

/// How the client proves who it is: with assertions for one audience.
struct Assertions<'a> {
    key: &'a PrivateKey,
    client_id: &'a str,
    audience: &'a str,
}

/// Sends a form with a new assertion, since each is good once.
async fn post(
    tenant: &ExaminedTenant,
    endpoint: &str,
    assertions: &Assertions<'_>,
    form: &[(&str, &str)],
) -> Result<(u16, Value), String> {
    let now = server::Clock::System.now();
    let assertion = assertions.key.assertion(assertions.client_id, assertions.audience, Timestamp(now.0));
    let assertion = assertion.ok_or("the key can't sign")?;
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let form: Vec<(&str, &str)> =
        form.iter().copied().chain([("client_assertion_type", kind), ("client_assertion", &assertion)]).collect();
    let response = tenant.http.post(endpoint).form(&form).send().await;
    let response = response.map_err(|error| format!("{endpoint}: {}", cause(&error)))?;
    let status = response.status().as_u16();
    Ok((status, response.json().await.unwrap_or_default()))
}
