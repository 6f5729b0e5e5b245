//! CIMD-1: judged on the text as it came.

use proptest::prelude::*;
use rules::client::document::address::{DocumentAddress, LONGEST_ADDRESS, is_meant};

#[test]
fn an_address_is_https_with_a_path_and_nothing_that_a_parser_would_make_good() {
    let long = format!("https://a.example/{}", "x".repeat(LONGEST_ADDRESS - 18));
    let longer = format!("{long}x");
    for good in [
        "https://claude.ai/oauth/client.json",
        "https://a.example/",
        "https://a.example:443/client",
        "https://a.example:8443/client?x=/../y",
        "https://a.example/a..b/.c/...",
        "https://a.example/%20%2F",
        "https://A.Example/client",
        "https://xn--bcher-kva.example/a",
        "https://93.184.216.34/a",
        "https://[2606:2800:220:1::1]:8443/a",
        long.as_str(),
    ] {
        assert_eq!(DocumentAddress::parse(good, false).map(DocumentAddress::as_str), Ok(good));
    }
    for (bad, why) in [
        ("", "the address is not https"),
        ("app", "the address is not https"),
        ("http://a.example/client", "the address is not https"),
        ("HTTPS://a.example/client", "the address is not https"),
        ("urn:a", "the address is not https"),
        ("https://a.example", "the address has no path"),
        ("https://a.example?x=/a", "the address has no path"),
        ("https://a.example?x", "the address has no path"),
        ("https://a.example./a", "the host ends with a dot"),
        ("https://a.example.:8443/a", "the host ends with a dot"),
        ("https://amy@a.example/a", "the address has a user name"),
        ("https://amy:x@a.example/a", "the address has a user name"),
        ("https://@a.example/a", "the address has a user name"),
        ("https://a.example/a#b", "the address has a character that RFC 3986 does not allow, or a fragment"),
        ("https://a.example/a b", "the address has a character that RFC 3986 does not allow, or a fragment"),
        ("https://a.example\\a/b", "the address has a character that RFC 3986 does not allow, or a fragment"),
        ("https://a.example/a\n", "the address has a character that RFC 3986 does not allow, or a fragment"),
        ("https://a.example/\u{7f}", "the address has a character that RFC 3986 does not allow, or a fragment"),
        ("https://bücher.example/a", "the address has a character that RFC 3986 does not allow, or a fragment"),
        ("https://a.example/<a>", "the address has a character that RFC 3986 does not allow, or a fragment"),
        ("https://a.example/./a", "the address has a segment of dots"),
        ("https://a.example/a/..", "the address has a segment of dots"),
        ("https://a.example/%2e%2E/a", "the address has a segment of dots"),
        ("https://a.example/.%2e/a", "the address has a segment of dots"),
        ("https://a.example/%2E", "the address has a segment of dots"),
        ("https:///a", "the address has no host, or a bad port"),
        ("https://:443/a", "the address has no host, or a bad port"),
        ("https://a.example:/a", "the address has no host, or a bad port"),
        ("https://a.example:x/a", "the address has no host, or a bad port"),
        ("https://a.example:65536/a", "the address has no host, or a bad port"),
        ("https://a.example:+1/a", "the address has no host, or a bad port"),
        ("https://[::1/a", "the address has no host, or a bad port"),
        ("https://::1]/a", "the address has no host, or a bad port"),
        ("https://[::1]x/a", "the address has no host, or a bad port"),
        ("https://0x7f.1/a", "the address is not written as it would be fetched"),
        ("https://2130706433/a", "the address is not written as it would be fetched"),
        ("https://127.1/a", "the address is not written as it would be fetched"),
        ("https://[0:0::1]/a", "the address is not written as it would be fetched"),
        ("https://%61.example/a", "the address is not written as it would be fetched"),
        ("https://a..b:99999/a", "the address has no host, or a bad port"),
        ("https://xn--/a", "the address can't be parsed"),
        (longer.as_str(), "the address is longer than 255 bytes"),
    ] {
        assert_eq!(DocumentAddress::parse(bad, true), Err(why), "{bad}");
    }
}

#[test]
fn plain_http_is_for_this_machine_on_a_laptop() {
    for near in ["http://127.0.0.1:8000/a", "http://[::1]/a", "http://localhost/a"] {
        assert!(DocumentAddress::parse(near, true).is_ok(), "{near}");
        assert_eq!(DocumentAddress::parse(near, false), Err("the address is not https"), "{near}");
    }
    for far in ["http://127.0.0.2/a", "http://10.0.0.1/a", "http://localhost.example/a", "http://a.example/a"] {
        assert_eq!(DocumentAddress::parse(far, true), Err("the address is not https"), "{far}");
    }
}

#[test]
fn a_person_sees_the_host_in_lower_case_and_the_port_that_is_named() {
    for (text, host, shown) in [
        ("https://Claude.AI/a", "claude.ai", "claude.ai"),
        ("https://a.example:8443/a", "a.example", "a.example:8443"),
        ("https://[2606:2800:220:1::A]:1/a", "[2606:2800:220:1::a]", "[2606:2800:220:1::a]:1"),
    ] {
        let address = DocumentAddress::parse(text, false).unwrap();
        assert_eq!((address.host().as_str(), address.shown().as_str()), (host, shown));
    }
}

#[test]
fn an_id_that_is_meant_as_no_address_costs_no_thought() {
    for (id, meant) in
        [("https://a", true), ("http://a", true), ("growth-chart", false), ("urn:https://a", false), ("", false)]
    {
        assert_eq!(is_meant(id), meant, "{id}");
    }
}

proptest! {
    /// What is taken is fetched from where it says, and compared with itself.
    #[test]
    fn what_is_taken_is_what_a_parser_reads(text in "https://[a-zA-Z0-9.:@\\[\\]%-]{0,20}[/?#]?[ -~]{0,20}") {
        if let Ok(address) = DocumentAddress::parse(&text, false) {
            let parsed = url::Url::parse(&text).unwrap();
            prop_assert_eq!(parsed.host_str().unwrap(), address.host());
            prop_assert!(parsed.username().is_empty() && parsed.password().is_none() && parsed.fragment().is_none());
            prop_assert!(parsed.as_str().eq_ignore_ascii_case(&text) || parsed.port().is_none());
        }
    }
}
