//! A registered redirect URI, a newline, what a request presents: the same text, or the same loopback address with
//! another port.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rules::client::redirect_uri::RedirectUri;
use url::{Host, Url};

fuzz_target!(|input: &str| {
    let (registered, presented) = input.split_once('\n').unwrap_or((input, input));
    for loopback in [false, true] {
        let Ok(uri) = RedirectUri::register(registered, loopback) else { continue };
        let url = Url::parse(registered).expect("only URLs are registered");
        assert!(url.fragment().is_none() && url.username().is_empty() && url.password().is_none());
        assert!(registered.bytes().all(|byte| byte.is_ascii_graphic()));
        assert!(url.scheme() != "javascript" && url.scheme() != "data");
        assert!(url.scheme() != "http" || (loopback && (is_loopback(&url) || url.host_str() == Some("localhost"))));
        assert!(uri.matches(registered) && uri.as_str() == registered);
        let _ = uri.origin();
        check(&uri, &url, presented);
        // The same once more with what was presented as a port.
        if let Some(rest) = registered.strip_prefix("http://127.0.0.1/") {
            check(&uri, &url, &format!("http://127.0.0.1:{presented}/{rest}"));
        }
    }
});

fn check(registered: &RedirectUri, url: &Url, presented: &str) {
    if presented == registered.as_str() || !registered.matches(presented) {
        return;
    }
    let mut other = Url::parse(presented).unwrap_or_else(|error| panic!("{presented:?} is no URL: {error}"));
    assert!(is_loopback(url) && is_loopback(&other), "{presented:?} for {registered:?}");
    other.set_port(url.port()).expect("it has a host");
    assert_eq!(url, &other, "more than the port differs");
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        _ => false,
    }
}
