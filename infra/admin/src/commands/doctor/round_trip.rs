//! A whole way to a token, as a backend service goes it: assertion, token, its signature, and its end.

use super::{
    Check, Patient,
    checks::{Documents, cause},
    doubtful, good, wrong,
};
use crate::private_key::PrivateKey;
use rules::{jwk::KeySet, jws::UnverifiedJws, time::Timestamp};
use serde_json::Value;
use server::Stopwatch;
use std::{fs, path::Path};

pub struct Wanted<'a> {
    pub client_id: &'a str,
    pub key: &'a Path,
    pub scope: &'a str,
}

pub async fn round_trip(
    patient: &Patient,
    documents: &Documents,
    keys: Option<&KeySet>,
    wanted: Wanted<'_>,
) -> Vec<Check> {
    let name = "token";
    let key = match fs::read_to_string(wanted.key) {
        Ok(text) => PrivateKey::read(&text),
        Err(error) => return vec![wrong(name, format!("{}: {error}", wanted.key.display()))],
    };
    let Some(key) = key else {
        return vec![wrong(name, format!("{} is no private JWK with kid and alg", wanted.key.display()))];
    };
    let mut refused = None;
    for audience in audiences(patient, documents) {
        let client = Assertions { key: &key, client_id: wanted.client_id, audience };
        let stopwatch = Stopwatch::start();
        let form = [("grant_type", "client_credentials"), ("scope", wanted.scope)];
        let (status, answer) = match posts(patient, &documents.token_endpoint, &client, &form).await {
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
        let named = if audience == patient.issuer { ", with the issuer as aud" } else { "" };
        let mut checks = vec![good(name, format!("got {scope} for {seconds} s, in {took} ms{named}"))];
        checks.push(signature(patient, keys, token));
        checks.push(end(patient, documents, &client, token).await);
        return checks;
    }
    vec![wrong(name, refused.unwrap_or_default())]
}

/// What an assertion may name: the token endpoint, as SMART has it; where that is refused, the issuer (RFC 7523bis), which is
/// all that `assertion_audience = "rfc7523bis-strict"` takes. No document says which of them a tenant takes.
fn audiences<'a>(patient: &'a Patient, documents: &'a Documents) -> [&'a str; 2] {
    [&documents.token_endpoint, &patient.issuer]
}

fn refusal(status: u16, answer: &Value) -> String {
    let described = answer["error_description"].as_str().unwrap_or_default();
    match answer["error"].as_str() {
        Some(error) => format!("refused: {status} {error} {described}"),
        None => format!("{status} without an error of OAuth: something else answers for the server"),
    }
}

fn signature(patient: &Patient, keys: Option<&KeySet>, token: &str) -> Check {
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
        Ok(claims) if claims["iss"] == patient.issuer => good(name, format!("{}, by a published key", jws.header.alg)),
        Ok(claims) => wrong(name, format!("its iss is {}", claims["iss"])),
        Err(_) => wrong(name, "the published key does not verify it"),
    }
}

/// What was only made to look at it should not stay about.
async fn end(patient: &Patient, documents: &Documents, client: &Assertions<'_>, token: &str) -> Check {
    let name = "revocation";
    let Some(endpoint) = documents.smart["revocation_endpoint"].as_str() else {
        return doubtful(name, "no document names the endpoint: this token lives until it expires");
    };
    match posts(patient, endpoint, client, &[("token", token)]).await {
        Ok((200, _)) => good(name, "the token is revoked again"),
        Ok((status, body)) => wrong(name, refusal(status, &body)),
        Err(why) => wrong(name, why),
    }
}

/// How this client proves who it is.
struct Assertions<'a> {
    key: &'a PrivateKey,
    client_id: &'a str,
    audience: &'a str,
}

/// With an assertion of its own: each is good once.
async fn posts(
    patient: &Patient,
    endpoint: &str,
    client: &Assertions<'_>,
    form: &[(&str, &str)],
) -> Result<(u16, Value), String> {
    let now = server::Clock::System.now();
    let assertion = client.key.assertion(client.client_id, client.audience, Timestamp(now.0));
    let assertion = assertion.ok_or("the key can't sign")?;
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let form: Vec<(&str, &str)> =
        form.iter().copied().chain([("client_assertion_type", kind), ("client_assertion", &assertion)]).collect();
    let response = patient.http.post(endpoint).form(&form).send().await;
    let response = response.map_err(|error| format!("{endpoint}: {}", cause(&error)))?;
    let status = response.status().as_u16();
    Ok((status, response.json().await.unwrap_or_default()))
}
