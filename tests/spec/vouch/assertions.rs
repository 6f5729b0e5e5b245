//! The EHR's word: each deviation is refused in one text, and uses nothing up (VOUCH-2 to VOUCH-5).

use super::{ALG, body, launches, sends, server, vouching, word};
use axum::http::Method;
use kit::{
    App, Assertion, Ehr, TestServer,
    app::assertion_form,
    assertion::{jwks, key},
    http::basic,
    key_server::KeyServer,
    server::ISSUER,
};
use rules::tenant::SigningAlg;
use serde_json::{Value, json};

const TEXT: &str = "the EHR's word for its user is not good";

async fn assert_bad(server: &TestServer, user_assertion: &str, what: &str) {
    let body = json!({ "patient": "amy-shaw", "client_id": "public-app", "user_assertion": user_assertion });
    let answer = Ehr::of(server).sends(&body).await;
    assert_eq!(answer.refusal(), "400 invalid_grant", "{what}: {}", answer.body);
    let text = answer.json()["error_description"].as_str().expect("a description").to_owned();
    assert!(text.starts_with(TEXT), "{what}: {text}");
}

/// VOUCH-2.
#[tokio::test]
async fn a_good_word_makes_a_launch_of_at_most_a_minute() {
    let server = server().await;
    let answer = sends(&server, &word(&server)).await;
    assert_eq!((answer.status, answer.json()["expires_in"].as_i64()), (200, Some(60)), "{}", answer.body);
}

/// VOUCH-2, VOUCH-3. The same word, spoiled in one place; afterwards, with the same `jti`, the good one is as good as before.
#[tokio::test]
async fn a_word_with_anything_wrong_in_it_is_refused_and_uses_nothing_up() {
    let server = server().await;
    let now = server.now().0;
    let good = word(&server);
    let claims: Vec<(&str, Vec<Value>)> = vec![
        ("iss", vec![Value::Null, json!("other-ehr"), json!("backend"), json!("clinic-EHR"), json!(7)]),
        (
            "sub",
            vec![Value::Null, json!(""), json!("nobody"), json!("amy"), json!("Practitioner/hannah-patel"), json!(7)],
        ),
        (
            "aud",
            vec![
                Value::Null,
                json!([ISSUER]),
                json!([ISSUER, "https://other.example"]),
                json!(format!("{ISSUER}/")),
                json!(format!("{ISSUER}/launchContext")),
                json!("https://auth.example/other"),
            ],
        ),
        ("iat", vec![Value::Null, json!(now + 30), json!("now")]),
        ("exp", vec![Value::Null, json!(now + 61), json!(now - 60), json!(now - 11), json!(i64::MAX)]),
        ("nbf", vec![json!(now + 30)]),
        ("jti", vec![Value::Null, json!(""), json!("x".repeat(2000)), json!(7)]),
        ("auth_time", vec![Value::Null, json!(now + 1), json!(0), json!(-1), json!("now")]),
        ("amr", vec![json!("pwd"), json!(vec!["pwd"; 30])]),
        ("acr", vec![json!(""), json!(7), json!("x".repeat(300))]),
        ("sid", vec![json!(""), json!("x".repeat(300)), json!("a\nb")]),
    ];
    for (name, values) in claims {
        for value in values {
            let spoiled = good.clone().with_claim(name, value.clone());
            assert_bad(&server, &spoiled.sign(), &format!("{name} {value}")).await;
        }
    }
    for (name, value) in [
        ("typ", Value::Null),
        ("typ", json!("JWT")),
        ("typ", json!("client-authentication+jwt")),
        ("typ", json!("at+jwt")),
        ("kid", Value::Null),
        ("kid", json!("another")),
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("RS384")),
        ("alg", json!("ES256")),
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
        ("jku", json!("https://ehr.example/jwks")),
        ("jwk", kit::assertion::jwk(ALG)),
    ] {
        let spoiled = good.clone().with_header(name, value.clone());
        assert_bad(&server, &spoiled.sign(), &format!("{name} {value}")).await;
    }
    for (what, text) in [
        ("by a stranger", good.signed_by_a_stranger()),
        (
            "with the public key as a secret",
            good.clone().with_header("alg", json!("HS384")).signed_with_the_public_key(),
        ),
        ("without a signature", format!("{}.", good.unsigned())),
        ("unsigned", good.unsigned()),
        ("by another key of the tenant", with_kid_of(&good, SigningAlg::RS384)),
        ("no JWT", "hannah".to_owned()),
        ("long", "a".repeat(20_000)),
    ] {
        assert_bad(&server, &text, what).await;
    }
    launches(&server, &good).await;
}

/// The key is a client's, not the EHR's.
fn with_kid_of(good: &Assertion, alg: SigningAlg) -> String {
    let header = json!({ "alg": alg.as_str(), "typ": "ehr-user+jwt", "kid": key(alg).public.kid });
    kit::assertion::sign_with(key(alg), &header, &good.claims)
}

/// VOUCH-3: the key without the secret, the secret without the key, and each with another caller's.
#[tokio::test]
async fn the_ehr_needs_its_secret_and_its_key() {
    let server = server().await;
    let text = body(&word(&server)).to_string();
    let json = ("content-type", "application/json");
    let by = |authorization: String| {
        let (server, text) = (&server, text.clone());
        async move {
            server
                .request(Method::POST, "/clinic/launchContext", &[("authorization", &authorization), json], text)
                .await
        }
    };
    assert_eq!(by(basic("clinic-ehr", "wrong")).await.refusal(), "401 invalid_client");
    let fhir = basic("clinic-fhir", "clinic-fhir-secret-of-more-than-32-characters");
    assert_eq!(by(fhir).await.refusal(), "400 invalid_grant");
    assert_eq!(
        server.request(Method::POST, "/clinic/launchContext", &[json], text.clone()).await.refusal(),
        "401 invalid_client"
    );
    // An EHR of another tenant has neither there, and its own tenant knows no such word.
    let other = basic("other-ehr", "other-ehr-secret-of-more-than-32-characters!");
    assert_eq!(by(other.clone()).await.refusal(), "401 invalid_client");
    let there =
        server.request(Method::POST, "/other/launchContext", &[("authorization", &other), json], text.clone()).await;
    assert_eq!(there.refusal(), "400 invalid_request");
    launches(&server, &word(&server)).await;
}

/// VOUCH-3. A second EHR with a key and the right to vouch speaks in its own name alone.
#[tokio::test]
async fn one_ehr_does_not_speak_for_another() {
    let second = format!(
        "[[ehrs]]\nname = \"ward-ehr\"\nsecret = \"ward-ehr-secret-of-more-than-32-characters\"\nvouches = true\n\
         vouches_for = [\"Practitioner\"]\njwks = {}\n[[clients]]",
        jwks(SigningAlg::RS384)
    );
    let server = TestServer::start_with(|toml| vouching(&toml).replacen("[[clients]]", &second, 1)).await;
    let ward = Ehr { server: &server, credentials: basic("ward-ehr", "ward-ehr-secret-of-more-than-32-characters") };
    assert_eq!(ward.sends(&body(&word(&server))).await.refusal(), "400 invalid_grant");
    let good = word(&server);
    let own_key = json!({ "patient": "amy-shaw", "client_id": "public-app", "user_assertion": with_kid_of(&good, SigningAlg::RS384) });
    assert_eq!(ward.sends(&own_key).await.refusal(), "400 invalid_grant", "iss is the other");
    let named = good.with_claim("iss", json!("ward-ehr"));
    let own = json!({ "patient": "amy-shaw", "client_id": "public-app", "user_assertion": with_kid_of(&named, SigningAlg::RS384) });
    assert_eq!(ward.sends(&own).await.status, 200);
}

/// VOUCH-4.
#[tokio::test]
async fn the_app_is_named_twice_and_a_user_in_the_body_is_the_same_person() {
    let server = server().await;
    let good = word(&server);
    let signed = good.sign();
    let second = good.clone().with_claim("client_id", json!("second-app")).sign();
    let nobody = good.clone().with_claim("client_id", Value::Null).sign();
    for body in [
        json!({ "user_assertion": signed }),
        json!({ "user_assertion": signed, "client_id": "second-app" }),
        json!({ "user_assertion": second, "client_id": "public-app" }),
        json!({ "user_assertion": nobody, "client_id": "public-app" }),
        json!({ "user_assertion": signed, "client_id": "nobody" }),
        json!({ "user_assertion": signed, "client_id": "public-app", "user": "amy" }),
        json!({ "user_assertion": signed, "client_id": "public-app", "user": "Practitioner/somebody" }),
        json!({ "user_assertion": "", "client_id": "public-app" }),
        json!({ "user_assertion": 7, "client_id": "public-app" }),
    ] {
        assert_eq!(Ehr::of(&server).sends(&body).await.refusal(), "400 invalid_request", "{body}");
    }
    for user in ["hannah", "HANNAH", "Practitioner/hannah-patel"] {
        let body = json!({ "user_assertion": word(&server).sign(), "client_id": "public-app", "user": user });
        assert_eq!(Ehr::of(&server).sends(&body).await.status, 200, "{user}");
    }
}

/// VOUCH-2, VOUCH-5. One resource may have several accounts, so the name beside it says which, and must be that person's.
#[tokio::test]
async fn a_fhir_user_is_named_with_the_account_that_is_theirs() {
    let server = server().await;
    let named = |sub: &str| word(&server).with_claim("sub", json!(sub)).sign();
    for (sub, user, status) in [
        ("Practitioner/hannah-patel", "hannah", 200),
        ("Practitioner/hannah-patel", "clerk", 400),
        ("Practitioner/somebody", "hannah", 400),
        ("Patient/amy-shaw", "amy", 400),
    ] {
        let body = json!({ "user_assertion": named(sub), "client_id": "public-app", "user": user });
        assert_eq!(Ehr::of(&server).sends(&body).await.status, status, "{sub} {user}");
    }
}

/// VOUCH-5. A clinician's screen vouches for no patient, no relative and nobody without a resource.
#[tokio::test]
async fn only_the_types_that_the_file_names_are_vouched_for() {
    let server = server().await;
    for user in ["amy", "rosa", "clerk"] {
        assert_bad(&server, &word(&server).with_claim("sub", json!(user)).sign(), user).await;
    }
}

/// Each kind of JWT is worth nothing as the other, by the same key (RFC 8725 §3.11).
#[tokio::test]
async fn a_word_is_no_client_assertion_and_a_client_assertion_no_word() {
    let server = server().await;
    let app = App::backend(&server);
    let as_client = word(&server).with_claim("iss", json!("backend")).with_claim("sub", json!("backend"));
    let mut form = assertion_form(&as_client.sign());
    form.push(("grant_type".into(), "client_credentials".into()));
    form.push(("scope".into(), "system/*.rs".into()));
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(server.post("/clinic/token", &form, &[]).await.refusal(), "401 invalid_client");
    assert_bad(&server, &app.assertion().sign(), "a client's").await;
    let of_ehr = Assertion::new(ALG, "clinic-ehr", ISSUER, server.now().0)
        .with_claim("client_id", json!("public-app"))
        .with_claim("auth_time", json!(1));
    assert_bad(&server, &of_ehr.sign(), "as a client would make it").await;
}

#[tokio::test]
async fn without_an_ehr_that_vouches_a_word_is_an_unknown_member_as_before() {
    let server = TestServer::start().await;
    let answer = sends(&server, &word(&server)).await;
    assert_eq!(answer.refusal(), "400 invalid_request");
    let text = answer.json()["error_description"].as_str().expect("a description").to_owned();
    assert!(text.contains("user_assertion is no launch context that SMART App Launch defines"), "{text}");
}

/// The keys of an EHR lie behind a URL as a client's may.
#[tokio::test]
async fn keys_behind_a_url_are_fetched_and_rotated() {
    let keys = KeyServer::with(&[key(ALG)]);
    let there = format!("jwks_uri = \"{}\"\n", keys.url);
    let server = TestServer::start_with(|toml| {
        let inline = format!("jwks = {}\n", jwks(ALG));
        let policy = "[policy]\nloopback_key_sets = true\n[[fhir_servers]]";
        vouching(&toml).replacen(&inline, &there, 1).replacen("[[fhir_servers]]", policy, 1)
    })
    .await;
    launches(&server, &word(&server)).await;
    launches(&server, &word(&server)).await;
    assert_bad(&server, &word(&server).signed_by_a_stranger(), "a stranger's").await;
    let foreign = word(&server).with_header("jku", json!("https://ehr.example/jwks"));
    assert_bad(&server, &foreign.sign(), "another address").await;
    launches(&server, &word(&server).with_header("jku", json!(keys.url))).await;
}
