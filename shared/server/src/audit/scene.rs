//! Where and when something was decided.

use rules::time::Timestamp;

/// Where and when something was decided.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    pub tenant: &'a str,
    pub name: &'a str,
    pub issuer: &'a str,
    /// Where the request came from: an IPv4 address, or the network of an IPv6 one.
    pub address: Option<&'a str>,
    pub trace: Option<&'a str>,
    pub id: &'a str,
    pub now: Timestamp,
}
