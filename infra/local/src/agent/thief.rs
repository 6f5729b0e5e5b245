//! Somebody has the token of the agent, and all that went with it over the wire, but not its key.

use super::{
    proof::{ProofKey, ProvedRequest},
    run::{AgentRun, Scene, StoryPart},
};
use crate::{sample_app::FHIR_SERVER, site::Site};

const AS_BEARER: Scene = Scene {
    part: StoryPart::Thief,
    name: "thief-bearer",
    title: "A thief sends the token as a Bearer token",
    why: "From a log, say, or from a backup: it has the token and no key. A token that names a key is good with a proof alone.",
    to: FHIR_SERVER,
};

const OWN_KEY: Scene = Scene {
    name: "thief-key",
    title: "The thief signs a proof with a key of its own",
    why: "The proof is well made, and of a key that the token does not name.",
    ..AS_BEARER
};

const REPLAY: Scene = Scene {
    name: "thief-replay",
    title: "The thief sends the agent’s own request once more",
    why: "It has listened to the whole request, proof included. Each proof is good once, and its jti is how the server knows it again.",
    ..AS_BEARER
};

const ELSEWHERE: Scene = Scene {
    name: "thief-elsewhere",
    title: "The thief takes the agent’s proof to another address",
    why: "The proof was made for one address, and htu says which. It opens no other.",
    ..AS_BEARER
};

/// What was stolen.
pub struct Loot<'a> {
    /// What was read with it.
    pub url: &'a str,
    pub token: &'a str,
    pub scheme: &'a str,
    pub proof: &'a str,
}

pub async fn tries(site: &Site, run: &mut AgentRun, loot: &Loot<'_>) -> Result<(), String> {
    let Loot { url, token, scheme, proof } = *loot;
    let held = format!("{scheme} {token}");
    let with = |url: &str, authorization: &str| site.http.get(url).header("authorization", authorization);
    attempt(site, run, AS_BEARER, with(url, &format!("Bearer {token}"))).await?;
    let key = ProofKey::new().ok_or("the thief has no key")?;
    let request = ProvedRequest { method: "GET", url, token: Some(token), nonce: None };
    let own = key.proof(request, site.server.now()).ok_or("the thief’s key can’t sign")?;
    attempt(site, run, OWN_KEY, with(url, &held).header("dpop", own)).await?;
    attempt(site, run, REPLAY, with(url, &held).header("dpop", proof)).await?;
    let elsewhere = format!("{}/Observation", run.fhir.trim_end_matches('/'));
    attempt(site, run, ELSEWHERE, with(&elsewhere, &held).header("dpop", proof)).await
}

async fn attempt(
    site: &Site,
    run: &mut AgentRun,
    scene: Scene,
    request: reqwest::RequestBuilder,
) -> Result<(), String> {
    let answer = run.make(site, scene, request).await?;
    let outcome = match answer.is_good() {
        true => format!("let in: {}", answer.status),
        false => format!("refused, {}", answer.in_words()),
    };
    run.adds(outcome, "");
    Ok(())
}
