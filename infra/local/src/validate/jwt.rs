//! A JWT: decoded, verified against the key it names, and each claim judged by what kind of token it is.

use super::{
    page::{Finding, Mark, Pasted, Report},
    parts::{decode, words},
    proof,
};
use crate::{site::Site, tenant::LocalTenant};
use rules::{
    client::{ClientAuthentication, RegisteredKeys},
    dpop::Confirmation,
    jwk::KeySet,
    jws::UnverifiedJws,
    time::CLOCK_SKEW,
};
use serde_json::Value;

/// Whose token it seems to be, and the keys to try.
struct Origin {
    kind: &'static str,
    keys: Option<OwnedKeys>,
    /// What `aud` must be, if it is known.
    audiences: Vec<String>,
    is_assertion: bool,
}

struct OwnedKeys {
    /// In words, as in "the keys of Riverside Clinic".
    owner: String,
    set: KeySet,
}

pub async fn judge(site: &Site, text: &str, pasted: &Pasted<'_>) -> Report {
    let text = bare(text);
    let parts: Vec<Value> = text.split('.').take(2).filter_map(decode).collect();
    let [header, claims] = parts.as_slice() else {
        return Report::unreadable(
            "This is not a JWT: three parts of base64url with a dot between each, of which two are JSON.",
        );
    };
    if header["typ"] == "dpop+jwt" {
        let token = Some(bare(pasted.token.trim())).filter(|token| !token.is_empty());
        return proof::judge(site, text, header, claims, token).await;
    }
    let mut origin = origin(site, header, claims).await;
    if !pasted.keys.is_empty() {
        match KeySet::parse(pasted.keys.as_bytes()) {
            Ok(set) => origin.keys = Some(OwnedKeys { owner: "the key set pasted here".to_owned(), set }),
            Err(error) => return Report::unreadable(format!("The key set can't be used: {error}.")),
        }
    }
    let mut findings = vec![Finding::new(Mark::Note, "typ", origin.kind, "")];
    findings.push(signature(text, header, &origin));
    findings.extend(people(site, claims, &origin));
    findings.extend(claims.get("cnf").map(bound));
    findings.extend(times(claims, site.server.now().0, origin.is_assertion));
    if origin.is_assertion && !claims["jti"].is_string() {
        findings.push(Finding::new(
            Mark::Bad,
            "jti",
            "missing",
            "An assertion is good once, and jti is how that is known.",
        ));
    }
    let mut report = Report::of(findings, "Signature and claims are good.", "A server would not take this");
    report.decoded = [header, claims].map(|part| serde_json::to_string_pretty(part).unwrap_or_default()).join("\n\n");
    report
}

/// Without the scheme that it has in the header `Authorization`.
fn bare(text: &str) -> &str {
    ["Bearer ", "DPoP "].iter().find_map(|scheme| text.strip_prefix(scheme)).unwrap_or(text).trim()
}

/// RFC 7800 §3.1: what is not understood is no "unbound".
fn bound(cnf: &Value) -> Finding {
    match serde_json::from_value::<Confirmation>(cnf.clone()) {
        Ok(Confirmation { jkt }) => {
            let why = "Bound to the key of this thumbprint: it comes with the scheme DPoP, and a proof by that key.";
            Finding::new(Mark::Good, "cnf.jkt", jkt.as_str(), why)
        }
        Err(error) => Finding::new(Mark::Bad, "cnf", "Not understood", format!("{error}. No server takes the token.")),
    }
}

async fn origin(site: &Site, header: &Value, claims: &Value) -> Origin {
    let iss = claims["iss"].as_str().unwrap_or_default();
    for tenant in &site.tenants {
        if tenant.items.tenant.issuer.as_str() == iss {
            let record = site.server.tenant(tenant.file.id(), site.server.now()).await.ok().flatten();
            let is_access_token = header["typ"] == "at+jwt";
            return Origin {
                kind: if is_access_token { "An access token (RFC 9068)" } else { "An id_token (OpenID Connect)" },
                keys: record.map(|record| OwnedKeys {
                    owner: format!("the keys of {}", tenant.items.tenant.name),
                    set: record.jwks(),
                }),
                audiences: match is_access_token {
                    true => tenant.items.tenant.fhir_servers.iter().map(|server| server.url.clone()).collect(),
                    false => tenant.items.clients.iter().map(|client| client.client_id.clone()).collect(),
                },
                is_assertion: false,
            };
        }
    }
    assertion(site, claims).unwrap_or(Origin {
        kind: "A JWT of somebody else",
        keys: None,
        audiences: Vec::new(),
        is_assertion: claims["iss"] == claims["sub"],
    })
}

/// A client of ours speaks for itself: `iss` and `sub` are its id, `aud` says to which tenant.
fn assertion(site: &Site, claims: &Value) -> Option<Origin> {
    let (client_id, aud) = (claims["iss"].as_str()?, claims["aud"].as_str().unwrap_or_default());
    let has =
        |tenant: &&std::sync::Arc<LocalTenant>| tenant.clients().iter().any(|client| client.client_id == client_id);
    let mut named = site.tenants.iter().filter(has);
    let tenant = named.clone().find(|tenant| aud.starts_with(tenant.items.tenant.issuer.as_str())).or(named.next())?;
    let client = tenant.clients().into_iter().find(|client| client.client_id == client_id)?;
    let issuer = &tenant.items.tenant.issuer;
    let keys = match client.authentication {
        ClientAuthentication::PrivateKeyJwt { keys: RegisteredKeys::Jwks(set) } => Some(OwnedKeys {
            owner: format!("the keys registered for {client_id} at {}", tenant.items.tenant.name),
            set,
        }),
        _ => None,
    };
    let audiences = vec![issuer.endpoint("token"), issuer.as_str().to_owned()];
    Some(Origin { kind: "A client assertion (private_key_jwt)", keys, audiences, is_assertion: true })
}

fn signature(text: &str, header: &Value, origin: &Origin) -> Finding {
    let bad = |title: &str, why: String| Finding::new(Mark::Bad, "signature", title, why);
    let jws = match UnverifiedJws::parse(text) {
        Ok(jws) => jws,
        Err(error) => return bad("Can't be read", format!("{}.", error.0)),
    };
    if let Err(error) = jws.algorithm() {
        return bad("Not accepted", format!("{}. Only asymmetric algorithms are (RFC 8725 §3.1).", error.0));
    }
    let Some(OwnedKeys { owner, set }) = &origin.keys else {
        return Finding::new(
            Mark::Note,
            "signature",
            "Not verified",
            "Nobody known here has keys for it. Paste a key set below to verify it.",
        );
    };
    let kid = header["kid"].as_str().unwrap_or_default();
    let Some(key) = set.keys.iter().find(|key| key.kid == kid) else {
        return bad("No such key", format!("kid is “{kid}”, and {owner} have none of that name."));
    };
    match jws.verify::<Value>(key) {
        Ok(_) => Finding::new(
            Mark::Good,
            "signature",
            format!("{}, key {kid}", jws.header.alg),
            format!("Verified against {owner}."),
        ),
        Err(error) => bad("Not good", format!("Against {owner}: {}.", error.0)),
    }
}

fn people(site: &Site, claims: &Value, origin: &Origin) -> Vec<Finding> {
    let text = |name: &str| claims[name].as_str().unwrap_or_default().to_owned();
    let mut findings = Vec::new();
    if origin.is_assertion {
        let same = claims["iss"] == claims["sub"] && claims["iss"].is_string();
        let mark = if same { Mark::Good } else { Mark::Bad };
        findings.push(Finding::new(mark, "iss, sub", text("iss"), "Both must be the client_id."));
    } else {
        let is_ours = site.tenants.iter().any(|tenant| tenant.items.tenant.issuer.as_str() == text("iss"));
        let words = if is_ours { "An issuer of this server." } else { "No issuer of this server." };
        findings.push(Finding::new(if is_ours { Mark::Good } else { Mark::Note }, "iss", text("iss"), words));
    }
    let auds: Vec<&str> = match &claims["aud"] {
        Value::Array(auds) => auds.iter().filter_map(Value::as_str).collect(),
        aud => aud.as_str().into_iter().collect(),
    };
    let fits = auds.iter().any(|aud| origin.audiences.iter().any(|audience| audience == aud));
    findings.push(match (auds.is_empty(), origin.audiences.is_empty()) {
        (true, _) => Finding::new(Mark::Bad, "aud", "missing", "A token must say for whom it is."),
        (false, true) => Finding::new(Mark::Note, "aud", auds.join(" "), "Whether it is for you, you know."),
        (false, false) if fits => Finding::new(Mark::Good, "aud", auds.join(" "), "For whom it is meant."),
        (false, false) => {
            Finding::new(Mark::Bad, "aud", auds.join(" "), format!("Expected {}.", origin.audiences.join(" or ")))
        }
    });
    findings
}

fn times(claims: &Value, now: i64, is_assertion: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let at = |name: &str| claims[name].as_f64().map(|seconds| seconds as i64);
    match at("exp") {
        None => findings.push(Finding::new(
            Mark::Bad,
            "exp",
            "missing",
            "A token must end, as a number of seconds since 1970.",
        )),
        Some(exp) if exp + CLOCK_SKEW <= now => {
            findings.push(Finding::new(Mark::Bad, "exp", format!("expired {} ago", words(now - exp)), ""))
        }
        Some(exp) if is_assertion && exp > now + 300 + CLOCK_SKEW => {
            let why = "An assertion may live for five minutes at most (SMART App Launch 2.2).";
            findings.push(Finding::new(Mark::Bad, "exp", format!("in {}", words(exp - now)), why));
        }
        Some(exp) => findings.push(Finding::new(Mark::Good, "exp", format!("in {}", words(exp - now)), "")),
    }
    for name in ["iat", "nbf", "auth_time"] {
        match at(name) {
            Some(time) if time > now + CLOCK_SKEW => {
                let why = "A clock is wrong, or milliseconds were taken for seconds.";
                findings.push(Finding::new(Mark::Bad, name, format!("in {}", words(time - now)), why));
            }
            Some(time) => {
                findings.push(Finding::new(Mark::Good, name, format!("{} ago", words((now - time).max(0))), ""))
            }
            None => {}
        }
    }
    findings
}
