//! Which addresses are out in the world: what a stranger names must never lead into our own network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Not loopback, private, link-local, shared, multicast, documentation or otherwise special (RFC 6890).
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => match embedded_v4(ip) {
            Some(v4) => is_public_v4(v4),
            // Global unicast is 2000::/3; of that, not documentation (2001:db8::/32, 3fff::/20), Teredo and kin (2001::/23).
            None => {
                let s = ip.segments();
                (s[0] & 0xe000) == 0x2000
                    && !(s[0] == 0x2001 && (s[1] < 0x200 || s[1] == 0xdb8))
                    && !(s[0] == 0x3fff && s[1] < 0x1000)
            }
        },
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = ip.is_loopback()
        || ip.is_private()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19));
    !special
}

/// A private network's own: RFC 1918, and unique local addresses (RFC 4193). For hosts alone that an operator has named as
/// living there. What may never be asked is not among them: this machine, link-local addresses with the metadata and the
/// credentials of a cloud (169.254.0.0/16, fe80::/10), and those that clouds serve theirs from inside fd00::/8.
pub fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_private(),
        IpAddr::V6(ip) => match (ip.to_ipv4_mapped(), ip.segments()) {
            (Some(v4), _) => v4.is_private(),
            // Instance metadata of AWS (fd00:ec2::254) and of Google Cloud (fd20:ce::254).
            (None, [0xfd00, 0xec2, ..] | [0xfd20, 0xce, ..]) => false,
            (None, [first, ..]) => (first & 0xfe00) == 0xfc00,
        },
    }
}

/// IPv4 in IPv6 clothes: mapped, NAT64 and 6to4 addresses reach the IPv4 one.
fn embedded_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| Some(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match ip.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x2002, high, low, ..] => v4(high, low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_our_own_network_are_not_public() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["93.184.216.34", "2606:2800:220:1::1"] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }
    #[test]
    fn a_private_network_has_neither_this_machine_nor_a_clouds_metadata() {
        for private in
            ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "fc00::1", "fd12:3456::1", "::ffff:10.0.0.1"]
        {
            let ip = private.parse().unwrap();
            assert!(is_private(ip) && !is_public(ip), "{private}");
        }
        for other in [
            "127.0.0.1",
            "127.8.8.8",
            "0.0.0.0",
            "169.254.169.254",
            "169.254.170.2",
            "100.64.0.1",
            "100.100.100.200",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "93.184.216.34",
            "::",
            "::1",
            "fe80::1",
            "fd00:ec2::254",
            "fd20:ce::254",
            "ff02::1",
            "2606:2800:220:1::1",
            "::ffff:169.254.169.254",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
        ] {
            assert!(!is_private(other.parse().unwrap()), "{other}");
        }
    }
}
