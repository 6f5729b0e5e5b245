//! CIMD-17: what ends with a document that changes.

use super::{ADDRESS, of};
use crate::given::{app, key};
use rules::{
    client::document::changes::DocumentThen,
    tenant::{AuthenticationMethod, SigningAlg},
};
use serde_json::{Value, json};

fn keyed(member: &str, value: Value) -> Value {
    json!({ "token_endpoint_auth_method": "private_key_jwt", member: value })
}

fn jwks() -> Value {
    json!({ "keys": [key(SigningAlg::ES384).public] })
}

#[test]
fn a_grant_keeps_the_method_and_where_the_keys_are() {
    for (document, method, keys_at) in [
        (json!({}), AuthenticationMethod::None, None),
        (keyed("jwks", jwks()), AuthenticationMethod::PrivateKeyJwt, Some("agent.example")),
        (
            keyed("jwks_uri", json!("https://keys.example:8443/x")),
            AuthenticationMethod::PrivateKeyJwt,
            Some("keys.example"),
        ),
    ] {
        let client = of(&document);
        let then = DocumentThen::of(&client).unwrap();
        assert_eq!((then.method, then.keys_at.as_deref()), (method, keys_at));
        assert_eq!(then.hash, client.origin.unwrap().hash);
        assert_eq!(serde_json::from_value::<DocumentThen>(json!(then)).unwrap(), then);
    }
    assert_eq!(DocumentThen::of(&app()), None);
}

#[test]
fn it_ends_where_the_proof_is_dropped_or_the_keys_move_to_another_host() {
    let (here, there) = (json!("https://agent.example/keys"), json!("https://keys.example/keys"));
    let dropped = Some("the client's document has it prove itself no more");
    let moved = Some("the client's document has its keys at another host");
    for (then, now, broken) in [
        (json!({}), json!({ "client_name": "Another" }), None),
        (json!({}), keyed("jwks", jwks()), None),
        (keyed("jwks", jwks()), keyed("jwks", jwks()), None),
        (keyed("jwks", jwks()), keyed("jwks_uri", here.clone()), None),
        (keyed("jwks_uri", here.clone()), keyed("jwks", jwks()), None),
        (keyed("jwks_uri", there.clone()), keyed("jwks_uri", json!("https://keys.example/next")), None),
        (keyed("jwks", jwks()), keyed("jwks_uri", there.clone()), moved),
        (keyed("jwks_uri", there.clone()), keyed("jwks_uri", here), moved),
        (keyed("jwks_uri", there), keyed("jwks", jwks()), moved),
        (keyed("jwks", jwks()), json!({}), dropped),
    ] {
        let then_kept = DocumentThen::of(&of(&then)).unwrap();
        assert_eq!(then_kept.is_broken_by(&of(&now)), broken, "{then} {now}");
    }
    let registered = rules::client::Client { client_id: ADDRESS.into(), ..app() };
    assert_eq!(DocumentThen::of(&of(&keyed("jwks", jwks()))).unwrap().is_broken_by(&registered), None);
}
