//! The mistakes in a `[[clients]]`.

use super::mistakes::{GOOD, changed, mistakes};
use admin::tenant_file::parse;

#[test]
fn a_client_has_the_credentials_of_its_method_and_no_others() {
    let method = "token_endpoint_auth_method = \"none\"";
    let with = |line: &str| changed(method, &format!("{method}\n{line}"));
    assert_eq!(with("client_secret = \"x\""), ["15:17: found `client_secret`, expected no secret for a public client"]);
    assert_eq!(
        with("jwks_uri = \"https://x.example/\""),
        ["15:12: found `jwks_uri`, expected no keys for a public client"]
    );
    let found = changed("client_secret = \"hush-hush\"\n", "");
    assert!(found[0].starts_with("17:1: found no `client_secret`, expected client_secret = "), "{found:?}");
    let found = changed("jwks_uri = \"https://signer.example/jwks.json\"\n", "");
    assert!(found[0].starts_with("24:1: found neither `jwks` nor `jwks_uri`"), "{found:?}");
    let found = changed("jwks_uri", "jwks = { keys = [] }\njwks_uri");
    assert_eq!(found, ["29:12: found both `jwks` and `jwks_uri`, expected one of them"]);
    let found = changed("\"none\"", "\"tls_client_auth\"");
    assert_eq!(
        found,
        [
            "14:30: found `tls_client_auth`, expected \"none\" or \"client_secret_basic\" or \"client_secret_post\" or \"private_key_jwt\""
        ]
    );
    let found = changed("secret = \"ehr-secret\"\n", "");
    assert!(found[0].starts_with("8:1: found no secret"), "{found:?}");
}

/// OIDC-18.
#[test]
fn id_tokens_are_signed_with_a_key_that_the_tenant_has() {
    let name = "client_secret = \"hush-hush\"";
    let with = |alg: &str| changed(name, &format!("{name}\nid_token_signed_response_alg = \"{alg}\""));
    for alg in ["none", "HS256", "RS384", "ES384", "es256"] {
        let found = with(alg);
        assert!(
            found[0].ends_with(&format!("found `{alg}`, expected \"RS256\" or \"ES256\" or \"PS256\"")),
            "{found:?}"
        );
    }
    for (alg, found) in
        [("ES256", None), ("ES384", Some("expected \"RS256\", or `access_token_alg = \"ES256\"` in [policy]"))]
    {
        let text = GOOD.replacen(name, &format!("{name}\nid_token_signed_response_alg = \"ES256\""), 1);
        let text = text.replacen("code_seconds = 60", &format!("access_token_alg = \"{alg}\""), 1);
        match (parse("file.toml", &text), found) {
            (Ok(_), None) => {}
            (Err(mistakes), Some(found)) => assert!(mistakes.to_string().contains(found), "{mistakes}"),
            (other, _) => panic!("{alg}: {:?}", other.map(drop)),
        }
    }
}

/// ASYM-13.
#[test]
fn a_key_that_could_never_be_used_is_a_mistake() {
    let with_key = |key: &str| {
        changed("jwks_uri = \"https://signer.example/jwks.json\"", &format!("jwks = {{ keys = [ {{ {key} }} ] }}"))
    };
    let short = "A".repeat(64);
    let rsa_1024 = format!("w{}", "A".repeat(170));
    for (key, found) in [
        (
            format!("kty = \"EC\", crv = \"P-384\", x = \"{short}\", y = \"{short}\", kid = \"k\", d = \"{short}\""),
            "the private member `d` of a key",
        ),
        ("kty = \"oct\", k = \"c2VjcmV0\", kid = \"k\"".to_owned(), "the private member `k` of a key"),
        (format!("kty = \"EC\", crv = \"P-384\", x = \"{short}\", y = \"{short}\""), "a key without `kid`"),
        (
            "kty = \"EC\", crv = \"P-384\", x = \"AAAA\", y = \"AAAA\", kid = \"k\"".to_owned(),
            "an EC key on P-384 with an `x` or `y` of another length",
        ),
        (
            "kty = \"EC\", crv = \"P-521\", x = \"AAAA\", y = \"AAAA\", kid = \"k\"".to_owned(),
            "an EC key on the curve `P-521`",
        ),
        (
            "kty = \"OKP\", crv = \"Ed25519\", x = \"AAAA\", kid = \"k\"".to_owned(),
            "an OKP key with an `x` of another length",
        ),
        ("kty = \"OKP\", crv = \"X25519\", x = \"AAAA\", kid = \"k\"".to_owned(), "an OKP key on the curve `X25519`"),
        ("kty = \"DSA\", kid = \"k\"".to_owned(), "a key of kty `DSA`"),
        (format!("kty = \"RSA\", n = \"{rsa_1024}\", e = \"AQAB\", kid = \"k\""), "an RSA key of 1024 bits"),
        (
            format!("kty = \"EC\", crv = \"P-384\", x = \"{short}\", y = \"{short}\", kid = \"k\", alg = \"ES256\""),
            "a key for alg `ES256`",
        ),
        (
            format!("kty = \"EC\", crv = \"P-384\", x = \"{short}\", y = \"{short}\", kid = \"k\", use = \"enc\""),
            "a key for use `enc`",
        ),
    ] {
        let mistakes = with_key(&key);
        assert!(mistakes[0].starts_with(&format!("28:19: found {found}, expected ")), "{mistakes:?}");
        assert!(!mistakes[0].contains(&short), "{mistakes:?}");
    }
}

#[test]
fn a_jwks_uri_is_https() {
    let (https, http) = ("https://signer.example/jwks.json", "http://127.0.0.1:5000/jwks.json");
    let found = changed(https, http);
    assert!(
        found[0].starts_with(
            "28:12: found `http://127.0.0.1:5000/jwks.json`, expected https:, or `loopback_key_sets = true` in [policy]"
        ),
        "{found:?}"
    );
    assert_eq!(changed(https, "http://signer.example/"), ["28:12: found `http://signer.example/`, expected https:"]);
    let allowed = GOOD.replace(https, http).replace("code_seconds = 60", "loopback_key_sets = true");
    parse("t.toml", &allowed).unwrap();
}

#[test]
fn a_backend_service_signs() {
    let secret = "client_secret = \"hush-hush\"";
    let found = changed(secret, &format!("{secret}\ngrant_types = [\"authorization_code\", \"client_credentials\"]"));
    assert!(
        found[0].starts_with("22:38: found `client_credentials`, expected token_endpoint_auth_method"),
        "{found:?}"
    );
    assert!(found[0].ends_with("or `client_credentials_by_secret = true` in [policy]"), "{found:?}");
}

/// RFC 6749 §4.4: "The client credentials grant type MUST only be used by confidential clients."
#[test]
fn where_secrets_are_enough_a_client_still_needs_one() {
    let by_secret = GOOD.replace("code_seconds = 60", "client_credentials_by_secret = true");
    let secret = "client_secret = \"hush-hush\"";
    let both = "grant_types = [\"authorization_code\", \"client_credentials\"]";
    parse("t.toml", &by_secret.replace(secret, &format!("{secret}\n{both}"))).unwrap();
    let public = "token_endpoint_auth_method = \"none\"";
    let found = mistakes(parse("t.toml", &by_secret.replacen(public, &format!("{public}\n{both}"), 1)).map(|_| ()));
    let expected = "expected a client that authenticates: a public one is nobody on its own";
    assert!(found[0].ends_with(&format!("found `client_credentials`, {expected}")), "{found:?}");
}

#[test]
fn grant_types_are_known_allowed_and_make_sense() {
    let line = "grant_types = [\"client_credentials\"]";
    let found = changed(line, "grant_types = [\"device_code\"]");
    assert!(found[0].starts_with("29:15: found no usable grant type"), "{found:?}");
    assert!(found[1].starts_with("29:16: found `device_code`, expected \"authorization_code\" or"), "{found:?}");
    let found = changed(line, "grant_types = [\"refresh_token\"]");
    assert_eq!(found, ["29:15: found `refresh_token` alone, expected `authorization_code` with it"]);
    let found = changed("code_seconds = 60", "grant_types = [\"authorization_code\", \"refresh_token\"]");
    assert_eq!(found, ["29:16: found `client_credentials`, expected a grant type that this tenant's [policy] allows"]);
    let found = changed(line, &format!("{line}\nredirect_uris = [\"https://a.example/\"]"));
    assert_eq!(found, ["30:17: found `redirect_uris`, expected none without the grant type `authorization_code`"]);
}

/// AUTHZ-17, LCTX-3, R6749-2.
#[test]
fn redirect_uris_obey_the_rules_of_registration() {
    let uri = "https://app.example/cb";
    let expected = |found: Vec<String>, words: &str| {
        assert!(found[0].starts_with("15:18: found `") && found[0].contains(words), "{found:?}");
    };
    expected(changed(uri, "http://app.example/cb"), "must be https: (RFC 9700 §2.6)");
    expected(changed(uri, "http://127.0.0.1/cb"), "needs `allow_loopback = true`");
    expected(changed(uri, "https://app.example/cb#x"), "must not have a fragment");
    expected(changed(uri, "{bas}/cb"), "{base} and {id} as the only placeholders");
}

/// LCTX-3.
#[test]
fn launch_urls_and_origins_are_of_the_web() {
    let scope = "scope = \"launch/patient patient/*.rs\"";
    let with = |line: &str| changed(scope, &format!("{scope}\n{line}"));
    assert_eq!(with("launch_urls = [\"/launch\"]"), ["17:16: found `/launch`, expected an absolute https: URL"]);
    assert_eq!(
        with("launch_urls = [\"http://localhost/launch\"]"),
        [
            "17:16: found `http://localhost/launch`, expected https:, or `allow_loopback = true` for http: on a loopback address"
        ]
    );
    let found = with("origins = [\"https://app.example/\"]");
    assert!(found[0].starts_with("17:12: found `https://app.example/`, expected an origin"), "{found:?}");
}

/// CLI-8. What any page can be, or a page that hides where it is from, is nobody's origin.
#[test]
fn an_origin_is_that_of_a_page_of_the_app() {
    let scope = "scope = \"launch/patient patient/*.rs\"";
    let line = |origin: &str| format!("{scope}\norigins = [\"{origin}\"]");
    for good in [
        "capacitor://localhost",
        "ionic://localhost",
        "tauri://localhost",
        "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
        "moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc",
        "safari-web-extension://E3449EA7-EC25-4696-8E6C-0B1D4A3C0F57",
        "app://.",
        "app://-",
        "app://localhost:8080",
        "com.example.app://localhost",
        "https://localhost",
    ] {
        let file = parse("t.toml", &GOOD.replacen(scope, &line(good), 1)).unwrap_or_else(|found| panic!("{found}"));
        let origins = file.resolve("https://auth.example").unwrap().clients.remove(0).origins;
        assert_eq!(Vec::from_iter(origins), [good]);
    }
    for bad in [
        "null",
        "*",
        "file://",
        "file://localhost",
        "data:text/html,x",
        "blob://x",
        "about://blank",
        "javascript://x",
        "capacitor://",
        "capacitor://localhost/",
        "capacitor://localhost/index.html",
        "capacitor://*",
        "capacitor://local host",
        "capacitor://a@localhost",
        "capacitor://localhost:",
        "capacitor://localhost:080",
        "capacitor://localhost?x",
        "capacitor://localhost#x",
        "Capacitor://localhost",
        "capacitor:localhost",
        "capacitor",
        "://localhost",
        "",
    ] {
        let found = changed(scope, &line(bad));
        assert!(found.len() == 1 && found[0].contains("expected an origin as browsers send it"), "{bad}: {found:?}");
    }
}

#[test]
fn scopes_are_those_of_smart() {
    let scope = "launch/patient patient/*.rs";
    assert_eq!(
        changed(scope, "launch/patient patient/observation.rs"),
        ["16:9: found the scope `patient/observation.rs`, expected a FHIR resource type such as Observation, or *"]
    );
    let found = changed("scope = \"system/*.rs\"", "scope = \"system/*.rs\"\nrequired_scope = \"system/*.cruds\"");
    assert_eq!(found, ["31:18: found the required scope `system/*.cruds`, expected scopes that `scope` allows"]);
}

/// DEF-1.
#[test]
fn a_default_scope_is_a_part_of_the_scope_that_a_person_can_give() {
    let scope = "scope = \"launch/patient patient/*.rs\"";
    let people = "scopes that a person can give to an app that no EHR has launched";
    for (default, why) in [
        ("patient/*.cruds", "the default scope `patient/*.cruds`, expected scopes that `scope` allows"),
        (
            "patient/observation.rs",
            "the scope `patient/observation.rs`, expected a FHIR resource type such as Observation, or *",
        ),
        ("", "no scope, expected at least one, or no `default_scope`"),
    ] {
        let found = changed(scope, &format!("{scope}\ndefault_scope = \"{default}\""));
        assert_eq!(found, [format!("17:17: found {why}")], "{default}");
    }
    let backend = "scope = \"system/*.rs\"";
    let found = changed(backend, &format!("{backend}\ndefault_scope = \"system/*.rs\""));
    assert_eq!(found, [format!("31:17: found the scope `system/*.rs`, expected {people}")]);
    parse("t.toml", &GOOD.replace(scope, &format!("{scope}\ndefault_scope = \"patient/*.rs\""))).unwrap();
}

/// PAR-10: nobody can be held to what the tenant does not take.
#[test]
fn an_app_can_push_where_its_tenant_takes_pushes() {
    let scope = "scope = \"launch/patient patient/*.rs\"";
    let held = format!("{scope}\nrequire_pushed_authorization_requests = true");
    let expected = "17:41: found `require_pushed_authorization_requests`, where the tenant takes no pushed requests, expected \
                    `pushed_authorization_requests = \"accepted\"` or `\"required\"` in [policy] with it";
    assert_eq!(changed(scope, &held), [expected]);
    for how in ["accepted", "required"] {
        let text = GOOD.replace(scope, &held);
        parse("t.toml", &text.replace("code_seconds = 60", &format!("pushed_authorization_requests = \"{how}\"")))
            .unwrap();
    }
    parse("t.toml", &GOOD.replace(scope, &held.replace("true", "false"))).unwrap();
}

#[test]
fn only_a_confidential_client_may_do_without_pkce() {
    let line = "\npkce = \"optional_for_smart_v1\"";
    let (public, secret) = ("token_endpoint_auth_method = \"none\"", "client_secret = \"hush-hush\"");
    let found = changed(public, &format!("{public}{line}"));
    assert_eq!(found, ["15:8: found `optional_for_smart_v1`, expected \"required\" for a public client"]);
    parse("t.toml", &GOOD.replace(secret, &format!("{secret}{line}"))).unwrap();
}

/// DPOP-7, ALL-7.
#[test]
fn a_client_with_bound_tokens_has_somewhere_to_use_them_and_a_way_to_get_them() {
    let name = "redirect_uris = [\"https://app.example/cb\"]";
    let with = |lines: &str, dpop: &str| {
        let text = GOOD.replacen(name, &format!("{name}\n{lines}"), 1);
        let text = text.replacen(
            "code_seconds = 60",
            "grant_types = [\"authorization_code\", \"implicit\", \"client_credentials\", \"refresh_token\"]",
            1,
        );
        let url = "url = \"{base}/clinic/fhir\"";
        let text = text.replacen(url, &format!("{url}\ndpop = \"{dpop}\""), 1);
        match parse("t.toml", &text) {
            Ok(_) => Vec::new(),
            Err(found) => mistakes(Err(found)),
        }
    };
    let bound = "dpop_bound_access_tokens = true";
    let implicit = "grant_types = [\"implicit\"]";
    let nowhere = "17:28: found `dpop_bound_access_tokens = true`, expected `dpop = \"accepted\"` or \"required\" at one of its \
                   [[fhir_servers]]: none of them takes bound tokens";
    let no_proof = |line: usize| {
        format!(
            "{line}:15: found the grant type `implicit`, expected grant_types without it: its tokens are bound to a key, and a \
             redirect brings no proof"
        )
    };
    assert_eq!(with(bound, "off"), [nowhere]);
    assert!(with(bound, "accepted").is_empty());
    assert!(with(bound, "required").is_empty());
    assert!(with(implicit, "accepted").is_empty());
    assert!(with(implicit, "off").is_empty());
    assert_eq!(with(implicit, "required"), [no_proof(17)]);
    assert_eq!(with(&format!("{bound}\n{implicit}"), "accepted"), [no_proof(18)]);
}
