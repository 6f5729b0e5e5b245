//! Which `client_id` is the address of a document (draft-ietf-oauth-client-id-metadata-document-02 §3)? Judged on the text as it came:
//! what a parser would make good is not what is compared, shown and logged.

use url::Url;

/// In bytes. The draft recommends short ones, since people see them.
pub const LONGEST_ADDRESS: usize = 255;

/// A `client_id` that may be fetched, as far as its text says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentAddress<'a> {
    text: &'a str,
    host: &'a str,
    authority: &'a str,
}

/// Whether this `client_id` is meant as an address, good or bad. No other id costs a thought.
pub fn is_meant(client_id: &str) -> bool {
    client_id.starts_with("https://") || client_id.starts_with("http://")
}

impl<'a> DocumentAddress<'a> {
    /// `near` is for a server on a laptop: there, plain http on this machine is taken as well.
    pub fn parse(text: &'a str, near: bool) -> Result<DocumentAddress<'a>, &'static str> {
        if text.len() > LONGEST_ADDRESS {
            return Err("the address is longer than 255 bytes");
        }
        if !text.bytes().all(is_of_a_url) {
            return Err("the address has a character that RFC 3986 does not allow, or a fragment");
        }
        let (is_plain, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (false, rest),
            (None, Some(rest)) => (true, rest),
            (None, None) => return Err("the address is not https"),
        };
        let Some(slash) = rest.find(['/', '?']).filter(|at| rest[*at..].starts_with('/')) else {
            return Err("the address has no path");
        };
        let (authority, path_and_query) = rest.split_at(slash);
        if authority.contains('@') {
            return Err("the address has a user name");
        }
        let host = host_of(authority).ok_or("the address has no host, or a bad port")?;
        // The same name in another form, which no pattern of hosts would know.
        if host.ends_with('.') {
            return Err("the host ends with a dot");
        }
        if is_plain && !(near && is_this_machine(host)) {
            return Err("the address is not https");
        }
        let path = path_and_query.split('?').next().unwrap_or_default();
        if path.split('/').any(is_dots) {
            return Err("the address has a segment of dots");
        }
        // The parser reads hosts in forms that hide an address (0x7f.1), and it repairs. What it would have to repair is refused.
        let parsed = Url::parse(text).map_err(|_| "the address can't be parsed")?;
        let is_as_written = parsed.host_str().is_some_and(|parsed| parsed.eq_ignore_ascii_case(host))
            && parsed.path() == path
            && parsed.fragment().is_none();
        if !is_as_written {
            return Err("the address is not written as it would be fetched");
        }
        Ok(DocumentAddress { text, host, authority })
    }

    /// Whether it is this address, whose host may be written in other letters.
    pub fn is_at(self, text: &str) -> bool {
        let parsed = |text: &str| Url::parse(text).ok();
        text == self.text || parsed(text).is_some_and(|other| parsed(self.text) == Some(other))
    }

    pub fn as_str(self) -> &'a str {
        self.text
    }

    /// In lower case, without the port. ASCII always: a name of other letters is written with `xn--`.
    pub fn host(self) -> String {
        self.host.to_ascii_lowercase()
    }

    /// The same with the port, if one is named: who the client is, to a person.
    pub fn shown(self) -> String {
        self.authority.to_ascii_lowercase()
    }
}

/// RFC 3986 §2, without `#`.
fn is_of_a_url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()*+,;=%".contains(&byte)
}

/// Without the port, which is a number if it is there.
fn host_of(authority: &str) -> Option<&str> {
    let end = match authority.find(']') {
        Some(bracket) if authority.starts_with('[') => bracket + 1,
        Some(_) => return None,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, port) = authority.split_at(end);
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    (!host.is_empty() && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))).then_some(host)
}

/// `.` and `..`, also where a dot is written as `%2e`: parsers take both away.
fn is_dots(segment: &str) -> bool {
    matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
}

/// The names of this machine that a client may have (RFC 8252 §7.3, §8.3).
pub(super) fn is_this_machine(host: &str) -> bool {
    matches!(host, "127.0.0.1" | "[::1]" | "localhost")
}
