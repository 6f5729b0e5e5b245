//! From one address to the person's browser: all that the agent does before anybody signs in.

use super::{
    document,
    proof::ProvedRequest,
    run::{AgentRun, Scene, StoryPart},
};
use crate::{
    sample_app::{AUTHORIZATION_SERVER, Answer, FHIR_SERVER},
    site::{Site, query},
};
use axum::http::header;
use reqwest::RequestBuilder;
use rules::secret::SecretHash;
use serde_json::Value;
use url::Url;

const CHALLENGE: Scene = Scene {
    part: StoryPart::Before,
    name: "challenge",
    title: "The agent asks for a patient, without a token",
    why: "It knows this address and nothing else. The FHIR server refuses, and WWW-Authenticate says where to read about it \
          (resource_metadata) and what to ask for (scope).",
    to: FHIR_SERVER,
};

const RESOURCE: Scene = Scene {
    name: "resource",
    title: "The FHIR server says who issues its tokens",
    why: "Protected resource metadata (RFC 9728). Its resource must be the very address that the agent asked: no other server may \
          send it to a sign-in of its own.",
    ..CHALLENGE
};

const SERVER: Scene = Scene {
    name: "server",
    title: "The authorization server says what it can do",
    why: "Its metadata (RFC 8414). The agent looks whether it takes apps that nobody registered, where it takes requests ahead, and \
          which proofs of a key it verifies.",
    to: AUTHORIZATION_SERVER,
    ..CHALLENGE
};

const DOCUMENT: Scene = Scene {
    name: "document",
    title: "The agent’s client_id is the address of this document",
    why: "In place of a registration. The authorization server will fetch it by itself, and compares each redirect URI with it. The \
          agent has fetched it here to show it.",
    to: "Agent’s web server",
    ..CHALLENGE
};

const PUSH: Scene = Scene {
    name: "push",
    title: "The agent sends its request ahead",
    why: "A pushed request (RFC 9126) goes from server to server: nobody on the way through the browser can read or change it. The \
          proof in the header DPoP names the key that the code will be bound to. Back comes a reference, good once and for a short time.",
    to: AUTHORIZATION_SERVER,
    ..CHALLENGE
};

/// With a nonce of the server (RFC 9449 §8, §9).
pub const AGAIN: &str = "The same once more, with the nonce that the server gave";

/// A new run, as far as it goes without its person.
pub async fn ask(site: &Site, fhir: &str) -> AgentRun {
    let mut run = AgentRun::new(fhir);
    match till_the_person(site, &mut run).await {
        Ok(location) => run.continue_at = Some(location),
        Err(why) => run.stopped = Some(why),
    }
    run
}

async fn till_the_person(site: &Site, run: &mut AgentRun) -> Result<String, String> {
    let fhir = run.fhir.trim_end_matches('/').to_owned();
    let answer = run.make(site, CHALLENGE, site.http.get(format!("{fhir}/Patient"))).await?;
    let challenge = answer.headers.get(header::WWW_AUTHENTICATE).and_then(|value| value.to_str().ok());
    let challenge = challenge.unwrap_or_default().to_owned();
    let about = member(&challenge, "resource_metadata").ok_or("the FHIR server does not say where its metadata is")?;
    let data = member(&challenge, "scope").unwrap_or_else(|| "patient/*.rs".to_owned());

    let resource = good(run.make(site, RESOURCE, site.http.get(about)).await?)?;
    if resource["resource"] != run.fhir.as_str() {
        return Err("the metadata is about another address than the one that was asked".to_owned());
    }
    let issuer = resource["authorization_servers"][0].as_str().ok_or("the metadata names no authorization server")?;

    let url = metadata_url(issuer).ok_or("the authorization server’s name is no address")?;
    run.server = good(run.make(site, SERVER, site.http.get(url)).await?)?;
    if run.server["issuer"] != issuer {
        return Err("the authorization server calls itself by another name".to_owned());
    }
    if run.server["client_id_metadata_document_supported"] != true {
        return Err(
            "this server takes no app that nobody registered: client_id_metadata_document_supported is not there. \
                    The agent would have to be registered first"
                .to_owned(),
        );
    }

    let client_id = document::address(site);
    good(run.make(site, DOCUMENT, site.http.get(&client_id)).await?)?;

    let scope = format!("openid fhirUser launch/patient {data}");
    let challenge = SecretHash::of(&run.verifier).as_str().to_owned();
    let redirect_uri = document::redirect_uri(site);
    let (resource, state) = (run.fhir.clone(), run.state.clone());
    let request = [
        ("response_type", "code"),
        ("client_id", &client_id),
        ("redirect_uri", &redirect_uri),
        ("scope", &scope),
        ("state", &state),
        ("resource", &resource),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let authorize = run.server["authorization_endpoint"].as_str().ok_or("no authorization_endpoint")?.to_owned();
    let Some(par) = run.server["pushed_authorization_request_endpoint"].as_str().map(str::to_owned) else {
        return Ok(format!("{authorize}?{}", query(request)));
    };
    let pushed = good(prove(site, run, PUSH, &par, None, |url| site.http.post(url).form(&request)).await?)?;
    let reference = pushed["request_uri"].as_str().ok_or("the answer has no request_uri")?;
    Ok(format!("{authorize}?{}", query([("client_id", client_id.as_str()), ("request_uri", reference)])))
}

/// Makes a request with a proof, and once more where the server wants a nonce of its own in it.
pub async fn prove(
    site: &Site,
    run: &mut AgentRun,
    scene: Scene,
    url: &str,
    token: Option<&str>,
    request: impl Fn(&str) -> RequestBuilder,
) -> Result<Answer, String> {
    let key = run.key.clone().ok_or("the agent has no key")?;
    let built = request(url).build().map_err(|error| error.to_string())?;
    let method = if built.method() == "POST" { "POST" } else { "GET" };
    let proof = |nonce| key.proof(ProvedRequest { method, url, token, nonce }, site.server.now()).ok_or("no proof");
    let answer = run.make(site, scene, request(url).header("dpop", proof(None)?)).await?;
    let nonce = answer.headers.get("dpop-nonce").and_then(|nonce| nonce.to_str().ok()).map(str::to_owned);
    match nonce.filter(|_| wants_nonce(&answer)) {
        None => Ok(answer),
        Some(nonce) => {
            let again = Scene { title: AGAIN, ..scene };
            run.make(site, again, request(url).header("dpop", proof(Some(&nonce))?)).await
        }
    }
}

fn wants_nonce(answer: &Answer) -> bool {
    let challenged = |value: &header::HeaderValue| value.to_str().is_ok_and(|text| text.contains("use_dpop_nonce"));
    answer.body["error"] == "use_dpop_nonce" || answer.headers.get_all(header::WWW_AUTHENTICATE).iter().any(challenged)
}

/// The body of an answer that is no refusal.
pub fn good(answer: Answer) -> Result<Value, String> {
    if answer.is_good() { Ok(answer.body) } else { Err(format!("the answer was {}", answer.in_words())) }
}

/// A member of a challenge, without what RFC 9110 §5.6.4 escapes: none of these has it.
fn member(challenge: &str, name: &str) -> Option<String> {
    let (_, rest) = challenge.split_once(&format!("{name}=\""))?;
    Some(rest.split_once('"')?.0.to_owned())
}

/// RFC 8414 §3.1: the well-known part comes between host and path.
fn metadata_url(issuer: &str) -> Option<String> {
    let url = Url::parse(issuer).ok()?;
    let path = url.path().trim_end_matches('/');
    Some(format!("{}/.well-known/oauth-authorization-server{path}", url.origin().ascii_serialization()))
}
