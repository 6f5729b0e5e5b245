//! CIMD-3, CIMD-21: whose documents are taken.

use super::{address, taking};
use rules::client::document::{
    address::DocumentAddress,
    hosts::{Blocked, ClientDocuments, HostPattern},
};
use serde_json::json;

#[test]
fn a_pattern_names_one_host_all_below_one_or_all() {
    for (pattern, host, matches) in [
        ("claude.ai", "claude.ai", true),
        ("claude.ai", "www.claude.ai", false),
        ("claude.ai", "xclaude.ai", false),
        ("*.example.org", "app.example.org", true),
        ("*.example.org", "a.b.example.org", true),
        ("*.example.org", "example.org", false),
        ("*.example.org", ".example.org", false),
        ("*.example.org", "xexample.org", false),
        ("*.example.org", "app.example.org.evil.example", false),
        ("*", "anything.example", true),
        ("localhost", "localhost", true),
        ("127.0.0.1", "127.0.0.1", true),
        ("[::1]", "[::1]", true),
    ] {
        let pattern = HostPattern::parse(pattern).unwrap();
        assert_eq!(pattern.matches(host), matches, "{pattern:?} {host}");
        assert_eq!(HostPattern::parse(&String::from(pattern.clone())), Ok(pattern));
    }
}

#[test]
fn what_is_no_host_name_is_no_pattern() {
    let label = "x".repeat(64);
    let long = format!("{label}.example");
    for bad in [
        "",
        ".",
        "**",
        "*.",
        "*.org",
        "org",
        "Claude.ai",
        "claude.ai.",
        "https://claude.ai",
        "claude.ai/",
        "claude.ai:443",
        "a.*.example",
        "*.*.example",
        "-a.example",
        "a-.example",
        "a..example",
        "bücher.example",
        "*.localhost",
        long.as_str(),
    ] {
        assert!(HostPattern::parse(bad).is_err(), "{bad}");
    }
    assert!(HostPattern::parse(&long[1..]).is_ok());
}

#[test]
fn what_is_blocked_is_a_host_or_one_document() {
    for (blocked, text, hit) in [
        ("evil.example", "https://evil.example/a", true),
        ("evil.example", "https://good.example/a", false),
        ("*.evil.example", "https://a.evil.example/a", true),
        ("https://a.example/evil", "https://a.example/evil", true),
        ("https://a.example/evil", "https://a.example/good", false),
        ("*", "https://a.example/a", true),
    ] {
        let documents =
            ClientDocuments { blocked: vec![Blocked::parse(blocked).unwrap()], ..taking().client_documents.unwrap() };
        let expected = hit.then_some("it is among the `blocked` of [client_documents]");
        assert_eq!(documents.refusal(address(text)), expected, "{blocked} {text}");
        assert_eq!(serde_json::to_value(&documents).unwrap()["blocked"], json!([blocked]));
    }
    for bad in ["ftp://a.example/a", "https://a.example", "evil"] {
        assert!(Blocked::parse(bad).is_err(), "{bad}");
    }
    assert!(Blocked::parse("http://localhost/a").is_ok());
    assert!(DocumentAddress::parse("http://localhost/a", false).is_err());
}

#[test]
fn a_host_that_is_not_listed_is_refused_before_it_is_looked_for_among_the_blocked() {
    let documents = ClientDocuments {
        hosts: vec![HostPattern::parse("claude.ai").unwrap(), HostPattern::parse("*.example.org").unwrap()],
        blocked: vec![Blocked::Host(HostPattern::Any)],
        ..taking().client_documents.unwrap()
    };
    let refused = documents.refusal(address("https://a.example/a"));
    assert_eq!(refused, Some("its host is none of the `hosts` of [client_documents]"));
    let open = ClientDocuments { blocked: Vec::new(), ..documents };
    assert_eq!(open.refusal(address("https://CLAUDE.ai/a")), None);
    assert_eq!(open.refusal(address("https://a.example.org:8443/a")), None);
}

/// As the table has it, where the members that have a default may be absent.
#[test]
fn the_settings_are_read_as_they_are_written() {
    let written = json!({ "hosts": ["*"], "scope": "openid" });
    let read: ClientDocuments = serde_json::from_value(written).unwrap();
    assert!(read.localhost_any_port && read.blocked.is_empty());
    assert_eq!(serde_json::from_value::<ClientDocuments>(serde_json::to_value(&read).unwrap()).unwrap(), read);
    for bad in [json!({ "hosts": ["a b"], "scope": "" }), json!({ "hosts": [], "blocked": ["x"], "scope": "" })] {
        assert!(serde_json::from_value::<ClientDocuments>(bad).is_err());
    }
}

/// CIMD-21: an address is blocked however its host is written.
#[test]
fn a_blocked_address_is_blocked_in_other_letters_too() {
    let blocked = vec![Blocked::parse("https://evil.example/Doc").unwrap()];
    let documents = ClientDocuments { blocked, hosts: vec![HostPattern::Any], ..taking().client_documents.unwrap() };
    for (text, is_blocked) in [
        ("https://evil.example/Doc", true),
        ("https://EVIL.example/Doc", true),
        ("https://evil.example:443/Doc", true),
        ("https://evil.example/doc", false),
        ("https://evil.example:444/Doc", false),
    ] {
        let address = DocumentAddress::parse(text, false).unwrap();
        assert_eq!(documents.refusal(address).is_some(), is_blocked, "{text}");
    }
}
