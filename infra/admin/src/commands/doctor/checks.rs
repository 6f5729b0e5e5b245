//! The checks that need no credentials.

use super::check::{Check, ExaminedTenant, doubtful, good, wrong};
use crate::tenant_file::is_loopback;
use reqwest::{
    Method,
    header::{self, HeaderMap},
};
use rules::jwk::KeySet;
use serde_json::Value;
use url::Url;

/// What the tenant says of itself, and the two endpoints that the checks call.
pub struct Documents {
    pub smart: Value,
    /// RFC 8414; null where there is none.
    pub authorization_server: Value,
    /// OpenID Connect; null where there is none.
    pub openid: Value,
    pub jwks_uri: String,
    pub token_endpoint: String,
}

pub fn transport(tenant: &ExaminedTenant) -> Check {
    match tenant.issuer.starts_with("https://") {
        true => good("transport", "https"),
        false if is_loopback(&tenant.issuer) => good("transport", "http on this machine"),
        false => wrong("transport", "http: tokens and passwords go over the network in the clear"),
    }
}

/// The three documents: are they there, do they name this issuer, do they agree?
pub async fn discovery(tenant: &ExaminedTenant) -> (Vec<Check>, Option<Documents>) {
    let issuer = &tenant.issuer;
    let mut checks = Vec::new();
    let smart_url = format!("{issuer}/.well-known/smart-configuration");
    let smart = match fetch(tenant, &smart_url).await {
        Err(why) => return (vec![wrong("smart-configuration", why)], None),
        Ok((document, headers)) => {
            checks.push(clock(tenant, &headers));
            checks.push(open_to_all(&headers));
            document
        }
    };
    checks.push(smart_document(issuer, &smart));
    let with_sign_in = smart.get("authorization_endpoint").is_some();
    let (mut openid, mut authorization_server) = (Value::Null, Value::Null);
    for (name, url, found) in [
        ("openid-configuration", Some(format!("{issuer}/.well-known/openid-configuration")), &mut openid),
        ("authorization-server", rfc_8414(issuer), &mut authorization_server),
    ] {
        let Some(url) = url else { continue };
        checks.push(match fetch(tenant, &url).await {
            Ok((document, _)) => {
                *found = document;
                other_document(name, issuer, &smart, found)
            }
            Err(why) if with_sign_in => wrong(name, why),
            Err(why) => doubtful(name, why),
        });
    }
    let text = |name: &str| smart[name].as_str().map(str::to_owned);
    let documents = text("token_endpoint").zip(text("jwks_uri")).map(|(token_endpoint, jwks_uri)| Documents {
        smart: smart.clone(),
        authorization_server,
        openid,
        jwks_uri,
        token_endpoint,
    });
    (checks, documents)
}

fn smart_document(issuer: &str, smart: &Value) -> Check {
    let name = "smart-configuration";
    let missing: Vec<&str> =
        ["token_endpoint", "jwks_uri", "grant_types_supported", "capabilities", "code_challenge_methods_supported"]
            .into_iter()
            .filter(|member| smart.get(member).is_none())
            .collect();
    if !missing.is_empty() {
        return wrong(name, format!("without {}", missing.join(", ")));
    }
    if let Some(named) = smart["issuer"].as_str().filter(|named| *named != issuer) {
        return wrong(
            name,
            format!("its issuer is {named}, and tokens name that: the tenant is configured for another host"),
        );
    }
    let elsewhere: Vec<&str> = smart
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(member, _)| member.ends_with("_endpoint") || *member == "jwks_uri")
        .filter_map(|(_, url)| url.as_str())
        .filter(|url| !url.starts_with(issuer))
        .collect();
    match elsewhere.is_empty() {
        true => good(name, format!("{} capabilities", smart["capabilities"].as_array().map_or(0, Vec::len))),
        false => wrong(name, format!("endpoints of another issuer: {}", elsewhere.join(", "))),
    }
}

fn other_document(name: &'static str, issuer: &str, smart: &Value, document: &Value) -> Check {
    if document["issuer"] != *issuer {
        return wrong(name, format!("its issuer is {}, not {issuer}", document["issuer"]));
    }
    match SHARED.iter().find(|member| document[**member] != smart[**member]) {
        Some(member) => wrong(name, format!("another {member} than smart-configuration")),
        None => good(name, "the same issuer and endpoints"),
    }
}

/// What an app may read in either document.
const SHARED: [&str; 6] = [
    "token_endpoint",
    "jwks_uri",
    "pushed_authorization_request_endpoint",
    "require_pushed_authorization_requests",
    "dpop_signing_alg_values_supported",
    "client_id_metadata_document_supported",
];

/// RFC 8414 §3.1: between host and path.
fn rfc_8414(issuer: &str) -> Option<String> {
    let url = Url::parse(issuer).ok()?;
    let path = url.path().trim_end_matches('/');
    Some(format!("{}/.well-known/oauth-authorization-server{path}", url.origin().ascii_serialization()))
}

/// Assertions and tokens hold for a time by the clock. A difference above the allowance of a minute refuses them.
fn clock(tenant: &ExaminedTenant, headers: &HeaderMap) -> Check {
    let name = "clock";
    let Some(there) = header_of(headers, header::DATE).and_then(http_date) else {
        return doubtful(name, "the server does not say its time");
    };
    match (there - tenant.now).abs() {
        apart @ 0..=5 => good(name, format!("{apart} s apart")),
        apart @ 6..=50 => doubtful(name, format!("{apart} s apart: one of the two clocks is wrong")),
        apart => {
            wrong(name, format!("{apart} s apart: assertions made here are refused there, or the other way round"))
        }
    }
}

/// `Sun, 22 Nov 2026 04:02:37 GMT` (RFC 9110 §5.6.7).
fn http_date(text: &str) -> Option<i64> {
    Some(jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_second())
}

fn open_to_all(headers: &HeaderMap) -> Check {
    match header_of(headers, header::ACCESS_CONTROL_ALLOW_ORIGIN) {
        Some("*") => good("CORS of discovery", "any page may read it"),
        other => wrong("CORS of discovery", format!("pages can't read it: Access-Control-Allow-Origin is {other:?}")),
    }
}

pub async fn keys(tenant: &ExaminedTenant, documents: &Documents) -> (Vec<Check>, Option<KeySet>) {
    let name = "keys";
    let (document, headers) = match fetch(tenant, &documents.jwks_uri).await {
        Ok(found) => found,
        Err(why) => return (vec![wrong(name, why)], None),
    };
    let set = match KeySet::parse(document.to_string().as_bytes()) {
        Ok(set) => set,
        Err(why) => return (vec![wrong(name, why.to_string())], None),
    };
    let published = document["keys"].as_array().map_or(0, Vec::len);
    let algs: Vec<&str> = set.keys.iter().filter_map(|key| key.alg.as_deref()).collect();
    let check = match () {
        () if set.keys.is_empty() => wrong(name, "no key: nobody can verify a token"),
        () if set.keys.len() < published => {
            wrong(name, format!("{} of {published} can't be used", published - set.keys.len()))
        }
        () if let Some(alg) = missing(documents, &algs) => wrong(name, format!("no {alg} key for id_tokens")),
        () => good(name, algs.join(", ")),
    };
    let cached = match header_of(&headers, header::CACHE_CONTROL) {
        Some(value) if value.contains("max-age") => good("caching of keys", value.to_owned()),
        other => {
            doubtful("caching of keys", format!("Cache-Control is {other:?}: verifiers may ask for them at each token"))
        }
    };
    (vec![check, cached], Some(set))
}

/// What id_tokens are said to be signed with, and no key is there for: RS256 (OpenID Connect Core §15.1), unless the tenant is held to
/// another profile.
fn missing<'d>(documents: &'d Documents, algs: &[&str]) -> Option<&'d str> {
    documents.smart.get("authorization_endpoint")?;
    let named = documents.openid["id_token_signing_alg_values_supported"].as_array();
    let mut named = named.map_or_else(|| vec!["RS256"], |list| list.iter().filter_map(Value::as_str).collect());
    named.retain(|alg| !algs.contains(alg));
    named.first().copied()
}

/// A registered page is let in, and a stranger's is not.
pub async fn cors(tenant: &ExaminedTenant, documents: &Documents, origin: Option<&str>) -> Vec<Check> {
    let asks = async |origin: &str| {
        let request = tenant
            .http
            .request(Method::OPTIONS, &documents.token_endpoint)
            .header(header::ORIGIN, origin)
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST");
        let response = request.send().await.ok()?;
        Some(header_of(response.headers(), header::ACCESS_CONTROL_ALLOW_ORIGIN).map(str::to_owned))
    };
    let mut checks = Vec::new();
    checks.push(match asks("https://stranger.invalid").await {
        Some(None) => good("CORS of token", "pages of strangers are not let in"),
        Some(Some(allowed)) => doubtful("CORS of token", format!("open to pages of strangers ({allowed})")),
        None => wrong("CORS of token", "no answer to a preflight"),
    });
    if let Some(origin) = origin {
        checks.push(match asks(origin).await.flatten() {
            Some(allowed) if allowed == origin || allowed == "*" => {
                good("CORS of this app", format!("{origin} is let in"))
            }
            _ => wrong("CORS of this app", format!("{origin} is not let in: no client has it among its origins")),
        });
    }
    checks
}

/// The answer to a wrong request.
pub async fn refusals(tenant: &ExaminedTenant, documents: &Documents) -> Vec<Check> {
    let name = "refusals";
    let form = [("grant_type", "client_credentials"), ("client_id", "nobody-of-this-name")];
    let response = match tenant.http.post(&documents.token_endpoint).form(&form).send().await {
        Ok(response) => response,
        Err(error) => return vec![wrong(name, format!("the token endpoint does not answer: {error}"))],
    };
    let status = response.status().as_u16();
    let caching = header_of(response.headers(), header::CACHE_CONTROL).map(str::to_owned);
    let reference = header_of(response.headers(), "admit-refusal").map(str::to_owned);
    let body: Value = response.json().await.unwrap_or_default();
    vec![match (body["error"].as_str(), status) {
        (Some(_), 503 | 429) => wrong(name, format!("{status} {}: {}", body["error"], body["error_description"])),
        (Some(error), 400 | 401) if caching.as_deref() == Some("no-store") => {
            let reference = reference.map(|id| format!(", reference {id}")).unwrap_or_default();
            good(name, format!("{status} {error}{reference}"))
        }
        (Some(error), _) => wrong(name, format!("{status} {error}, Cache-Control {caching:?}")),
        (None, _) => wrong(name, format!("{status} without an error of OAuth: something else answers for the server")),
    }]
}

/// A JSON document, or a sentence that says what came instead.
pub async fn fetch(tenant: &ExaminedTenant, url: &str) -> Result<(Value, HeaderMap), String> {
    let response = tenant.http.get(url).send().await.map_err(|error| format!("{url}: {}", cause(&error)))?;
    // A server that is there answers so, in its own form, for a tenant that is not.
    if response.status() == 404 && response.headers().contains_key("admit-refusal") {
        let name = tenant.issuer.rsplit('/').next().unwrap_or_default();
        return Err(format!("{url}: this server has no tenant {name}; `admit tenant list` says which it has"));
    }
    if response.status() != 200 {
        return Err(format!("{url}: {}", response.status()));
    }
    let kind = header_of(response.headers(), header::CONTENT_TYPE).unwrap_or_default().to_owned();
    if !kind.starts_with("application/json") {
        return Err(format!("{url}: Content-Type {kind}"));
    }
    let headers = response.headers().clone();
    let body = response.bytes().await.map_err(|error| format!("{url}: {error}"))?;
    let document = serde_json::from_slice(&body).map_err(|error| format!("{url}: no JSON ({error})"))?;
    Ok((document, headers))
}

fn header_of(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The deepest cause: reqwest's own message only names the URL.
pub fn cause(error: &reqwest::Error) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

#[cfg(test)]
mod tests {
    use super::http_date;

    #[test]
    fn a_date_is_read_as_servers_write_it() {
        assert_eq!(http_date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(http_date("Fri, 15 Jan 2027 08:00:00 GMT"), Some(1_800_000_000));
        assert_eq!(http_date("2027-01-15T08:00:00Z"), None);
    }
}
