//! Requests that this server makes to addresses others chose: short, small, and never into its own network.

mod beyond;
mod documents;
mod providers;

pub use beyond::Beyond;
pub use documents::{DocumentAnswer, DocumentBody};
pub use providers::Answered;

use super::addresses::{is_private, is_public};
use crate::deadline::{OutOfTime, in_time};
use reqwest::{
    Client, ClientBuilder, Method, RequestBuilder, Response, StatusCode, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{ACCEPT, ACCEPT_ENCODING, AGE, AUTHORIZATION, CACHE_CONTROL, CONTENT_ENCODING, HeaderMap, HeaderValue},
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
    neighbours: OnceLock<Client>,
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

impl From<OutOfTime> for FetchFailed {
    fn from(error: OutOfTime) -> FetchFailed {
        FetchFailed(error.to_string())
    }
}

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
        made(&self.strangers, || builder().timeout(KEY_SET_TIMEOUT).dns_resolver(Arc::new(Resolver(is_public))))
    }

    /// For hosts of identity providers that the operator has named as living on the private network.
    fn neighbours(&self) -> Result<&Client, FetchFailed> {
        let near = |ip| is_public(ip) || is_private(ip);
        made(&self.neighbours, || builder().timeout(KEY_SET_TIMEOUT).dns_resolver(Arc::new(Resolver(near))))
    }

    /// For URLs that the operator configured: FHIR servers, which often live in the same network.
    fn trusted(&self) -> Result<&Client, FetchFailed> {
        made(&self.trusted, || builder().timeout(FHIR_TIMEOUT))
    }

    /// A client's key set, or a provider's.
    pub async fn key_set(&self, url: &str, beyond: Beyond<'_>) -> Result<Fetched, FetchFailed> {
        let request = self.to_stranger(Method::GET, url, beyond)?.timeout(KEY_SET_TIMEOUT);
        // RFC 7517 §8.5.2 gives sets a type of their own, and most servers don't.
        read(request.header(ACCEPT, "application/json, application/jwk-set+json"), MOST_KEY_SET_BYTES).await
    }

    pub async fn fhir(&self, url: &str, bearer: &str) -> Result<Fetched, FetchFailed> {
        read(self.to_fhir(url, bearer)?, MOST_FHIR_BYTES).await
    }

    /// The same of something that may not be there: never (404), or no more (410). Any other failure says nothing of it.
    pub async fn fhir_if_there(&self, url: &str, bearer: &str) -> Result<Option<Fetched>, FetchFailed> {
        self.fhir_unless(url, bearer, &[StatusCode::NOT_FOUND, StatusCode::GONE]).await
    }

    /// The same of a question that a server may not understand (400, FHIR R4 §3.1.1.2).
    pub async fn fhir_if_understood(&self, url: &str, bearer: &str) -> Result<Option<Fetched>, FetchFailed> {
        self.fhir_unless(url, bearer, &[StatusCode::BAD_REQUEST]).await
    }

    async fn fhir_unless(
        &self,
        url: &str,
        bearer: &str,
        nothing: &[StatusCode],
    ) -> Result<Option<Fetched>, FetchFailed> {
        let request = self.to_fhir(url, bearer)?;
        in_time(async {
            let answer = request.send().await.map_err(failed)?;
            match nothing.contains(&answer.status()) {
                true => Ok(None),
                false => fetched(answer, MOST_FHIR_BYTES).await.map(Some),
            }
        })
        .await?
    }

    fn to_fhir(&self, url: &str, bearer: &str) -> Result<RequestBuilder, FetchFailed> {
        let request = self.trusted()?.get(url).header(ACCEPT, "application/fhir+json");
        Ok(request.header(AUTHORIZATION, format!("Bearer {bearer}")))
    }

    /// A request to where a stranger's document led: https and public addresses, or else what is allowed beyond.
    fn to_stranger(&self, method: Method, url: &str, beyond: Beyond<'_>) -> Result<RequestBuilder, FetchFailed> {
        let url = Url::parse(url).map_err(|_| FetchFailed("the URL can't be parsed".into()))?;
        let client = if beyond.loopback && is_loopback(&url) {
            self.trusted()?
        } else {
            check_public(&url)?;
            if beyond.private_network(&url) { self.neighbours()? } else { self.strangers()? }
        };
        Ok(client.request(method, url))
    }
}

/// Asks for bytes as they are: a compressed answer has no size that could be bounded before it is read.
fn builder() -> ClientBuilder {
    let uncompressed = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("identity"))]);
    Client::builder().default_headers(uncompressed).redirect(redirect::Policy::none()).user_agent("admit").no_proxy()
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
    in_time(async { fetched(request.send().await.map_err(failed)?, most_bytes).await }).await?
}

async fn fetched(answer: Response, most_bytes: usize) -> Result<Fetched, FetchFailed> {
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

async fn body(mut answer: Response, most_bytes: usize) -> Result<Vec<u8>, FetchFailed> {
    if is_compressed(answer.headers()) {
        return Err(FetchFailed("the answer is compressed (Content-Encoding), and identity was asked for".into()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > most_bytes {
            return Err(FetchFailed(format!("the answer is larger than {most_bytes} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// RFC 9110 §8.4: any coding but `identity`, which says that there is none.
fn is_compressed(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(CONTENT_ENCODING).iter().map(|line| line.to_str().unwrap_or("unreadable"));
    lines
        .flat_map(|line| line.split(','))
        .any(|coding| !matches!(coding.trim().to_ascii_lowercase().as_str(), "" | "identity"))
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

/// Resolves names, and forgets every address that is not allowed: the check sees what the connection will use, so a
/// name that answers differently the second time gains nothing.
struct Resolver(fn(IpAddr) -> bool);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.0;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed: Vec<SocketAddr> = found.into_iter().filter(|address| allowed(address.ip())).collect();
            if allowed.is_empty() {
                return Err("the name has no address that may be asked".into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{beyond::tests::named, *};

    #[test]
    fn plain_http_and_literal_inside_addresses_are_refused() {
        for url in
            ["http://client.example/jwks", "https://127.0.0.1/jwks", "https://[::1]/", "https://169.254.169.254/x"]
        {
            assert!(check_public(&Url::parse(url).unwrap()).is_err(), "{url}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_nobodys_wherever_it_may_lead() {
        let outbound = Outbound::new().unwrap();
        let provider = named("https://localhost");
        let beyond = Beyond { loopback: false, provider: Some(&provider) };
        for plain in ["http://login.hospital.example/", "http://localhost/"] {
            let refused = outbound.key_set(plain, beyond).await.unwrap_err();
            assert_eq!(refused.0, "the URL must be https");
        }
        let near = Resolver(|ip| is_public(ip) || is_private(ip));
        let refused = near.resolve("localhost".parse().unwrap()).await.err().unwrap();
        assert_eq!(refused.to_string(), "the name has no address that may be asked");
        assert_eq!(
            outbound.key_set("https://localhost:9/", beyond).await.unwrap_err().0,
            "the server can't be reached"
        );
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
