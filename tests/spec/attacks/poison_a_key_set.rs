//! He has a hand in a client's key set, or the client was careless: a private key in it, a weak one, two of one name, ten
//! thousand. A set that leaked is not used at all; a bad key is passed over; nothing is guessed (ASYM-8, ASYM-12).

use super::*;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::{
    app::assertion_form,
    key_server::{KeyServer, Reply, jwks, new_key, signed_by},
    server::ISSUER,
};
use rules::{secret::random_text, signing_keys::SigningKeyRecord};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const CLIENT: &str = "careless";

async fn server_for(keys: &KeyServer) -> TestServer {
    TestServer::start_with(|toml| {
        format!(
            r#"{toml}
[policy]
loopback_key_sets = true

[[clients]]
client_id = "{CLIENT}"
client_name = "Careless"
token_endpoint_auth_method = "private_key_jwt"
jwks_uri = "{}"
grant_types = ["client_credentials"]
scope = "system/*.rs"
"#,
            keys.url
        )
    })
    .await
}

fn claims(server: &TestServer) -> Value {
    json!({
        "iss": CLIENT, "sub": CLIENT, "aud": format!("{ISSUER}/token"), "exp": server.now().0 + 300,
        "jti": random_text::<16>(),
    })
}

async fn authenticates(server: &TestServer, jwt: &str) -> Answer {
    let mut form = assertion_form(jwt);
    form.extend([("grant_type".into(), "client_credentials".into()), ("scope".into(), "system/*.rs".into())]);
    let pairs: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    server.post("/clinic/token", &pairs, &[]).await
}

/// The status of an honest assertion by `key`, when the set is this one.
async fn with_set(key: &SigningKeyRecord, set: &Value) -> u16 {
    let host = KeyServer::with(&[key]);
    host.answers(Reply::of(set));
    let server = server_for(&host).await;
    authenticates(&server, &signed_by(key, &claims(&server))).await.status
}

/// ASYM-12, KT-11: public only. Whoever can read the set has the key.
#[tokio::test]
async fn a_set_with_a_private_or_symmetric_key_is_not_used_at_all() {
    let (key, other) = (new_key(), new_key());
    for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        for leaked in [0, 1] {
            let mut set = jwks(&[&key, &other]);
            set["keys"][leaked][member] = json!("AQAB");
            assert_eq!(with_set(&key, &set).await, 401, "{member} of key {leaked}");
        }
    }
    let mut set = jwks(&[&key]);
    set["keys"].as_array_mut().expect("keys").push(json!({ "kty": "oct", "kid": "hmac", "k": "c2VjcmV0" }));
    assert_eq!(with_set(&key, &set).await, 401);
}

/// RFC 7517 §5: unknown and unfit keys are passed over, so that one bad neighbour does not lock the client out.
#[tokio::test]
async fn unfit_keys_are_passed_over() {
    let key = new_key();
    let mut set = jwks(&[&key]);
    let neighbours = [
        json!({ "kty": "OKP", "crv": "Ed25519", "kid": "okp", "x": "AA" }),
        json!({ "kty": "EC", "crv": "P-521", "kid": "p521", "x": "AA", "y": "AA" }),
        json!({ "kty": "RSA", "kid": "weak", "n": URL_SAFE_NO_PAD.encode([0xff; 128]), "e": "AQAB" }),
        json!({ "kty": "RSA" }),
        json!({ "kty": "lattice", "kid": "new" }),
        json!({}),
        json!(null),
        json!(7),
    ];
    set["keys"].as_array_mut().expect("keys").extend(neighbours);
    assert_eq!(with_set(&key, &set).await, 200);
}

/// Each makes the client's one key unfit.
#[tokio::test]
async fn an_unfit_key_verifies_nothing() {
    let key = new_key();
    let point = json!(key.public)["x"].as_str().expect("a coordinate").to_owned();
    for (member, value) in [
        ("crv", json!("P-256")),
        ("crv", json!("P-521")),
        ("crv", json!("secp256k1")),
        ("crv", json!(null)),
        ("kty", json!("RSA")),
        ("kty", json!("OKP")),
        ("use", json!("enc")),
        // RFC 7517 §4.3: what the key is for, in another spelling.
        ("key_ops", json!(["encrypt"])),
        ("key_ops", json!(["sign", "wrapKey"])),
        ("key_ops", json!([])),
        ("key_ops", json!("verify")),
        ("alg", json!("ES256")),
        ("alg", json!("RSA-OAEP")),
        ("kid", json!("")),
        ("kid", json!("another")),
        ("kid", json!(null)),
        // Not on the curve (RFC 8725 §2.7), and too short.
        ("y", json!(point)),
        ("x", json!("AQ")),
        ("x", json!(format!("{point}="))),
    ] {
        let mut set = jwks(&[&key]);
        set["keys"][0][member] = value.clone();
        assert_eq!(with_set(&key, &set).await, 401, "{member} {value}");
    }
}

#[tokio::test]
async fn a_key_that_says_it_verifies_does() {
    let key = new_key();
    let mut set = jwks(&[&key]);
    set["keys"][0]["key_ops"] = json!(["verify"]);
    assert_eq!(with_set(&key, &set).await, 200);
}

/// RSA below 2048 bits can be factored; above 4096 it costs us more than him.
#[tokio::test]
async fn rsa_keys_too_small_or_too_large_verify_nothing() {
    let server_key = new_key();
    for bytes in [64, 128, 255, 513, 2048, 8192] {
        let mut set = jwks(&[&server_key]);
        let n = URL_SAFE_NO_PAD.encode(vec![0xff; bytes]);
        let weak = json!({ "kty": "RSA", "kid": "weak", "n": n, "e": "AQAB" });
        set["keys"].as_array_mut().expect("keys").push(weak);
        let parsed = rules::jwk::KeySet::parse(set.to_string().as_bytes()).expect("a set");
        assert!(parsed.keys.iter().all(|key| key.kid != "weak"), "{bytes} bytes");
    }
}

/// With the exponent 1 a signature is the text that was to be signed, so anyone can make one. The same with leading zeros,
/// and with an even exponent.
#[tokio::test]
async fn an_rsa_key_with_a_trivial_exponent_verifies_nothing() {
    let key = new_key();
    let host = KeyServer::with(&[&key]);
    let server = server_for(&host).await;
    for exponent in [vec![1], vec![0, 0, 1], vec![0], vec![2], vec![]] {
        let n = URL_SAFE_NO_PAD.encode([0xff; 256]);
        let weak = json!({ "kty": "RSA", "kid": "weak", "n": n, "e": URL_SAFE_NO_PAD.encode(&exponent) });
        host.answers(Reply::of(&json!({ "keys": [weak] })).with("Cache-Control", "no-store"));
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": "weak" });
        let input = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims(&server).to_string())
        );
        // RFC 8017 §9.2, EMSA-PKCS1-v1_5 with SHA-256.
        let prefix = [
            0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04,
            0x20,
        ];
        let mut encoded = vec![0, 1];
        encoded.extend(vec![0xff; 256 - 3 - prefix.len() - 32]);
        encoded.push(0);
        encoded.extend(prefix);
        encoded.extend(Sha256::digest(input.as_bytes()));
        let forged = format!("{input}.{}", URL_SAFE_NO_PAD.encode(encoded));
        assert_refused(&authenticates(&server, &forged).await, 401, "invalid_client");
    }
}

/// ASYM-8 (3): "0 or >1 match ⇒ fail". Not even the right one of two is tried.
#[tokio::test]
async fn two_keys_of_one_name_are_none() {
    let (key, attacker) = (new_key(), new_key());
    let mut set = jwks(&[&key, &attacker]);
    set["keys"][1]["kid"] = json!(key.public.kid);
    assert_eq!(with_set(&key, &set).await, 401);
    set["keys"].as_array_mut().expect("keys").reverse();
    assert_eq!(with_set(&key, &set).await, 401);
}

#[tokio::test]
async fn ten_thousand_keys_are_refused_without_looking() {
    let key = new_key();
    let many = json!({ "keys": vec![json!({}); 10_000] });
    assert!(many.to_string().len() < 64 * 1024);
    assert_eq!(with_set(&key, &many).await, 401);
    let mut many = jwks(&[&key]);
    many["keys"].as_array_mut().expect("keys").extend(vec![json!({ "kty": "OKP" }); 1_000]);
    assert_eq!(with_set(&key, &many).await, 401);
}
