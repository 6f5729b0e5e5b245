//! Where a request comes from, as the gateway, the socket or a proven front (`front`) says it. Other headers are the client's to write.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
};

/// An IPv4 address, or the /64 of an IPv6 one, since the owner of one address there has 2^64 of them. Rides on the request;
/// kept as part of a hash, and in the audit trail, and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    text: String,
    is_loopback: bool,
}

impl Address {
    pub fn of(ip: IpAddr) -> Address {
        let ip = ip.to_canonical();
        let text = match ip {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => {
                let [a, b, c, d, ..] = ip.segments();
                format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        };
        Address { text, is_loopback: ip.is_loopback() }
    }

    /// For hashing, and for the audit trail.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// From this machine itself, which no gateway ever says.
    pub fn is_loopback(&self) -> bool {
        self.is_loopback
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(ip: &str) -> String {
        Address::of(ip.parse().unwrap()).text
    }

    #[test]
    fn an_ipv6_address_is_its_network_and_an_ipv4_address_itself_however_written() {
        assert_eq!(text("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(text("2001:db8:1:2::1"), text("2001:db8:1:2:ffff::"));
        assert_ne!(text("2001:db8:1:2::1"), text("2001:db8:1:3::1"));
        assert_eq!(text("::ffff:192.0.2.7"), text("192.0.2.7"));
    }

    #[test]
    fn it_is_never_printed() {
        assert_eq!(format!("{:?}", Address::of("192.0.2.7".parse().unwrap())), "Address(…)");
    }
}
