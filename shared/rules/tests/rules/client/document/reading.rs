//! CIMD-7, CIMD-8, CIMD-9, CIMD-11: what a document must say, and must not.

use super::{ADDRESS, CALLBACK, address, document, reads};
use crate::given::{ParseSet, key};
use rules::{
    client::document::{
        address::DocumentAddress,
        read::{DocumentProof, faults, read, shown_name},
    },
    tenant::{AuthenticationMethod, SigningAlg},
};
use serde_json::{Value, json};

fn jwks() -> Value {
    json!({ "keys": [key(SigningAlg::ES384).public] })
}

#[test]
fn a_good_document_is_read_and_what_nobody_knows_is_passed_over() {
    let read = reads(&json!({ "token_endpoint_auth_method": null, "x": { "y": [1] }, "logo_uri": 7 })).unwrap();
    assert_eq!(read.name, "Agent Smith");
    assert_eq!(read.redirect_uris.iter().map(|uri| uri.as_str()).collect::<Vec<_>>(), [CALLBACK]);
    assert_eq!((read.proof, read.scope), (DocumentProof::None, None));
}

/// Each fault of a document like that.
fn named(changes: &Value) -> Vec<String> {
    let body = document(changes).to_string();
    faults(body.as_bytes(), address(ADDRESS), false).iter().map(ToString::to_string).collect()
}

#[test]
fn whoever_writes_a_document_is_told_all_its_faults_at_once() {
    assert!(named(&json!({})).is_empty());
    let changes = json!({
        "client_id": ADDRESS.replace("https", "http"), "client_secret": "x", "client_name": 7, "redirect_uris": [],
        "token_endpoint_auth_method": "client_secret_basic", "scope": 7,
    });
    assert_eq!(named(&changes).len(), 6);
    assert_eq!(named(&changes)[0], reads(&changes).unwrap_err());
}

#[test]
fn each_fault_has_its_reason() {
    let mut private = jwks();
    private["keys"][0]["d"] = json!("x");
    let secret = "the document holds a client secret";
    let no_uris = "the document has no redirect_uris, or more than 20";
    let one_place = "private_key_jwt needs one of jwks and jwks_uri in the document";
    let method = |method: &str| json!({ "token_endpoint_auth_method": method });
    let keyed = |jwks: Value, uri: Value| json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": jwks, "jwks_uri": uri });
    for (changes, why) in [
        (json!({ "client_id": null }), "the client_id in the document is not the address that it was fetched from"),
        (json!({ "client_id": 7 }), "the client_id in the document is not the address that it was fetched from"),
        (
            json!({ "client_id": format!("{ADDRESS}/") }),
            "the client_id in the document is not the address that it was fetched from",
        ),
        (
            json!({ "client_id": ADDRESS.replace("agent", "Agent") }),
            "the client_id in the document is not the address that it was fetched from",
        ),
        (json!({ "client_name": null }), "the document has no client_name"),
        (json!({ "client_name": " \u{202e}\t" }), "the document has no client_name"),
        (json!({ "client_name": 7 }), "client_name in the document is no text"),
        (json!({ "redirect_uris": null }), "the document has no redirect_uris"),
        (json!({ "redirect_uris": CALLBACK }), "the document has no redirect_uris"),
        (json!({ "redirect_uris": [] }), no_uris),
        (json!({ "redirect_uris": vec![CALLBACK; 21] }), no_uris),
        (json!({ "redirect_uris": [CALLBACK, 7] }), "the redirect_uris in the document are not all texts"),
        (
            json!({ "redirect_uris": ["agent:/cb"] }),
            "none of the redirect_uris in the document is https or on this machine",
        ),
        (json!({ "client_secret": null, "client_secret_expires_at": 0 }), secret),
        (json!({ "client_secret": "x" }), secret),
        (
            method("client_secret_basic"),
            "the token_endpoint_auth_method in the document is neither none nor private_key_jwt",
        ),
        (
            method("client_secret_jwt"),
            "the token_endpoint_auth_method in the document is neither none nor private_key_jwt",
        ),
        (
            method("tls_client_auth"),
            "the token_endpoint_auth_method in the document is neither none nor private_key_jwt",
        ),
        (json!({ "token_endpoint_auth_method": ["none"] }), "token_endpoint_auth_method in the document is no text"),
        (method("private_key_jwt"), one_place),
        (keyed(jwks(), json!("https://agent.example/jwks")), one_place),
        (keyed(Value::Null, json!("http://agent.example/jwks")), "the jwks_uri in the document is not https"),
        (keyed(Value::Null, json!("https://amy@agent.example/jwks")), "the jwks_uri in the document is not https"),
        (keyed(Value::Null, json!("https://:x@agent.example/jwks")), "the jwks_uri in the document is not https"),
        (keyed(Value::Null, json!("ftp://agent.example/jwks")), "the jwks_uri in the document is not https"),
        (keyed(Value::Null, json!("http://localhost/jwks")), "the jwks_uri in the document is not https"),
        (keyed(Value::Null, json!("jwks")), "the jwks_uri in the document is not https"),
        (json!({ "jwks_uri": 7 }), "jwks_uri in the document is no text"),
        (json!({ "jwks": { "keys": [{ "kty": "oct" }] } }), "the jwks in the document holds a symmetric key"),
        (
            json!({ "jwks": private }),
            "the jwks in the document can't be used: not a JWK set: the key set holds a private or symmetric key",
        ),
        (json!({ "jwks": [] }), "the jwks in the document can't be used: not a JWK set: it is no JSON object"),
        (json!({ "scope": ["openid"] }), "scope in the document is no text"),
    ] {
        assert_eq!(reads(&changes).unwrap_err(), why, "{changes}");
        assert_eq!(named(&changes), [why], "{changes}");
    }
    for body in ["", "[]", "null", "{", "{} x", "\"x\""] {
        assert!(read(body.as_bytes(), address(ADDRESS), false).is_err(), "{body}");
        assert_eq!(faults(body.as_bytes(), address(ADDRESS), false).len(), 1, "{body}");
    }
    assert!(reads(&json!({ "redirect_uris": vec![CALLBACK; 20] })).is_ok());
}

#[test]
fn it_proves_itself_by_nothing_or_by_a_key() {
    let keyed =
        |member: &str, value: Value| reads(&json!({ "token_endpoint_auth_method": "private_key_jwt", member: value }));
    let inline = keyed("jwks", jwks()).unwrap();
    assert!(matches!(&inline.proof, DocumentProof::Jwks(keys) if keys.keys.len() == 1));
    let elsewhere = keyed("jwks_uri", json!("https://keys.example/jwks")).unwrap();
    assert_eq!(elsewhere.proof, DocumentProof::JwksUri("https://keys.example/jwks".into()));
    for document in [&inline, &elsewhere] {
        assert_eq!(document.method(), AuthenticationMethod::PrivateKeyJwt);
    }
    // Keys that it does not use are looked at, and not used.
    let unused = reads(&json!({ "jwks": jwks(), "jwks_uri": "https://keys.example/jwks" })).unwrap();
    assert_eq!((unused.method(), unused.proof), (AuthenticationMethod::None, DocumentProof::None));
}

#[test]
fn on_a_laptop_its_keys_may_be_there_too() {
    let text = "http://localhost:8000/client";
    let near = DocumentAddress::parse(text, true).unwrap();
    for (jwks_uri, good) in [("http://127.0.0.1:9/jwks", true), ("http://10.0.0.1/jwks", false)] {
        let changes =
            json!({ "client_id": text, "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": jwks_uri });
        assert_eq!(read(document(&changes).to_string().as_bytes(), near, true).is_ok(), good, "{jwks_uri}");
    }
}

#[test]
fn redirect_uris_that_cant_be_used_are_passed_over() {
    let listed = [
        "cursor://agent/cb",
        "com.example.agent:/cb",
        "http://agent.example/cb",
        "http://10.0.0.1/cb",
        "http://127.0.0.2/cb",
        "javascript:alert(1)",
        "https://agent.example/#x",
        "https://amy@agent.example/",
        "/cb",
        "",
        "http://127.0.0.1/cb",
        "http://[::1]:7/cb",
        "http://localhost:4000/cb",
        CALLBACK,
    ];
    let read = reads(&json!({ "redirect_uris": listed })).unwrap();
    let usable: Vec<&str> = read.redirect_uris.iter().map(|uri| uri.as_str()).collect();
    assert_eq!(usable, listed[10..]);
}

#[test]
fn a_scope_that_is_named_is_the_most_it_asks_for() {
    let scope = |text: &str| reads(&json!({ "scope": text })).unwrap().scope.unwrap();
    assert_eq!(scope("openid email patient/*.rs"), "openid patient/*.rs".parse_set());
    assert!(scope("").is_empty());
}

/// CIMD-18.
#[test]
fn a_name_is_shown_on_one_line_without_what_is_not_seen_and_not_long() {
    for (claimed, shown) in [
        ("Agent Smith", "Agent Smith"),
        ("  Agent\n\t Smith ", "Agent Smith"),
        ("Ag\u{202e}ent\u{2066} Sm\u{200b}ith\u{feff}", "Agent Smith"),
        ("A\u{0}\u{7}\u{85}B", "A B"),
        ("\u{61c}\u{ad}\u{e000}\u{e0041}x\u{10fffd}", "x"),
        ("日本語 кириллица العربية", "日本語 кириллица العربية"),
        ("a\u{2028}b\u{3000}c", "a b c"),
        ("", ""),
    ] {
        assert_eq!(shown_name(claimed), shown, "{claimed:?}");
    }
    assert_eq!(shown_name(&"x".repeat(80)), "x".repeat(80));
    assert_eq!(shown_name(&"é".repeat(81)), format!("{}…", "é".repeat(79)));
}

/// CIMD-17, CIMD-18: of what a person saw and of where trust goes; rotated keys are the same document.
#[test]
fn the_hash_changes_with_all_but_the_keys() {
    let hash = |changes: Value| reads(&changes).unwrap().hash();
    let keyed = |member: &str, value: Value| json!({ "token_endpoint_auth_method": "private_key_jwt", member: value });
    assert_eq!(hash(json!({})), hash(json!({ "software_id": "x" })));
    assert_eq!(hash(keyed("jwks", jwks())), hash(keyed("jwks", jwks())));
    let all = [
        hash(json!({})),
        hash(json!({ "client_name": "Another" })),
        hash(json!({ "redirect_uris": [CALLBACK, "https://agent.example/2"] })),
        hash(json!({ "scope": "openid" })),
        hash(keyed("jwks", jwks())),
        hash(keyed("jwks_uri", json!("https://agent.example/jwks"))),
        hash(keyed("jwks_uri", json!("https://other.example/jwks"))),
    ];
    for (at, one) in all.iter().enumerate() {
        assert!(all[at + 1..].iter().all(|other| other != one), "{at}");
    }
}
