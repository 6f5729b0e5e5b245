//! Requests that this server makes to addresses others chose: short, small, and never into its own network.

mod providers;

pub use providers::Answered;

use super::addresses::is_public;
use reqwest::{
    Client, ClientBuilder, Method, RequestBuilder, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{ACCEPT, AGE, AUTHORIZATION, CACHE_CONTROL, HeaderMap},
    redirect,
};
use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, OnceLock},
    time::Duration,
};

/// A key set answers in two seconds (ASYM-12); a FHIR search may take a little longer.
const KEY_SET_TIMEOUT: Duration = Duration::from_secs(2);
const FHIR_TIMEOUT: Duration = Duration::from_secs(5);
const MOST_KEY_SET_BYTES: usize = 64 * 1024;
const MOST_FHIR_BYTES: usize = 2 * 1024 * 1024;

/// Its clients are made when they are first needed: most functions never go out, and each client reads the system's root
/// certificates.
#[derive(Default)]
pub struct Outbound {
    strangers: OnceLock<Client>,
    trusted: OnceLock<Client>,
}

/// The body that came, and how long it may be kept.
#[derive(Debug)]
pub struct Fetched {
    pub body: Vec<u8>,
    pub max_age: Option<i64>,
}

/// Why nothing came; for the log.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct FetchFailed(pub String);

impl Outbound {
    /// With its clients made at once, so that a machine that can't have them says so at the start.
    pub fn new() -> Result<Outbound, FetchFailed> {
        let outbound = Outbound::default();
        outbound.strangers()?;
        outbound.trusted()?;
        Ok(outbound)
    }

    /// For URLs that clients registered: resolves to public addresses only.
    fn strangers(&self) -> Result<&Client, FetchFailed> {
        made(&self.strangers, || builder().timeout(KEY_SET_TIMEOUT).dns_resolver(Arc::new(PublicAddresses)))
    }

    /// For URLs that the operator configured: FHIR servers, which often live in the same network.
    fn trusted(&self) -> Result<&Client, FetchFailed> {
        made(&self.trusted, || builder().timeout(FHIR_TIMEOUT))
    }

    /// A client's key set. `loopback` also allows `http:` and this machine, for tenants on a laptop.
    pub async fn key_set(&self, url: &str, loopback: bool) -> Result<Fetched, FetchFailed> {
        let request = self.to_stranger(Method::GET, url, loopback)?.timeout(KEY_SET_TIMEOUT);
        read(request.header(ACCEPT, "application/json"), MOST_KEY_SET_BYTES).await
    }

    pub async fn fhir(&self, url: &str, bearer: &str) -> Result<Fetched, FetchFailed> {
        let request = self
            .trusted()?
            .get(url)
            .header(ACCEPT, "application/fhir+json")
            .header(AUTHORIZATION, format!("Bearer {bearer}"));
        read(request, MOST_FHIR_BYTES).await
    }

    /// A request to where a stranger's document led: https and public addresses, or else this machine if that is allowed.
    fn to_stranger(&self, method: Method, url: &str, loopback: bool) -> Result<RequestBuilder, FetchFailed> {
        let url = Url::parse(url).map_err(|_| FetchFailed("the URL can't be parsed".into()))?;
        let local = loopback && is_loopback(&url);
        if !local {
            check_public(&url)?;
        }
        let client = if local { self.trusted()? } else { self.strangers()? };
        Ok(client.request(method, url))
    }
}

fn builder() -> ClientBuilder {
    Client::builder().redirect(redirect::Policy::none()).user_agent("admit").no_proxy()
}

/// Two who make it at once do no harm: one is thrown away.
fn made(client: &OnceLock<Client>, builder: impl FnOnce() -> ClientBuilder) -> Result<&Client, FetchFailed> {
    if let Some(client) = client.get() {
        return Ok(client);
    }
    let made = builder().build().map_err(|error| FetchFailed(error.to_string()))?;
    Ok(client.get_or_init(|| made))
}

async fn read(request: RequestBuilder, most_bytes: usize) -> Result<Fetched, FetchFailed> {
    let answer = request.send().await.map_err(failed)?;
    if !answer.status().is_success() {
        return Err(FetchFailed(format!("the answer was {}", answer.status().as_u16())));
    }
    let max_age = max_age(answer.headers());
    Ok(Fetched { body: body(answer, most_bytes).await?, max_age })
}

/// The error of reqwest quotes the URL, which may hold a patient's name; its kind is enough.
fn failed(error: reqwest::Error) -> FetchFailed {
    FetchFailed(if error.is_timeout() { "no answer in time" } else { "the server can't be reached" }.to_owned())
}

async fn body(mut answer: reqwest::Response, most_bytes: usize) -> Result<Vec<u8>, FetchFailed> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > most_bytes {
            return Err(FetchFailed(format!("the answer is larger than {most_bytes} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Seconds that `Cache-Control` allows from now on (RFC 9111 §4.2): less what caches on the way have used up already, and
/// none where it can't be read. `no-store` and `no-cache` allow none.
fn max_age(headers: &HeaderMap) -> Option<i64> {
    let lines = headers.get_all(CACHE_CONTROL).iter().map(|line| line.to_str().unwrap_or("no-store"));
    let directives: Vec<String> =
        lines.flat_map(|line| line.split(',')).map(|directive| directive.trim().to_ascii_lowercase()).collect();
    if directives.iter().any(|directive| directive.starts_with("no-store") || directive.starts_with("no-cache")) {
        return Some(0);
    }
    let seconds = |directive: &String| {
        let text = directive.strip_prefix("max-age=").or_else(|| directive.strip_prefix("s-maxage="))?;
        Some(text.trim_matches('"').parse::<i64>().unwrap_or(0))
    };
    let allowed = directives.iter().filter_map(seconds).min()?;
    let age = headers.get(AGE).and_then(|age| age.to_str().ok()?.trim().parse::<i64>().ok()).unwrap_or(0);
    Some(allowed.saturating_sub(age.max(0)).max(0))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// A literal address is never asked of the resolver, so it is judged here.
fn check_public(url: &Url) -> Result<(), FetchFailed> {
    if url.scheme() != "https" {
        return Err(FetchFailed("the URL must be https".into()));
    }
    let address: Option<IpAddr> = match url.host() {
        Some(url::Host::Ipv4(ip)) => Some(ip.into()),
        Some(url::Host::Ipv6(ip)) => Some(ip.into()),
        _ => None,
    };
    match address {
        Some(ip) if !is_public(ip) => Err(FetchFailed("the URL names an address that is not public".into())),
        _ => Ok(()),
    }
}

/// Resolves names, and forgets every address that is not public: the check sees what the connection will use, so a
/// name that answers differently the second time gains nothing.
struct PublicAddresses;

impl Resolve for PublicAddresses {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let public: Vec<SocketAddr> = found.into_iter().filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err("the name has no public address".into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_and_literal_inside_addresses_are_refused() {
        for url in
            ["http://client.example/jwks", "https://127.0.0.1/jwks", "https://[::1]/", "https://169.254.169.254/x"]
        {
            assert!(check_public(&Url::parse(url).unwrap()).is_err(), "{url}");
        }
    }

    #[test]
    fn cache_control_says_how_long() {
        let of = |headers: &[(reqwest::header::HeaderName, &str)]| {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.append(name.clone(), value.parse().unwrap());
            }
            max_age(&map)
        };
        assert_eq!(of(&[(CACHE_CONTROL, "public, max-age=60")]), Some(60));
        assert_eq!(of(&[(CACHE_CONTROL, "Max-Age=\"60\"")]), Some(60));
        assert_eq!(of(&[(CACHE_CONTROL, "max-age=600, s-maxage=60")]), Some(60));
        assert_eq!(of(&[(CACHE_CONTROL, "max-age=600"), (CACHE_CONTROL, "no-store")]), Some(0));
        assert_eq!(of(&[(CACHE_CONTROL, "no-cache=\"set-cookie\", max-age=60")]), Some(0));
        assert_eq!(of(&[(CACHE_CONTROL, "max-age=soon")]), Some(0));
        assert_eq!(of(&[(CACHE_CONTROL, "max-age=-1")]), Some(0));
        assert_eq!(of(&[(CACHE_CONTROL, "max-age=60"), (AGE, "50")]), Some(10));
        assert_eq!(of(&[(CACHE_CONTROL, "max-age=60"), (AGE, "500")]), Some(0));
        assert_eq!(of(&[(CACHE_CONTROL, "private")]), None);
        assert_eq!(of(&[]), None);
    }
}
