//! Where an app gets its answer: fixed, fully specified, compared character by character.

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// A registered redirect URI (RFC 6749 §3.1.2, RFC 9700 §2.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RedirectUri(String);

impl RedirectUri {
    /// Checks what may be registered. `http:` is for loopback alone, and there only for a client that says so.
    pub fn register(text: &str, loopback_allowed: bool) -> Result<RedirectUri, &'static str> {
        RedirectUri::check(text, loopback_allowed, is_loopback)
    }

    /// For a server that somebody has opened to their own network while they develop: `http:` on its addresses as well.
    pub fn register_on_lan(text: &str, plain_http_allowed: bool) -> Result<RedirectUri, &'static str> {
        RedirectUri::check(text, plain_http_allowed, |url| is_loopback(url) || is_private(url))
    }

    fn check(text: &str, http_allowed: bool, is_near: fn(&Url) -> bool) -> Result<RedirectUri, &'static str> {
        // The URL parser passes over spaces, tabs and newlines, which would then never match, or break a header.
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("must have only the characters of a URL, without spaces (RFC 3986 §2)");
        }
        let url = Url::parse(text).map_err(|_| "must be an absolute URL")?;
        if url.fragment().is_some() {
            return Err("must not have a fragment (RFC 6749 §3.1.2)");
        }
        match url.scheme() {
            "https" => {}
            "http" if is_near(&url) && http_allowed => {}
            "http" if is_near(&url) => return Err("a loopback http: URL needs `allow_loopback = true`"),
            "http" => return Err("must be https: (RFC 9700 §2.6)"),
            "javascript" | "data" | "file" | "blob" | "vbscript" | "about" => {
                return Err("this scheme can't be an app");
            }
            // A private-use scheme of a native app is a reversed domain name (RFC 8252 §7.1).
            scheme if scheme.contains('.') => {}
            _ => return Err("a scheme of its own must be a reversed domain name, as in com.example.app:/callback"),
        }
        if text.contains('*') || !url.username().is_empty() || url.password().is_some() {
            return Err("must be fully specified, without wildcards or user names");
        }
        Ok(RedirectUri(text.to_owned()))
    }

    /// Simple string comparison, the port of a loopback address aside (RFC 9700 §4.1.3, RFC 8252 §7.3).
    pub fn matches(&self, presented: &str) -> bool {
        self.0 == presented
            || loopback_without_port(&self.0).is_some_and(|a| loopback_without_port(presented) == Some(a))
    }

    /// The same for `localhost`, which desktop apps listen on although RFC 8252 §8.3 would have them use an address.
    pub fn matches_on_localhost(&self, presented: &str) -> bool {
        let path = |text| without_port(text, "http://localhost");
        path(&self.0).is_some_and(|own| path(presented) == Some(own))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The origin a browser app at this address calls from; a native app's scheme has none.
    pub fn origin(&self) -> Option<String> {
        let origin = Url::parse(&self.0).ok()?.origin();
        origin.is_tuple().then(|| origin.ascii_serialization())
    }
}

/// Of an address as it came, whatever its scheme.
pub fn is_loopback_address(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|url| is_loopback(&url))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// RFC 1918, RFC 4193.
fn is_private(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_private(),
        Some(Host::Ipv6(ip)) => ip.is_unique_local(),
        _ => false,
    }
}

/// What is left of a loopback IP redirect when its port is taken out. Only literal addresses have the exception:
/// `localhost` may be resolved elsewhere (RFC 8252 §8.3).
fn loopback_without_port(text: &str) -> Option<(&str, &str)> {
    let hosts = ["http://127.0.0.1", "http://[::1]"];
    hosts.into_iter().find_map(|host| Some((host, without_port(text, host)?)))
}

/// What follows the port of a URL at this host.
fn without_port<'t>(text: &'t str, host: &str) -> Option<&'t str> {
    let rest = text.strip_prefix(host)?;
    let after_port = match rest.strip_prefix(':') {
        Some(rest) => {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (port, after_port) = rest.split_at(digits);
            port.parse::<u16>().ok()?;
            after_port
        }
        None => rest,
    };
    after_port.starts_with('/').then_some(after_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparison_is_by_character() {
        let registered = RedirectUri::register("https://app.example/cb", false).unwrap();
        for other in
            ["https://app.example/cb/", "https://app.example/cb?x=1", "https://APP.example/cb", "https://app.example/c"]
        {
            assert!(!registered.matches(other), "{other}");
        }
        assert!(registered.matches("https://app.example/cb"));
    }

    #[test]
    fn only_the_port_of_a_loopback_address_may_differ() {
        let registered = RedirectUri::register("http://127.0.0.1:4000/cb", true).unwrap();
        assert!(registered.matches("http://127.0.0.1:5123/cb"));
        for other in [
            "http://127.0.0.1:5123/other",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.1:80@evil/cb",
            "http://localhost:4000/cb",
        ] {
            assert!(!registered.matches(other), "{other}");
        }
    }

    #[test]
    fn plain_http_and_script_schemes_can_not_be_registered() {
        for bad in [
            "http://app.example/cb",
            "javascript:alert(1)",
            "https://a.example/#x",
            "myapp:/cb",
            "/cb",
            "https://u:p@a.example/",
        ] {
            assert!(RedirectUri::register(bad, true).is_err(), "{bad}");
        }
        assert!(RedirectUri::register("http://127.0.0.1/cb", false).is_err());
        assert!(RedirectUri::register("com.example.app:/cb", false).is_ok());
    }
}
