//! The id_token of a provider that lies, or is not the one it seems (OpenID Connect Core §3.1.3.7).

use super::*;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::assertion::{key, sign_with};
use rules::{
    secret::Secret,
    signing_keys::{SigningKeyRecord, in_process},
    tenant::{SigningAlg, TenantId},
    time::Timestamp,
};

#[tokio::test]
async fn a_good_one_signs_in_and_the_app_learns_who_it_is() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let tokens = gets_tokens(&server, &provider, amy()).await;
    let id_token = tokens.claims("id_token");
    assert_eq!(id_token["fhirUser"], format!("{}/Patient/amy-shaw", server.fhir.url));
    assert_eq!(tokens.0["patient"], "amy-shaw");
}

#[tokio::test]
async fn each_wrong_claim_signs_nobody_in() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let now = server.now().0;
    for (name, value) in [
        ("iss", json!("https://evil.example")),
        ("iss", json!(format!("{}/", provider.issuer))),
        ("aud", json!("another-client")),
        ("aud", json!([kit::provider::CLIENT_ID, "another-client"])),
        ("azp", json!("another-client")),
        ("nonce", json!("another nonce")),
        ("nonce", Value::Null),
        ("exp", json!(now - 61)),
        ("iat", json!(now + 120)),
        ("iat", json!(now - 3600)),
        ("nbf", json!(now + 120)),
        ("sub", Value::Null),
        ("sub", json!("")),
        ("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA")),
    ] {
        let lie = value.clone();
        provider.lies(move |_, claims| claims[name] = lie.clone());
        let page = is_refused(&server, &provider, amy()).await;
        assert_eq!(page.answer.status, 400, "{name} {value}");
    }
}

/// OpenID Connect Core §2: "ID Tokens MUST NOT use none as the alg value unless …"; RFC 8725 §2.1.
#[tokio::test]
async fn none_and_hs256_are_no_signatures() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let parts = |header: &Value, claims: &Value| {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}", encode(header), encode(claims))
    };
    provider.forges(move |header, claims| {
        let mut header = header.clone();
        header["alg"] = json!("none");
        format!("{}.", parts(&header, claims))
    });
    is_refused(&server, &provider, amy()).await;
    let public = provider.public_key();
    provider.forges(move |header, claims| {
        let mut header = header.clone();
        header["alg"] = json!("HS256");
        let input = parts(&header, claims);
        format!("{input}.{}", Secret::new(&input).successor(&public).expose())
    });
    is_refused(&server, &provider, amy()).await;
}

#[tokio::test]
async fn a_signature_by_somebody_elses_key_is_none() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    provider.forges(|header, claims| {
        let mut header = header.clone();
        header["alg"] = json!("ES384");
        sign_with(key(SigningAlg::ES384), &header, claims)
    });
    is_refused(&server, &provider, amy()).await;
}

#[tokio::test]
async fn a_token_of_another_kind_is_none() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    provider.lies(|header, _| header["typ"] = json!("at+jwt"));
    is_refused(&server, &provider, amy()).await;
}

/// An algorithm that the provider does not announce.
#[tokio::test]
async fn only_what_the_provider_says_it_signs_with_counts() {
    let provider = Provider::start().await;
    provider.announces("id_token_signing_alg_values_supported", json!(["RS256"]));
    let server = server_with(&provider, PUBLIC).await;
    is_refused(&server, &provider, amy()).await;
}

#[tokio::test]
async fn a_new_key_is_taken_in_the_middle_and_an_unpublished_one_never() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    gets_tokens(&server, &provider, amy()).await;
    provider.rotates_its_key();
    // Neither an unknown key nor a failure makes the server ask again at once.
    server.passes(10);
    gets_tokens(&server, &provider, amy()).await;
    provider.signs_with_a_key_it_does_not_publish();
    server.passes(10);
    is_refused(&server, &provider, amy()).await;
}

fn a_key(alg: SigningAlg) -> SigningKeyRecord {
    in_process::generate(&TenantId::parse("p").expect("an id"), alg, Timestamp(0)).expect("a key")
}

/// OpenID Connect Core §10.1: a token names its key only where there are several.
#[tokio::test]
async fn a_token_without_a_kid_is_of_the_only_key_that_fits() {
    let provider = Provider::start().await;
    provider.lies(|header, _| {
        header.as_object_mut().expect("a header").remove("kid");
    });
    let own: Value = serde_json::from_str(&provider.public_key()).expect("a key");
    let with = |name: &str, value: Value| {
        let mut key = own.clone();
        key[name] = value;
        key
    };
    let mut unnamed = own.clone();
    unnamed.as_object_mut().expect("a key").remove("kid");
    let another = json!(a_key(SigningAlg::ES256).public);
    let of_another_kind = json!(key(SigningAlg::RS384).public);
    for (keys, good) in [
        (vec![own.clone()], true),
        (vec![unnamed.clone()], true),
        (vec![of_another_kind.clone(), unnamed.clone()], true),
        (vec![own.clone(), with("use", json!("enc"))], true),
        (vec![own.clone(), another.clone()], false),
        (vec![unnamed, another.clone()], false),
        (vec![with("use", json!("enc"))], false),
        (vec![with("alg", json!("ES384"))], false),
        (vec![of_another_kind], false),
        (vec![another], false),
        (vec![], false),
    ] {
        provider.publishes(keys.clone());
        let server = server_with(&provider, PUBLIC).await;
        let page = ends_with(&server, &provider, amy()).await.page();
        assert_eq!(page.asks("decision"), good, "{keys:?}");
        if !good {
            shows_trouble(&page);
        }
    }
}

/// No unknown name tells of a new key then; the signature does.
#[tokio::test]
async fn a_new_key_without_a_name_is_taken_in_the_middle() {
    let provider = Provider::start().await;
    provider.lies(|header, _| {
        header.as_object_mut().expect("a header").remove("kid");
    });
    let server = server_with(&provider, PUBLIC).await;
    gets_tokens(&server, &provider, amy()).await;
    gets_tokens(&server, &provider, amy()).await;
    assert_eq!(provider.requests("/jwks").len(), 1);
    provider.rotates_its_key();
    server.passes(10);
    gets_tokens(&server, &provider, amy()).await;
    provider.signs_with_a_key_it_does_not_publish();
    server.passes(10);
    is_refused(&server, &provider, amy()).await;
}

/// The key set is fetched once for many people.
#[tokio::test]
async fn keys_and_documents_are_kept_for_a_while() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    for _ in 0..3 {
        gets_tokens(&server, &provider, amy()).await;
    }
    assert_eq!(provider.requests("/jwks").len(), 1);
    assert_eq!(provider.requests("/.well-known/openid-configuration").len(), 1);
}

#[tokio::test]
async fn its_auth_time_becomes_ours() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let at = server.now().0 - 1000;
    provider.lies(move |_, claims| claims["auth_time"] = json!(at));
    let tokens = gets_tokens(&server, &provider, amy()).await;
    assert_eq!(tokens.claims("id_token")["auth_time"], at);
}

/// OpenID Connect Core §3.1.2.1, max_age.
#[tokio::test]
async fn a_sign_in_older_than_max_age_is_refused_and_so_is_one_of_unknown_age() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let app = App::public(&server);
    let url = format!("{}&max_age=60", app.standalone(SCOPE));
    for (age, good) in [(Some(30), true), (Some(600), false), (None, false)] {
        let now = server.now().0;
        provider.lies(move |_, claims| claims["auth_time"] = age.map_or(Value::Null, |age| json!(now - age)));
        let mut person = somebody(&server);
        let location = is_sent_by(&mut person, &url).await;
        assert_eq!(kit::provider::parameters(&location)["max_age"], "60");
        let page = person.opens(&provider.signs_in(&location, amy(), now)).await.page();
        assert_eq!(page.asks("decision"), good, "{age:?}: {}", page.answer.body);
    }
}
