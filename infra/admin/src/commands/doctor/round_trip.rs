//! A whole way to a token, as a backend service goes it: assertion, token, its signature, and its end.

use super::{
    Check, Patient,
    checks::{Documents, cause},
    good, wrong,
};
use crate::private_key::PrivateKey;
use serde_json::Value;
use shared::{client::key_set::KeySet, jws::UnverifiedJws, server::Stopwatch, time::Timestamp};
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
    let stopwatch = Stopwatch::start();
    let answer = match asks(
        patient,
        documents,
        (&key, wanted.client_id),
        &[("grant_type", "client_credentials"), ("scope", wanted.scope)],
    )
    .await
    {
        Ok(answer) => answer,
        Err(why) => return vec![wrong(name, why)],
    };
    let Some(token) = answer["access_token"].as_str() else {
        let (error, described) = (&answer["error"], answer["error_description"].as_str().unwrap_or_default());
        return vec![wrong(name, format!("refused: {error} {described}"))];
    };
    let took = stopwatch.milliseconds();
    let scope = answer["scope"].as_str().unwrap_or_default();
    let seconds = &answer["expires_in"];
    let mut checks = vec![good(name, format!("got {scope} for {seconds} s, in {took} ms"))];
    checks.push(signature(patient, keys, token));
    checks.push(end(patient, documents, (&key, wanted.client_id), token).await);
    checks
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
async fn end(patient: &Patient, documents: &Documents, client: (&PrivateKey, &str), token: &str) -> Check {
    let name = "revocation";
    let Some(endpoint) = documents.smart["revocation_endpoint"].as_str() else { return wrong(name, "no endpoint") };
    match posts(patient, (documents, endpoint), client, &[("token", token)]).await {
        Ok((200, _)) => good(name, "the token is revoked again"),
        Ok((status, body)) => wrong(name, format!("{status} {}", body["error"])),
        Err(why) => wrong(name, why),
    }
}

async fn asks(
    patient: &Patient,
    documents: &Documents,
    client: (&PrivateKey, &str),
    form: &[(&str, &str)],
) -> Result<Value, String> {
    posts(patient, (documents, &documents.token_endpoint), client, form).await.map(|(_, body)| body)
}

/// With an assertion of its own: each is good once.
async fn posts(
    patient: &Patient,
    (documents, endpoint): (&Documents, &str),
    (key, client_id): (&PrivateKey, &str),
    form: &[(&str, &str)],
) -> Result<(u16, Value), String> {
    let now = shared::server::Clock::System.now();
    let assertion = key.assertion(client_id, &documents.token_endpoint, Timestamp(now.0));
    let assertion = assertion.ok_or("the key can't sign")?;
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let form: Vec<(&str, &str)> =
        form.iter().copied().chain([("client_assertion_type", kind), ("client_assertion", &assertion)]).collect();
    let response = patient.http.post(endpoint).form(&form).send().await;
    let response = response.map_err(|error| format!("{endpoint}: {}", cause(&error)))?;
    let status = response.status().as_u16();
    Ok((status, response.json().await.unwrap_or_default()))
}
