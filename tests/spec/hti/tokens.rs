//! Which tokens a portal may launch with (HTI-3 to HTI-8), and that no other has any effect.

use super::*;
use kit::{
    assertion::{sign_with, stranger},
    key_server::KeyServer,
};

async fn refuses(domain: &Domain, what: &str, token: &str) {
    let answer = domain.opens(token).await.app();
    assert_eq!(answer.query("error").as_deref(), Some("invalid_request"), "{what}: {}", answer.location());
}

/// Claims that can be wrong, each with its good neighbours.
#[tokio::test]
async fn each_claim_must_be_what_koppeltaal_says() {
    let domain = Domain::start().await;
    let now = domain.server.now().0;
    for (name, bad) in [
        ("iss", vec![json!("backend"), json!("nobody"), json!("es384-app"), json!(7), Value::Null]),
        (
            "aud",
            vec![
                json!("Device/another"),
                json!("es384-app"),
                json!("device/es384-app"),
                json!(["Device/es384-app", "Device/another"]),
                json!([]),
                json!("https://clinic.example/Device/es384-app"),
                Value::Null,
            ],
        ),
        (
            "sub",
            vec![
                json!("Person/1"),
                json!("PractitionerRole/1"),
                json!("hannah-patel"),
                json!("Practitioner/"),
                json!("Practitioner/a/b"),
                json!("https://fhir.example/Practitioner/hannah-patel"),
                Value::Null,
            ],
        ),
        ("jti", vec![json!(""), json!("x".repeat(1025)), json!(7), Value::Null]),
        ("resource", vec![json!(""), json!(7), json!("Task/7\n"), Value::Null]),
        ("definition", vec![json!(7), json!("")]),
        ("patient", vec![json!("amy-shaw"), json!("Practitioner/1"), json!(7)]),
        ("intent", vec![json!(["plan"]), json!("")]),
        ("hti-version", vec![json!("1.1"), json!("2"), json!(2.0)]),
        ("exp", vec![json!(now), json!(now - 1), json!(now + 301), json!("soon"), Value::Null]),
        ("iat", vec![json!(now + 31), json!(now - 1), json!("now"), Value::Null]),
        ("nbf", vec![json!(now + 31)]),
    ] {
        for value in bad {
            refuses(&domain, &format!("{name} {value}"), &domain.token().with_claim(name, value.clone()).sign()).await;
        }
    }
    let good = |token: Assertion| {
        let domain = &domain;
        async move {
            let place = domain.opens(&token.sign()).await.app();
            assert!(place.location().starts_with(&domain.provider.issuer), "{}: {}", token.claims, place.location());
        }
    };
    for (name, value) in [
        ("aud", json!(["Device/es384-app"])),
        ("hti-version", Value::Null),
        ("nbf", json!(now + 30)),
        ("jti", json!("x".repeat(1024))),
        ("idp_hint", json!("idp")),
        ("more", json!({ "of": "the portal" })),
    ] {
        good(domain.token().with_claim(name, value)).await;
    }
    good(domain.token().with_claim("iat", json!(now + 30)).with_claim("exp", json!(now + 330))).await;
    good(domain.token().with_claim("iat", json!(now - 299)).with_claim("exp", json!(now + 1))).await;
}

/// HTI-3, HTI-4.
#[tokio::test]
async fn the_signature_must_be_the_portals_own() {
    let domain = Domain::start().await;
    let token = domain.token();
    let (es384, own) = (key_of(SigningAlg::ES384), stranger(ALG));
    let embedded = json!({ "kty": "RSA" });
    for (what, text) in [
        ("another's key under the portal's name", token.signed_by_a_stranger()),
        ("the module's own key", sign_with(es384, &json!({ "alg": "ES384", "kid": es384.public.kid }), &token.claims)),
        ("the kid of another client", token.clone().with_header("kid", json!(es384.public.kid)).sign()),
        ("HMAC", token.clone().with_header("alg", json!("HS256")).signed_with_the_public_key()),
        ("none", format!("{}.", token.clone().with_header("alg", json!("none")).unsigned())),
        ("a signature that is gone", format!("{}.", token.unsigned())),
        ("another algorithm's name", token.clone().with_header("alg", json!("RS256")).sign()),
        ("PSS", token.clone().with_header("alg", json!("PS384")).sign()),
        ("a key in the header", {
            let header = json!({ "alg": "RS384", "jwk": own.public });
            sign_with(&own, &header, &token.claims)
        }),
        ("a key beside a good signature", token.clone().with_header("jwk", embedded).sign()),
        ("a certificate", token.clone().with_header("x5c", json!(["MIIB"])).sign()),
        ("the address of a certificate", token.clone().with_header("x5u", json!("https://a.example")).sign()),
        ("the address of keys", token.clone().with_header("jku", json!("https://a.example/jwks")).sign()),
        ("a critical extension", token.clone().with_header("crit", json!(["exp"])).sign()),
        ("a typ of another token", token.clone().with_header("typ", json!("at+jwt")).sign()),
        ("no JSON", "a.b.c".to_owned()),
        ("nothing between the dots", "..".to_owned()),
        ("more than 16 kB", token.clone().with_claim("more", json!("x".repeat(17_000))).sign()),
    ] {
        refuses(&domain, what, &text).await;
    }
    // A set in the file may have one key alone, which then needs no name.
    let unnamed = token.clone().with_header("kid", Value::Null).with_header("typ", Value::Null).sign();
    assert!(domain.opens(&unnamed).await.app().location().starts_with(&domain.provider.issuer));
}

fn key_of(alg: SigningAlg) -> &'static rules::signing_keys::SigningKeyRecord {
    kit::assertion::key(alg)
}

/// HTI-3: behind an address, keys change.
#[tokio::test]
async fn keys_behind_an_address_must_be_named() {
    let keys = KeyServer::with(&[key_of(ALG)]);
    let url = keys.url.clone();
    let domain = Domain::start_with(|toml| {
        toml.replacen(
            &format!("jwks = {}\ngrant_types = [\"client_credentials\"]\nscope = \"system/Task.cru\"", jwks(ALG)),
            &format!("jwks_uri = \"{url}\"\ngrant_types = [\"client_credentials\"]\nscope = \"system/Task.cru\""),
            1,
        )
    })
    .await;
    refuses(&domain, "no kid", &domain.token().with_header("kid", Value::Null).sign()).await;
    let there = domain.opens(&domain.token().with_header("jku", json!(url)).sign()).await.app();
    assert!(there.location().starts_with(&domain.provider.issuer), "{}", there.location());
}

/// Attacks: what an app, an EHR or this server signs is no launch.
#[tokio::test]
async fn tokens_of_other_kinds_are_no_launch() {
    let domain = Domain::start().await;
    let answer = domain.launched(&domain.token(), claims()).await.json();
    refuses(&domain, "an id_token", answer["id_token"].as_str().expect("an id_token")).await;
    let backend = App::backend(&domain.server).asks_for_itself("system/*.rs").await.json();
    refuses(&domain, "an access token", backend["access_token"].as_str().expect("a token")).await;
    let portal = Assertion::new(ALG, PORTAL, "https://auth.example/clinic/token", domain.server.now().0);
    refuses(&domain, "the portal's own assertion", &portal.sign()).await;
    // And the other way about: a launch proves no client.
    let launch = domain.token().sign();
    let answer = domain
        .server
        .post(
            "/clinic/token",
            &[
                ("grant_type", "client_credentials"),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", &launch),
            ],
            &[],
        )
        .await;
    assert_eq!(answer.status, 401, "{}", answer.body);
}

/// Judged when the way begins: a slow sign-in passes (HTI-6).
#[tokio::test]
async fn a_token_may_expire_while_its_person_signs_in() {
    let domain = Domain::start().await;
    let mut browser = domain.browser();
    let there = browser.opens(&authorize_url(&domain.request(&domain.token().sign()))).await.app();
    domain.server.passes(600);
    let back = domain.provider.signs_in(there.location(), claims(), domain.server.now().0);
    code(browser.opens(&back).await);
}
