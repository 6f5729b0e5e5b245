//! The parameters of one request, from a query or a form, decoded once and strictly.

use percent_encoding::percent_decode;

/// Names and values in the order they came. An empty value counts as absent, and no name may come twice
/// (RFC 6749 §3.1, §3.2).
#[derive(Clone, Default)]
pub struct Params(Vec<(String, String)>);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("the parameters are not UTF-8")]
    NotUtf8,
    #[error("too many parameters")]
    TooMany,
}

/// No protocol here has nearly as many.
const MOST_PARAMETERS: usize = 200;
/// The consent page sends one for each scope, and an app may ask for a thousand.
const MOST_BOXES: usize = 4_000;

impl Params {
    /// Parses `application/x-www-form-urlencoded`. A scope holds `%7C` and `+` of its own, so nothing is decoded twice.
    pub fn parse(encoded: &[u8]) -> Result<Params, Malformed> {
        Params::parse_at_most(encoded, MOST_PARAMETERS)
    }

    /// The form of a page, which may hold many boxes to tick.
    pub fn parse_page(encoded: &[u8]) -> Result<Params, Malformed> {
        Params::parse_at_most(encoded, MOST_BOXES)
    }

    fn parse_at_most(encoded: &[u8], most: usize) -> Result<Params, Malformed> {
        let mut pairs = Vec::new();
        for pair in encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            if pairs.len() == most {
                return Err(Malformed::TooMany);
            }
            let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
                Some(at) => (&pair[..at], &pair[at + 1..]),
                None => (pair, &pair[..0]),
            };
            pairs.push((decode(name)?, decode(value)?));
        }
        Ok(Params(pairs))
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Every value of a name; for forms with several checkboxes of one name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
    }

    /// The first name that came twice, if any.
    pub fn repeated(&self) -> Option<&str> {
        let mut names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
    }

    pub fn is_repeated(&self, name: &str) -> bool {
        self.0.iter().filter(|(n, _)| n == name).count() > 1
    }

    /// With one parameter more.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Params {
        let mut more = self.clone();
        more.0.push((name.to_owned(), value.to_owned()));
        more
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter(|(_, v)| !v.is_empty()).map(|(n, v)| (n.as_str(), v.as_str()))
    }
}

fn decode(bytes: &[u8]) -> Result<String, Malformed> {
    let spaced: Vec<u8> = bytes.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    String::from_utf8(percent_decode(&spaced).collect()).map_err(|_| Malformed::NotUtf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_value_counts_as_absent() {
        let params = Params::parse(b"state=&scope=a+b").unwrap();
        assert_eq!(params.get("state"), None);
        assert_eq!(params.get("scope"), Some("a b"));
    }

    #[test]
    fn nothing_is_decoded_twice() {
        let params = Params::parse(b"scope=patient%2FObservation.rs%3Fcategory%3Da%257Cb").unwrap();
        assert_eq!(params.get("scope"), Some("patient/Observation.rs?category=a%7Cb"));
    }

    #[test]
    fn a_repeated_name_is_seen_even_when_one_value_is_empty() {
        assert_eq!(Params::parse(b"a=1&b=2&a=").unwrap().repeated(), Some("a"));
        assert_eq!(Params::parse(b"a=1&b=2").unwrap().repeated(), None);
    }

    #[test]
    fn broken_utf8_is_refused() {
        assert_eq!(Params::parse(b"a=%ff").err(), Some(Malformed::NotUtf8));
    }
}
