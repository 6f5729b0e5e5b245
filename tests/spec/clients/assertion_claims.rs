//! The claims of a client assertion: each deviation is refused, each permitted variant accepted (RFC 7523 §3).

use super::{ALGS, assert_accepted, assert_refused, backend, server, shows};
use kit::server::ISSUER;
use serde_json::{Value, json};

#[tokio::test]
async fn a_good_assertion_is_accepted() {
    // ASYM-1: the key set is in the registration.
    let server = server().await;
    for alg in ALGS {
        assert_accepted(&server, &backend(&server, alg).assertion(), alg.as_str()).await;
    }
}

#[tokio::test]
async fn iss_and_sub_are_the_client_id() {
    // ASYM-4
    let server = server().await;
    for alg in ALGS {
        let app = backend(&server, alg);
        for claim in ["iss", "sub"] {
            for wrong in [
                Value::Null,
                json!(""),
                json!("second-app"),
                json!("es384-app"),
                json!("nobody"),
                json!(format!("{} ", app.client_id)),
                json!(app.client_id.to_uppercase()),
                json!(7),
                json!([app.client_id]),
            ] {
                let assertion = app.assertion().with_claim(claim, wrong.clone());
                assert_refused(&server, &assertion, &format!("{claim} {wrong}")).await;
            }
        }
    }
}

#[tokio::test]
async fn an_assertion_in_the_name_of_another_client_is_refused() {
    let server = server().await;
    for alg in ALGS {
        for other in ["public-app", "symmetric-app", "nobody", "backend#x", "rs384-app", "es384-app"] {
            // These two have the same key pair: the assertion would be good, and theirs.
            if other.starts_with(&alg.as_str().to_lowercase()) {
                continue;
            }
            let assertion =
                backend(&server, alg).assertion().with_claim("iss", json!(other)).with_claim("sub", json!(other));
            assert_refused(&server, &assertion, other).await;
        }
    }
}

#[tokio::test]
async fn a_client_id_in_the_form_must_be_the_same() {
    let server = server().await;
    for alg in ALGS {
        let app = backend(&server, alg);
        for (client_id, status) in [(app.client_id, 200), ("public-app", 401), ("nobody", 401)] {
            let form = [("grant_type", "client_credentials"), ("scope", "system/*.rs"), ("client_id", client_id)];
            assert_eq!(app.posts("token", &form).await.status, status, "{client_id}");
        }
    }
}

#[tokio::test]
async fn aud_is_the_token_endpoint_or_the_issuer_alone() {
    // ASYM-5
    let server = server().await;
    let token = format!("{ISSUER}/token");
    for alg in ALGS {
        let app = backend(&server, alg);
        for good in [json!(token), json!([token]), json!(ISSUER), json!([ISSUER])] {
            assert_accepted(&server, &app.assertion().with_claim("aud", good.clone()), &good.to_string()).await;
        }
        for wrong in [
            Value::Null,
            json!(""),
            json!([]),
            json!([""]),
            json!(7),
            json!({ "aud": token }),
            json!(format!("{token}/")),
            json!(format!("{ISSUER}/")),
            json!(token.replace("https:", "http:")),
            json!(token.to_uppercase()),
            json!("https://auth.example/other/token"),
            json!("https://auth.example/token"),
            json!(format!("{ISSUER}/introspect")),
            json!(server.fhir.url),
            json!([token, "https://elsewhere.example/token"]),
            json!(["https://elsewhere.example/token", token]),
            json!([token, ISSUER]),
        ] {
            let assertion = app.assertion().with_claim("aud", wrong.clone());
            assert_refused(&server, &assertion, &format!("aud {wrong}")).await;
        }
    }
}

/// Each specification has another answer, and a tenant names the one it follows (ASYM-5, R9126-5, KT-2, KT-I1, KT-I2).
#[tokio::test]
async fn which_audience_is_good_is_the_tenants_policy() {
    let (issuer, token, own) = (ISSUER.to_owned(), format!("{ISSUER}/token"), format!("{ISSUER}/introspect"));
    for (policy, good) in [
        ("smart", vec![&token]),
        ("rfc9126", vec![&issuer, &token, &own]),
        ("rfc7523bis-strict", vec![&issuer]),
        ("koppeltaal", vec![&token, &own]),
    ] {
        let text = format!("\n[policy]\nassertion_audience = \"{policy}\"\n");
        let server = kit::TestServer::start_with(|toml| toml + &text).await;
        for aud in [&issuer, &token, &own, &format!("{ISSUER}/revoke")] {
            let assertion = kit::App::backend(&server).assertion().with_claim("aud", json!(aud)).sign();
            let form = kit::app::with(kit::app::assertion_form(&assertion), "token", Some("x"));
            let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let answer = server.post("/clinic/introspect", &form, &[]).await;
            let expected = if good.contains(&aud) { 200 } else { 401 };
            assert_eq!(answer.status, expected, "{policy}: {aud}");
        }
    }
}

#[tokio::test]
async fn a_strict_tenant_takes_the_issuer_as_a_single_string_alone() {
    // draft-ietf-oauth-rfc7523bis
    let server =
        kit::TestServer::start_with(|toml| toml + "\n[policy]\nassertion_audience = \"rfc7523bis-strict\"\n").await;
    let app = kit::App::backend(&server);
    assert_accepted(&server, &app.assertion().with_claim("aud", json!(ISSUER)), "the issuer").await;
    for wrong in [json!(format!("{ISSUER}/token")), json!([ISSUER]), json!([ISSUER, ISSUER])] {
        assert_refused(&server, &app.assertion().with_claim("aud", wrong.clone()), &wrong.to_string()).await;
    }
}

#[tokio::test]
async fn exp_is_at_most_five_minutes_ahead_with_a_minute_for_clocks_that_disagree() {
    // ASYM-6: "This time SHALL be no more than five minutes in the future." Many sign exactly now + 300.
    let server = server().await;
    let now = server.now().0;
    for alg in ALGS {
        let app = backend(&server, alg);
        for good in [now + 300, now + 360, now + 1, now, now - 59] {
            assert_accepted(&server, &app.assertion().with_claim("exp", json!(good)), &format!("{}", good - now)).await;
        }
        for wrong in [now + 361, now + 3600, now - 60, now - 61, 0, -1] {
            assert_refused(&server, &app.assertion().with_claim("exp", json!(wrong)), &format!("{}", wrong - now))
                .await;
        }
    }
}

#[tokio::test]
async fn exp_must_be_there_and_a_number() {
    let server = server().await;
    let app = backend(&server, ALGS[1]);
    let now = server.now().0;
    assert_accepted(&server, &app.assertion().with_claim("exp", json!(now as f64 + 100.5)), "a fraction").await;
    for wrong in [Value::Null, json!((now + 100).to_string()), json!(1e300), json!([now + 100]), json!(true)] {
        assert_refused(&server, &app.assertion().with_claim("exp", wrong.clone()), &format!("exp {wrong}")).await;
    }
}

#[tokio::test]
async fn iat_and_nbf_may_be_absent_but_not_in_the_future() {
    let server = server().await;
    let now = server.now().0;
    let app = backend(&server, ALGS[1]);
    for claim in ["iat", "nbf"] {
        for good in [Value::Null, json!(now), json!(now - 3600), json!(now + 60)] {
            assert_accepted(&server, &app.assertion().with_claim(claim, good.clone()), &format!("{claim} {good}"))
                .await;
        }
        for wrong in [json!(now + 61), json!("yesterday")] {
            assert_refused(&server, &app.assertion().with_claim(claim, wrong.clone()), &format!("{claim} {wrong}"))
                .await;
        }
    }
}

#[tokio::test]
async fn jti_must_be_there() {
    // ASYM-7
    let server = server().await;
    let app = backend(&server, ALGS[1]);
    assert_accepted(&server, &app.assertion().with_claim("jti", json!("j".repeat(1024))), "a long one").await;
    for wrong in [Value::Null, json!(""), json!(7), json!(["x"]), json!("j".repeat(1025))] {
        assert_refused(&server, &app.assertion().with_claim("jti", wrong.clone()), "jti").await;
    }
}

#[tokio::test]
async fn claims_that_nobody_knows_are_ignored() {
    let server = server().await;
    let app = backend(&server, ALGS[1]);
    assert_accepted(&server, &app.assertion().with_claim("https://x.example/extra", json!({ "a": 1 })), "extra").await;
}

#[tokio::test]
async fn the_assertion_type_is_the_one_of_rfc_7523() {
    // ASYM-2, BSV-5
    let server = server().await;
    let assertion = backend(&server, ALGS[1]).assertion().sign();
    let base = [("grant_type", "client_credentials"), ("scope", "system/*.rs")];
    for wrong in [
        "",
        "jwt-bearer",
        "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer ",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
    ] {
        let form = [base[0], base[1], ("client_assertion_type", wrong), ("client_assertion", &assertion)];
        assert_eq!(server.post("/clinic/token", &form, &[]).await.refusal(), "400 invalid_client", "{wrong}");
    }
    // None of that used it up.
    assert_eq!(shows(&server, &assertion).await.status, 200);
}

#[tokio::test]
async fn an_assertion_type_without_an_assertion_is_refused() {
    let server = server().await;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "backend"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
    ];
    assert_eq!(server.post("/clinic/token", &form, &[]).await.refusal(), "400 invalid_client");
}
