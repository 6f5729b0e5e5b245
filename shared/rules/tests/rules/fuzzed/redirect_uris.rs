//! Redirect URIs: two faults seen while the target `redirect_uri` was written, before it ran.

use rules::client::redirect_uri::RedirectUri;

/// RFC 8252 §7.3: "The authorization server MUST allow any port to be specified at the time of the request", and 65536
/// is no port. A redirect there would be a URL that no browser follows.
#[test]
fn another_port_of_a_loopback_address_is_a_port() {
    let registered = RedirectUri::register("http://127.0.0.1/callback", true).expect("a redirect URI");
    for port in [1, 80, 65535] {
        assert!(registered.matches(&format!("http://127.0.0.1:{port}/callback")));
    }
    for port in ["65536", "99999999999999999999", "", "+80", "80:80"] {
        assert!(!registered.matches(&format!("http://127.0.0.1:{port}/callback")), "{port}");
    }
}

/// A URL parser takes these for `https://app.example/callback`; compared by character they match nothing, and a newline
/// can't stand in a Location header.
#[test]
fn spaces_and_newlines_can_not_be_registered() {
    for text in [
        "https://app.example/call\nback",
        "https://app.example/call\tback",
        " https://app.example/callback",
        "https://app.example/callback ",
        "https://app.example/cåll",
    ] {
        assert!(RedirectUri::register(text, false).is_err(), "{text:?}");
    }
}
