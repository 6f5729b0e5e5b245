//! Where an app may get its answer (RFC 6749 §3.1.2; RFC 8252 §7).

use rules::client::redirect_uri::RedirectUri;

/// A table of what may be registered on which side of the loopback rule.
#[test]
fn plain_http_is_for_loopback_addresses_of_clients_that_say_so() {
    for near in ["http://127.0.0.1/cb", "http://127.9.9.9:80/cb", "http://[::1]:4000/cb", "http://localhost/cb"] {
        assert!(RedirectUri::register(near, true).is_ok(), "{near}");
        assert_eq!(
            RedirectUri::register(near, false),
            Err("a loopback http: URL needs `allow_loopback = true`"),
            "{near}"
        );
    }
    for far in ["http://app.example/cb", "http://10.0.0.1/cb", "http://localhost.example/cb", "http://[fd00::1]/cb"] {
        assert_eq!(RedirectUri::register(far, true), Err("must be https: (RFC 9700 §2.6)"), "{far}");
    }
}

/// RFC 1918, RFC 4193. While somebody develops.
#[test]
fn on_a_local_network_its_private_addresses_are_near_too() {
    for near in ["http://127.0.0.1/cb", "http://10.0.0.1/cb", "http://192.168.1.2:8080/cb", "http://[fd00::1]/cb"] {
        assert!(RedirectUri::register_on_lan(near, true).is_ok(), "{near}");
        assert!(RedirectUri::register_on_lan(near, false).is_err(), "{near}");
    }
    for far in ["http://8.8.8.8/cb", "http://[2001:db8::1]/cb", "http://app.example/cb"] {
        assert!(RedirectUri::register_on_lan(far, true).is_err(), "{far}");
    }
}

#[test]
fn a_redirect_uri_is_fully_specified() {
    for partial in ["https://*.example/cb", "https://amy@app.example/cb", "https://:secret@app.example/cb"] {
        let error = Err("must be fully specified, without wildcards or user names");
        assert_eq!(RedirectUri::register(partial, false), error, "{partial}");
    }
}

/// RFC 8252 §7.1.
#[test]
fn a_native_apps_scheme_is_a_reversed_domain_name_and_no_script() {
    assert!(RedirectUri::register("com.example.app:/cb", false).is_ok());
    for script in ["javascript:alert(1)", "data:text/html,x", "file:///cb", "blob:x", "vbscript:x", "about:blank"] {
        assert_eq!(RedirectUri::register(script, false), Err("this scheme can't be an app"), "{script}");
    }
    assert!(RedirectUri::register("app:/cb", false).unwrap_err().starts_with("a scheme of its own"));
}

/// CLI-8: where CORS lets an app call from.
#[test]
fn a_browser_app_has_an_origin_and_a_native_app_has_none() {
    let origin = |text: &str| {
        let uri = RedirectUri::register(text, true).unwrap();
        assert_eq!(uri.as_str(), text);
        uri.origin()
    };
    assert_eq!(origin("https://app.example:8443/cb?x=1").as_deref(), Some("https://app.example:8443"));
    assert_eq!(origin("http://127.0.0.1:4000/cb").as_deref(), Some("http://127.0.0.1:4000"));
    assert_eq!(origin("com.example.app:/cb"), None);
}
