//! What stands before the gateway, if anything does: a distribution of CloudFront with a firewall. It proves itself by a secret header,
//! and then says whose request it is. Without a secret there is no front, and whatever such a header says is a stranger's word.

use super::address::Address;
use axum::http::HeaderMap;
use rules::{
    oauth::error::{ErrorCode, OAuthError},
    secret::{Secret, same},
};
use std::net::IpAddr;

/// CloudFront sends it along as a custom header of the origin, in place of one of this name that the client wrote.
pub const SECRET_HEADER: &str = "admit-front";

/// The address and port of CloudFront's client, which CloudFront writes itself.
const VIEWER_HEADER: &str = "cloudfront-viewer-address";

/// Long enough that it can't be guessed.
const LEAST_CHARACTERS: usize = 32;

#[derive(Default)]
pub struct Front {
    /// Two while the secret is changed.
    secrets: Vec<Secret>,
}

impl Front {
    /// `secrets` as the environment has them, with commas between them.
    pub fn knowing(secrets: &str) -> Result<Front, String> {
        let secrets: Vec<Secret> =
            secrets.split(',').map(str::trim).filter(|one| !one.is_empty()).map(Secret::new).collect();
        match secrets.iter().any(|secret| secret.expose().len() < LEAST_CHARACTERS) {
            true => Err(format!("a secret in ADMIT_FRONT_SECRETS has fewer than {LEAST_CHARACTERS} characters")),
            false => Ok(Front { secrets }),
        }
    }

    /// Who has sent this, where `gateway` saw it come from. The proof is taken out: nothing behind here needs it.
    pub fn address(&self, headers: &mut HeaderMap, gateway: Option<Address>) -> Result<Option<Address>, OAuthError> {
        if self.secrets.is_empty() {
            return Ok(gateway);
        }
        let is_proven = {
            let mut shown = headers.get_all(SECRET_HEADER).iter();
            let (one, other) = (shown.next().and_then(|value| value.to_str().ok()), shown.next());
            other.is_none() && one.is_some_and(|one| self.secrets.iter().any(|secret| same(secret.expose(), one)))
        };
        headers.remove(SECRET_HEADER);
        if !is_proven {
            let refused =
                OAuthError::new(ErrorCode::AccessDenied, "this server must be reached through its own address");
            return Err(refused
                .with_status(403)
                .because("it did not come by the front that ADMIT_FRONT_SECRETS describes"));
        }
        Ok(viewer(headers).or(gateway))
    }
}

/// `192.0.2.7:46532`, `2001:db8::1:46532`: the port comes last, and there are no brackets.
fn viewer(headers: &HeaderMap) -> Option<Address> {
    let (ip, _port) = headers.get(VIEWER_HEADER)?.to_str().ok()?.rsplit_once(':')?;
    ip.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok().map(Address::of)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "0123456789abcdef0123456789abcdef";
    const NEW: &str = "fedcba9876543210fedcba9876543210";

    fn ip(text: &str) -> Address {
        Address::of(text.parse().unwrap())
    }

    /// What a front with these secrets makes of these headers.
    fn found(secrets: &str, named: &[(&'static str, &str)]) -> Result<Option<Address>, u16> {
        let mut headers = HeaderMap::new();
        for (name, value) in named {
            headers.append(*name, value.parse().unwrap());
        }
        let front = Front::knowing(secrets).unwrap();
        let found = front.address(&mut headers, Some(ip("198.51.100.1")));
        assert!(secrets.is_empty() || !headers.contains_key(SECRET_HEADER));
        found.map_err(|error| error.status())
    }

    #[test]
    fn a_front_that_proves_itself_says_whose_request_it_is() {
        for secret in [OLD, NEW] {
            for (viewer, address) in [("192.0.2.7:46532", "192.0.2.7"), ("2001:db8::1:46532", "2001:db8::1")] {
                let named = [(SECRET_HEADER, secret), (VIEWER_HEADER, viewer)];
                assert_eq!(found(&format!("{OLD},{NEW}"), &named), Ok(Some(ip(address))));
            }
        }
        for silent in [vec![(SECRET_HEADER, NEW)], vec![(SECRET_HEADER, NEW), (VIEWER_HEADER, "nobody")]] {
            assert_eq!(found(NEW, &silent), Ok(Some(ip("198.51.100.1"))));
        }
    }

    #[test]
    fn whoever_goes_round_the_front_is_refused_whatever_they_say() {
        let viewer = (VIEWER_HEADER, "192.0.2.7:1");
        for named in [
            vec![viewer],
            vec![viewer, (SECRET_HEADER, "")],
            vec![viewer, (SECRET_HEADER, OLD)],
            vec![viewer, (SECRET_HEADER, NEW), (SECRET_HEADER, OLD)],
            vec![viewer, ("x-forwarded-for", "192.0.2.7")],
        ] {
            assert_eq!(found(NEW, &named), Err(403), "{named:?}");
        }
    }

    #[test]
    fn without_a_front_no_header_says_where_a_request_comes_from() {
        let named = [(SECRET_HEADER, OLD), (VIEWER_HEADER, "192.0.2.7:1"), ("x-forwarded-for", "192.0.2.7")];
        assert_eq!(found("", &named), Ok(Some(ip("198.51.100.1"))));
    }

    #[test]
    fn a_short_secret_stops_the_start() {
        assert!(Front::knowing("short").is_err());
        assert!(Front::knowing(&format!("{OLD},short")).is_err());
        assert!(Front::knowing(&format!(" {OLD} , {NEW} ")).is_ok());
    }
}
