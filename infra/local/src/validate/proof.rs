//! A DPoP proof: judged by the server's own rule, as if it came with the request that it names (RFC 9449 §4.3).

use super::{
    page::{Finding, Mark, Report},
    parts::{decode, words},
};
use crate::site::Site;
use rules::{
    dpop::{Asked, Confirmation, NonceFor, ProofRefused, TokenScheme, held, verify},
    jwk::KeyNumbers,
    tenant::{Profile, TenantRecord},
    time::Timestamp,
};
use serde_json::Value;
use std::sync::Arc;

/// Whose address the proof is for.
struct Addressee {
    name: String,
    record: Arc<TenantRecord>,
    who: NonceFor,
}

/// `token` is the access token that went with it, if it is known.
pub async fn judge(site: &Site, proof: &str, header: &Value, claims: &Value, token: Option<&str>) -> Report {
    let htu = claims["htu"].as_str().unwrap_or_default();
    let addressee = addressee(site, htu).await;
    let now = site.server.now();
    let asked = |now: Timestamp| Asked {
        method: claims["htm"].as_str().unwrap_or_default(),
        url: htu,
        access_token: token,
        nonces: addressee.as_ref().and_then(|at| at.record.dpop_nonces(at.who, now)),
        algorithms: addressee.as_ref().map_or(Profile::Smart, |at| at.record.policy.profile).proof_algorithms(),
        now,
    };
    let mut findings = vec![
        Finding::new(Mark::Note, "typ", "A DPoP proof (RFC 9449)", "Signed for one request, by its sender."),
        verdict(proof, token, &asked(now)),
    ];
    let made = claims["iat"].as_f64().map(|seconds| Timestamp(seconds as i64));
    let is_stale = |made: &Timestamp| verdict(proof, token, &asked(*made)).mark == Mark::Good;
    if findings.iter().any(|finding| finding.mark == Mark::Bad) && made.is_some_and(|made| is_stale(&made)) {
        let text = "Only its time is wrong now. Each request needs a proof of its own.";
        findings.push(Finding::new(Mark::Note, "iat", "It was good when it was made", text));
    }
    findings.extend(members(header, claims, addressee.as_ref(), token, now));
    let mut report =
        Report::of(findings, "A good proof for the request that it names.", "A server would not take this");
    report.decoded = [header, claims].map(|part| serde_json::to_string_pretty(part).unwrap_or_default()).join("\n\n");
    report
}

/// Of the request's own address and method: no page knows what it was sent to.
fn verdict(proof: &str, token: Option<&str>, asked: &Asked<'_>) -> Finding {
    let judged = match token.map(|token| (token, confirmation(token))) {
        None | Some((_, None)) => verify(&[proof], asked).map(drop).map_err(|why| why.to_string()),
        Some((_, Some(Err(why)))) => Err(why),
        Some((_, Some(Ok(cnf)))) => {
            held(cnf.as_ref(), TokenScheme::Dpop, &[proof], asked).map(drop).map_err(|why| why.to_string())
        }
    };
    match judged {
        Ok(()) if token.is_some() => Finding::new(Mark::Good, "proof", "Its sender holds the token", ""),
        Ok(()) => Finding::new(Mark::Good, "proof", "Signature, key and claims are good", ""),
        Err(why) if why == ProofRefused::NeedsNonce.to_string() => {
            Finding::new(Mark::Bad, "nonce", "A nonce of the server is needed", in_its_words(&why))
        }
        Err(why) => Finding::new(Mark::Bad, "proof", "Refused", in_its_words(&why)),
    }
}

/// They may begin with the name of a member, which stays as it is.
fn in_its_words(why: &str) -> String {
    format!("In the server’s words: {why}.")
}

/// What an access token says of its key. None of one that no one can look into.
fn confirmation(token: &str) -> Option<Result<Option<Confirmation>, String>> {
    let claims = decode(token.split('.').nth(1)?)?;
    let cnf = claims.get("cnf").cloned().map(serde_json::from_value::<Confirmation>).transpose();
    Some(cnf.map_err(|error| format!("the token's cnf is not understood: {error}")))
}

async fn addressee(site: &Site, htu: &str) -> Option<Addressee> {
    let is_below = |base: &str| htu == base || htu.starts_with(&format!("{}/", base.trim_end_matches('/')));
    for tenant in &site.tenants {
        let own = &tenant.items.tenant;
        let who = match own.fhir_servers.iter().any(|server| is_below(&server.url)) {
            true => NonceFor::ResourceServer,
            false if is_below(own.issuer.as_str()) => NonceFor::AuthorizationServer,
            false => continue,
        };
        let record = site.server.tenant(tenant.file.id(), site.server.now()).await.ok().flatten()?;
        return Some(Addressee { name: own.name.clone(), record, who });
    }
    None
}

fn members(
    header: &Value,
    claims: &Value,
    addressee: Option<&Addressee>,
    token: Option<&str>,
    now: Timestamp,
) -> Vec<Finding> {
    let note = |about: &str, title: String, text: &str| Finding::new(Mark::Note, about, title, text);
    let text = |name: &str| claims[name].as_str().map(str::to_owned);
    let mut findings = Vec::new();
    if let Ok(key) = serde_json::from_value::<KeyNumbers>(header["jwk"].clone()) {
        let why = "The thumbprint of its key (RFC 7638). A token that is bound to it has it in cnf.jkt.";
        findings.push(note("jwk", key.thumbprint(), why));
    }
    findings.extend(text("htm").map(|htm| note("htm", htm, "The method of the one request that it is for.")));
    let whose = match addressee {
        Some(Addressee { name, who: NonceFor::ResourceServer, .. }) => format!("At the FHIR server of {name}."),
        Some(Addressee { name, who: NonceFor::AuthorizationServer, .. }) => format!("At {name}."),
        None => "No address of this server.".to_owned(),
    };
    findings.extend(text("htu").map(|htu| note("htu", htu, &whose)));
    if let Some(iat) = claims["iat"].as_f64() {
        let ago = now.0 - iat as i64;
        let when = if ago < 0 { format!("in {}", words(-ago)) } else { format!("{} ago", words(ago)) };
        findings.push(note("iat", when, ""));
    }
    let once = "A proof is good once. Whether this one was used, this page does not look.";
    findings.extend(text("jti").map(|jti| note("jti", jti, once)));
    let of_token = match (token, addressee) {
        (Some(_), _) => "The hash of an access token; it was compared.",
        (None, _) => "The hash of an access token. Paste the token to have it compared.",
    };
    findings.extend(text("ath").map(|ath| note("ath", ath, of_token)));
    let at_fhir = addressee.is_some_and(|at| at.who == NonceFor::ResourceServer);
    if at_fhir && !claims["ath"].is_string() && token.is_none() {
        let why = "A FHIR server takes no proof without the hash of the access token.";
        findings.push(Finding::new(Mark::Bad, "ath", "missing", why));
    }
    findings
}
