//! He makes a JWT that nobody signed, or that he signed himself, and tells the server in its header how to believe it. The
//! header decides nothing: only asymmetric algorithms have a name here, and keys come from what was registered (RFC 8725
//! §3.1, §3.5, §3.10).

use super::*;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::{
    app::{assertion_form, claims, header},
    assertion::{key, sign_with},
    key_server::{jwks, new_key, signed_by},
};
use rules::tenant::SigningAlg;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

async fn authenticates(server: &TestServer, jwt: &str) -> Answer {
    let mut form = assertion_form(jwt);
    form.extend([("grant_type".into(), "client_credentials".into()), ("scope".into(), "system/*.rs".into())]);
    let pairs: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    server.post("/clinic/token", &pairs, &[]).await
}

async fn is_refused(server: &TestServer, jwt: &str) {
    assert_refused(&authenticates(server, jwt).await, 401, "invalid_client");
}

fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()))
}

/// RFC 2104, so that no test dependency is needed for one attack.
fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = [0u8; 64];
    if key.len() > 64 {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let pad = |with: u8| block.map(|byte| byte ^ with);
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().to_vec()
}

/// RFC 8725 §3.2; ASYM-3: reject `none`, in any case and with any signature.
#[tokio::test]
async fn no_algorithm_is_no_signature() {
    let server = TestServer::start().await;
    let good = App::backend(&server).assertion();
    let token = App::backend(&server).asks_for_itself("system/*.rs").await.json();
    let token = token["access_token"].as_str().expect("a token").to_owned();
    for alg in ["none", "None", "NONE", "nOnE", "", " none", "null"] {
        for signature in ["", "AA", &"A".repeat(128)] {
            let mut head = good.header.clone();
            head["alg"] = json!(alg);
            is_refused(&server, &format!("{}.{signature}", unsigned(&head, &good.claims))).await;
            let mut head = header(&token);
            head["alg"] = json!(alg);
            let forged = format!("{}.{signature}", unsigned(&head, &claims(&token)));
            assert_eq!(kit::app::introspect(&server, &forged).await, json!({ "active": false }));
        }
    }
}

#[tokio::test]
async fn a_missing_or_odd_algorithm_is_refused() {
    let server = TestServer::start().await;
    let good = App::backend(&server).assertion();
    for alg in [
        json!(null),
        json!(384),
        json!(["ES384"]),
        json!({ "alg": "ES384" }),
        json!("es384"),
        json!("ES384 "),
        json!("Es384"),
    ] {
        is_refused(&server, &good.clone().with_header("alg", alg).sign()).await;
    }
}

/// RFC 8725 §2.1: the public key, which everyone has, taken as the secret of an HMAC.
#[tokio::test]
async fn the_public_key_is_no_hmac_secret() {
    let server = TestServer::start().await;
    let good = App::backend(&server).assertion();
    let client = json!(key(SigningAlg::ES384).public);
    let ours = server.get("/clinic/.well-known/jwks.json").await.json();
    let token = App::backend(&server).asks_for_itself("system/*.rs").await.json();
    let token = token["access_token"].as_str().expect("a token").to_owned();
    for alg in ["HS256", "HS384", "HS512", "hs256"] {
        let x = client["x"].as_str().expect("a coordinate");
        for secret in
            [client.to_string().into_bytes(), x.as_bytes().to_vec(), URL_SAFE_NO_PAD.decode(x).expect("base64url")]
        {
            let mut head = good.header.clone();
            head["alg"] = json!(alg);
            let input = unsigned(&head, &good.claims);
            let mac = URL_SAFE_NO_PAD.encode(hmac_sha256(&secret, input.as_bytes()));
            is_refused(&server, &format!("{input}.{mac}")).await;
        }
        for published in ours["keys"].as_array().expect("keys") {
            let mut head = header(&token);
            (head["alg"], head["kid"]) = (json!(alg), published["kid"].clone());
            let input = unsigned(&head, &claims(&token));
            let mac = URL_SAFE_NO_PAD.encode(hmac_sha256(published.to_string().as_bytes(), input.as_bytes()));
            assert_eq!(kit::app::introspect(&server, &format!("{input}.{mac}")).await, json!({ "active": false }));
        }
    }
}

/// RFC 8725 §3.1: a key is for the algorithm of its type alone.
#[tokio::test]
async fn an_algorithm_that_does_not_fit_the_key_is_refused() {
    let server = TestServer::start().await;
    let good = App::backend(&server).assertion();
    for alg in ["RS256", "RS384", "PS384", "ES256", "ES512", "ES256K", "EdDSA", "RSA-OAEP", "dir"] {
        is_refused(&server, &good.clone().with_header("alg", json!(alg)).sign()).await;
    }
}

/// The signature of another text, of another key, cut off, or made of zeros (CVE-2022-21449).
#[tokio::test]
async fn a_signature_of_something_else_is_refused() {
    let server = TestServer::start().await;
    let good = App::backend(&server).assertion();
    let jwt = good.sign();
    let (input, signature) = jwt.rsplit_once('.').expect("three parts");
    let zeros = URL_SAFE_NO_PAD.encode([0u8; 96]);
    for wrong in [zeros.as_str(), "", &signature[..100], &format!("{signature}="), &format!("{signature}AA")] {
        is_refused(&server, &format!("{input}.{wrong}")).await;
    }
    let longer = good.clone().with_claim("exp", json!(server.now().0 + 299)).sign();
    let (other_input, _) = longer.rsplit_once('.').expect("three parts");
    is_refused(&server, &format!("{other_input}.{signature}")).await;
    is_refused(&server, &signed_with_name_of(&good, &new_key())).await;
}

/// By `attacker`, under the `kid` of the client's own key.
fn signed_with_name_of(good: &kit::Assertion, attacker: &rules::signing_keys::SigningKeyRecord) -> String {
    sign_with(attacker, &good.header, &good.claims)
}

#[tokio::test]
async fn a_jwt_of_more_or_fewer_parts_is_refused() {
    let server = TestServer::start().await;
    let jwt = App::backend(&server).assertion().sign();
    let parts: Vec<&str> = jwt.split('.').collect();
    for wrong in [
        format!("{}.{}", parts[0], parts[1]),
        format!("{jwt}.{}", parts[2]),
        format!(".{}.{}", parts[1], parts[2]),
        format!("{}..{}", parts[0], parts[2]),
        format!(" {jwt}"),
        format!("{jwt}\n"),
        jwt.replace('.', ".."),
        "...".to_owned(),
        ".".to_owned(),
    ] {
        is_refused(&server, &wrong).await;
    }
}

/// ASYM-8: exactly one registered key by this `kid`; nothing is looked up in files, tables or URLs by it.
#[tokio::test]
async fn a_kid_is_a_name_and_nothing_else() {
    let server = TestServer::start().await;
    let good = App::backend(&server).assertion();
    let of_another_client = &key(SigningAlg::RS384).public.kid;
    let ours = server.get("/clinic/.well-known/jwks.json").await.json()["keys"][0]["kid"].clone();
    for kid in [
        json!(null),
        json!(""),
        json!(of_another_client),
        ours,
        json!("../../../../dev/null"),
        json!("https://evil.example/jwks.json"),
        json!("' OR '1'='1"),
        json!("clinic#TENANT"),
        json!(format!("{}\u{0}", key(SigningAlg::ES384).public.kid)),
        json!(key(SigningAlg::ES384).public.kid.to_uppercase()),
        json!([key(SigningAlg::ES384).public.kid]),
        json!({ "kid": key(SigningAlg::ES384).public.kid }),
        json!(0),
        json!(true),
        json!("k".repeat(10_000)),
    ] {
        is_refused(&server, &good.clone().with_header("kid", kid).sign()).await;
    }
    assert_eq!(authenticates(&server, &good.sign()).await.status, 200);
}

/// ASYM-8 (1): `jku` must be the registered URL; a client with registered keys has none.
#[tokio::test]
async fn keys_that_the_header_brings_or_points_to_are_not_used() {
    let server = TestServer::start().await;
    let good = App::backend(&server).assertion();
    let attacker = new_key();
    let host = kit::key_server::KeyServer::with(&[&attacker]);
    let certificate = json!(["MIIBszCCAVmgAwIBAgIUXw"]);
    for (name, value) in [
        ("jku", json!(host.url)),
        ("jwk", json!(attacker.public)),
        ("x5u", json!(host.url)),
        ("x5c", certificate),
        ("jwks", jwks(&[&attacker])),
    ] {
        let by_attacker = |kid: &str| {
            let mut head = json!({ "alg": "ES384", "typ": "JWT", "kid": kid });
            head[name] = value.clone();
            sign_with(&attacker, &head, &good.claims)
        };
        is_refused(&server, &by_attacker(&attacker.public.kid)).await;
        is_refused(&server, &by_attacker(&key(SigningAlg::ES384).public.kid)).await;
    }
    // Even the client itself can't make us go elsewhere.
    is_refused(&server, &good.clone().with_header("jku", json!(host.url)).sign()).await;
    assert_eq!(host.connections(), 0);
}

/// RFC 7515 §4.1.11 MUST: an extension that is critical and not understood. RFC 7797: a payload that is not encoded.
#[tokio::test]
async fn critical_extensions_are_refused() {
    let server = TestServer::start().await;
    let good = App::backend(&server).assertion();
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("crit", json!(["b64"])),
        ("crit", json!([])),
        ("crit", json!("exp")),
        ("b64", json!(false)),
        ("b64", json!(true)),
    ] {
        is_refused(&server, &good.clone().with_header(name, value).sign()).await;
    }
}

/// RFC 8725 §2.4: two members of one name, read one way by a filter before us and another way here.
#[tokio::test]
async fn a_name_that_comes_twice_is_refused() {
    let server = TestServer::start().await;
    let app = App::backend(&server);
    let good = app.assertion();
    let twice = |json: &Value, name: &str, value: &str| {
        let text = json.to_string();
        format!("{},\"{name}\":{value}}}", &text[..text.len() - 1])
    };
    let (head, claims) = (good.header.to_string(), good.claims.to_string());
    assert_eq!(authenticates(&server, &sign_text(&head, &claims)).await.status, 200);
    for (name, value) in
        [("iss", "\"es384-app\""), ("sub", "\"backend\""), ("aud", "\"x\""), ("exp", "1900000000"), ("jti", "\"2\"")]
    {
        let claims = twice(&app.assertion().claims, name, value);
        is_refused(&server, &sign_text(&head, &claims)).await;
    }
    for (name, value) in [("alg", "\"none\""), ("kid", "\"x\"")] {
        is_refused(&server, &sign_text(twice(&good.header, name, value), app.assertion().claims.to_string())).await;
    }
}

/// RFC 7519 §7.2: "a UTF-8-encoded representation of a completely valid JSON object", also where nobody looks.
#[tokio::test]
async fn bytes_that_are_no_text_are_no_jwt() {
    let server = TestServer::start().await;
    let good = App::backend(&server).assertion();
    let (head, claims) = (good.header.to_string(), good.claims.to_string());
    let with = |json: &str, member: &[u8]| [&json.as_bytes()[..json.len() - 1], b",", member, b"}"].concat();
    for member in [&b"\"x\":\"\xff\""[..], b"\"\xc0\xaf\":1", b"\"x\":\"\xed\xa0\x80\""] {
        is_refused(&server, &sign_text(&head, with(&claims, member))).await;
        is_refused(&server, &sign_text(with(&head, member), &claims)).await;
    }
    assert_eq!(authenticates(&server, &sign_text(&head, with(&claims, "\"x\":\"é\"".as_bytes()))).await.status, 200);
}

/// Signs the texts as they are: a JSON library would have put them in order.
fn sign_text(header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>) -> String {
    let key = key(SigningAlg::ES384);
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let rules::signing_keys::Custody::InTable { pkcs8 } = &key.custody else { panic!("a key in the process") };
    let pkcs8 = base64::engine::general_purpose::STANDARD.decode(pkcs8).expect("base64");
    let pair = rules::signing_keys::in_process::InProcessKey::read(key.alg, &pkcs8).expect("a key");
    let signature = pair.sign(input.as_bytes()).expect("a signature");
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A `kid` of our own, under which his key signed an access token.
#[tokio::test]
async fn an_access_token_by_a_foreign_key_is_not_active() {
    let server = TestServer::start().await;
    let token = App::backend(&server).asks_for_itself("system/*.rs").await.json();
    let token = token["access_token"].as_str().expect("a token").to_owned();
    let attacker = new_key();
    let other_tenant = server.get("/other/.well-known/jwks.json").await.json();
    let mut heads = vec![header(&token), json!({ "typ": "at+jwt", "alg": "ES384", "kid": attacker.public.kid })];
    for published in other_tenant["keys"].as_array().expect("keys") {
        heads.push(json!({ "typ": "at+jwt", "alg": published["alg"], "kid": published["kid"] }));
    }
    for mut head in heads {
        head["jwk"] = json!(attacker.public);
        let forged = sign_with(&attacker, &head, &claims(&token));
        assert_eq!(kit::app::introspect(&server, &forged).await, json!({ "active": false }));
    }
    // Nor with one letter of the claims changed.
    let (head, rest) = token.split_once('.').expect("three parts");
    let (_, signature) = rest.split_once('.').expect("three parts");
    let mut more = claims(&token);
    more["scope"] = json!("system/*.cruds");
    let forged = format!("{head}.{}.{signature}", URL_SAFE_NO_PAD.encode(more.to_string()));
    assert_eq!(kit::app::introspect(&server, &forged).await, json!({ "active": false }));
    assert_eq!(kit::app::introspect(&server, &token).await["active"], true);
    // The signature of a client's key, under its own name, is no signature of ours either.
    let own = signed_by(key(SigningAlg::ES384), &claims(&token));
    assert_eq!(kit::app::introspect(&server, &own).await, json!({ "active": false }));
}
