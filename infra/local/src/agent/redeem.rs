//! The person has agreed: from the code to the record, with a proof for each request.

use super::{
    ask::{good, prove},
    document,
    run::{AgentRun, AgentStep, Scene, StoryPart},
    thief,
};
use crate::{
    sample_app::{AUTHORIZATION_SERVER, Exchange, FHIR_SERVER, decoded, name, pretty},
    site::Site,
};
use axum::http::Uri;
use rules::oauth::params::Params;
use serde_json::json;

const ANSWER: Scene = Scene {
    part: StoryPart::After,
    name: "answer",
    title: "The browser brings the answer",
    why: "state is the one that the agent sent, so nobody else has begun this, and iss names the server that it asked (RFC 9207). The \
          code alone is worth nothing: it needs the agent’s secret of PKCE, and its key.",
    to: "Agent",
};

const TOKEN: Scene = Scene {
    name: "token",
    title: "The code becomes a token that is bound to the key",
    why: "The proof comes by the same key as before. token_type is DPoP, and the token names the key by its thumbprint, in cnf.jkt.",
    to: AUTHORIZATION_SERVER,
    ..ANSWER
};

const READ: Scene = Scene {
    name: "read",
    title: "The agent reads the record",
    why: "Each request has a new proof: for this method (htm), this address (htu) and this token (ath).",
    to: FHIR_SERVER,
    ..ANSWER
};

pub async fn redeem(site: &Site, run: &mut AgentRun, uri: &Uri, params: &Params) {
    if let Err(why) = till_the_record(site, run, uri, params).await {
        run.stopped = Some(why);
    }
}

async fn till_the_record(site: &Site, run: &mut AgentRun, uri: &Uri, params: &Params) -> Result<(), String> {
    run.steps.push(arrived(site, uri, params));
    if params.get("iss") != run.server["issuer"].as_str() {
        return Err("the answer came from another issuer than the one that was asked".to_owned());
    }
    if let Some(error) = params.get("error") {
        return Err(format!("the answer was no: {error}. {}", params.get("error_description").unwrap_or_default()));
    }
    let endpoint = run.server["token_endpoint"].as_str().ok_or("no token_endpoint")?.to_owned();
    let (client_id, redirect_uri) = (document::address(site), document::redirect_uri(site));
    let (fhir, verifier) = (run.fhir.clone(), run.verifier.clone());
    let form = [
        ("grant_type", "authorization_code"),
        ("code", params.get("code").unwrap_or_default()),
        ("redirect_uri", &redirect_uri),
        ("client_id", &client_id),
        ("code_verifier", &verifier),
        ("resource", &fhir),
    ];
    let tokens = good(prove(site, run, TOKEN, &endpoint, None, |url| site.http.post(url).form(&form)).await?)?;
    let token = tokens["access_token"].as_str().ok_or("the answer has no access_token")?.to_owned();
    let scheme = tokens["token_type"].as_str().unwrap_or("Bearer").to_owned();
    let outcome = format!("token_type {scheme}, good for {} seconds", tokens["expires_in"]);
    run.adds(outcome, pretty(&json!(decoded(&token))));

    let patient = tokens["patient"].as_str().ok_or("the token came without a patient")?;
    let url = format!("{}/Patient/{patient}", run.fhir.trim_end_matches('/'));
    let authorization = format!("{scheme} {token}");
    let read = |url: &str| site.http.get(url).header("authorization", &authorization);
    let record = good(prove(site, run, READ, &url, Some(&token), read).await?)?;
    run.adds(name(&record), "");
    run.patient = Some(record);
    let proof = run.steps.last().and_then(|step| step.proof.clone()).unwrap_or_default();
    thief::tries(site, run, &thief::Loot { url: &url, token: &token, scheme: &scheme, proof: &proof }).await
}

fn arrived(site: &Site, uri: &Uri, params: &Params) -> AgentStep {
    let exchange = Exchange {
        from: AUTHORIZATION_SERVER,
        to: ANSWER.to,
        title: ANSWER.title.to_owned(),
        request: format!("GET {}{uri}", site.base).replace('&', "\n&"),
        response: String::new(),
    };
    let outcome = if params.has("error") { "a refusal" } else { "a code" };
    AgentStep { scene: ANSWER, exchange, outcome: outcome.to_owned(), proof: None, came: String::new() }
}
