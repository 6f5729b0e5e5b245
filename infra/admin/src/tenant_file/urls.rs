//! URLs in a tenant file: `{base}` and `{id}` filled in, and which ones may be plain http.

use super::reading::{Reading, Text, quoted};
use url::{Host, Url};

impl Reading<'_> {
    /// The text with the deployment's base URL and the tenant's id in their places.
    pub fn fill(&self, text: Text<'_>) -> Option<String> {
        let filled = text.value.replace("{base}", self.base).replace("{id}", self.id);
        if filled.contains(['{', '}']) {
            self.wrong(text, "{base} and {id} as the only placeholders");
            return None;
        }
        Some(filled)
    }

    /// An http or https URL with a host.
    pub fn absolute_url(&self, text: Text<'_>) -> Option<String> {
        let filled = self.fill(text)?;
        if !is_web(&filled) {
            self.wrong_url(text, &filled, "an absolute https: URL");
            return None;
        }
        Some(filled)
    }

    /// https, or http on a loopback address if that is allowed. `allow` says what would allow it.
    pub fn secure_url(&self, text: Text<'_>, loopback_allowed: bool, allow: &str) -> Option<String> {
        let filled = self.absolute_url(text)?;
        let Err(expected) = self.secure(&filled, loopback_allowed, allow) else { return Some(filled) };
        self.wrong_url(text, &filled, &expected);
        None
    }

    /// On this machine, or in this network where that counts as well.
    pub fn is_near(&self, url: &str) -> bool {
        is_loopback(url) || (self.lan && is_private(url))
    }

    fn secure(&self, url: &str, loopback_allowed: bool, allow: &str) -> Result<(), String> {
        let near = self.is_near(url);
        match url.starts_with("https:") || (near && loopback_allowed) {
            true => Ok(()),
            false if near => Err(format!("https:, or {allow} for http: on a loopback address")),
            false => Err("https:".to_owned()),
        }
    }

    /// The value as in the file, and what became of it.
    pub fn wrong_url(&self, text: Text<'_>, filled: &str, expected: &str) {
        let also = if filled == text.value { String::new() } else { format!(" (here {})", quoted(filled)) };
        self.mistake(text.at, format!("{}{also}", quoted(text.value)), expected);
    }
}

pub fn is_web(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host())
}

/// RFC 1918, RFC 4193.
pub fn is_private(url: &str) -> bool {
    match Url::parse(url).ok().as_ref().and_then(Url::host) {
        Some(Host::Ipv4(ip)) => ip.is_private(),
        Some(Host::Ipv6(ip)) => ip.is_unique_local(),
        _ => false,
    }
}

pub fn is_loopback(url: &str) -> bool {
    match Url::parse(url).ok().as_ref().and_then(Url::host) {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// The origin of a page that a hybrid app or an extension brings along: `capacitor://localhost`, `chrome-extension://` and an id,
/// `app://.` and the like. Browsers write the scheme in small letters, and send what follows as it is. Schemes whose pages anybody can
/// make are nobody's origin, and those of the web have rules of their own.
pub fn is_origin_of_own_scheme(text: &str) -> bool {
    const OF_ANYBODY: [&str; 14] = [
        "http",
        "https",
        "ws",
        "wss",
        "ftp",
        "file",
        "content",
        "data",
        "blob",
        "filesystem",
        "about",
        "javascript",
        "view-source",
        "null",
    ];
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_lowercase())
        && scheme.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
    let (host, port) = rest.split_once(':').map_or((rest, None), |(host, port)| (host, Some(port)));
    let is_host = (1..=255).contains(&host.len())
        && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~'));
    let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number.to_string() == port));
    is_scheme && !OF_ANYBODY.contains(&scheme) && is_host && is_port
}

/// Scheme, host and port of a web URL; a native app's scheme has no origin.
pub fn origin(url: &str) -> Option<String> {
    is_web(url).then(|| Url::parse(url).ok())?.map(|url| url.origin().ascii_serialization())
}
