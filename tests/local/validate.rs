//! What the checking page says.

use kit::{
    TestServer,
    dpop::DpopKey,
    html::{Element, elements},
};
use serde_json::{Value, json};

async fn check(server: &TestServer, what: &str, text: &str) -> String {
    server.post(&format!("/launcher/validate/{what}"), &[("text", text)], &[]).await.body
}

fn marks(page: &str) -> Vec<String> {
    elements(page).iter().filter_map(|element| element.attribute("data-mark").map(str::to_owned)).collect()
}

#[tokio::test]
async fn each_scope_is_said_in_words_and_each_mistake_pointed_at() {
    let server = TestServer::local().await;
    let page =
        check(&server, "scope", "openid patient/Observation.rs?category=laboratory user/*.srd patient/Observaton.rs")
            .await;
    assert_eq!(marks(&page)[..4], ["good", "good", "bad", "bad"]);
    assert!(page.contains("See laboratory results") && page.contains("What is Observaton?"));
}

#[tokio::test]
async fn a_registration_is_checked_line_by_line() {
    let server = TestServer::local().await;
    let good = "client_id = \"x\"\nclient_name = \"X\"\ntoken_endpoint_auth_method = \"none\"\n\
                redirect_uris = [\"https://app.example/cb\"]\nscope = \"patient/*.rs\"";
    assert!(check(&server, "registration", good).await.contains("data-verdict=\"good\""));
    let page = check(&server, "registration", &good.replace("redirect_uris", "redirect_uri")).await;
    assert!(page.contains("line 4, column 1") && page.contains("perhaps `redirect_uris`"));
}

#[tokio::test]
async fn a_private_key_in_a_key_set_is_a_leak() {
    let server = TestServer::local().await;
    let page = check(&server, "jwks", include_str!("../../infra/local/tenants/keys/home-backend-service.json")).await;
    assert!(page.contains("put it into"));
    let set = format!("{{\"keys\":[{}]}}", include_str!("../../infra/local/tenants/keys/home-backend-service.json"));
    let page = check(&server, "jwks", &set).await;
    assert!(page.contains("data-verdict=\"bad\"") && page.contains("leaked"));
}

#[tokio::test]
async fn a_client_assertion_and_its_access_token_are_verified() {
    let server = TestServer::local().await;
    let run = server.post("/app/riverside/server/backend-service/backend", &[], &[]).await.body;
    let after = |mark: &str| run.split_once(mark).unwrap().1.split(['&', '<', '\n']).next().unwrap().to_owned();
    for jwt in [after("client_assertion="), after("access_token&#34;: &#34;")] {
        let page = check(&server, "jwt", &jwt).await;
        assert!(page.contains("data-verdict=\"good\""), "{page}");
    }
    let page = check(&server, "jwt", "eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0.").await;
    assert!(page.contains("data-verdict=\"bad\""));
}

/// What the page says to a proof, with the token that went along.
async fn judges(server: &TestServer, proof: &str, token: &str) -> (bool, String) {
    let page = server.post("/launcher/validate/jwt", &[("text", proof), ("token", token)], &[]).await.body;
    let is_report = |element: &&Element| element.has("id", "report");
    let is_good = elements(&page).iter().find(is_report).unwrap().has("data-verdict", "good");
    (is_good, page)
}

/// DPOP-2, DPOP-3, DPOP-4, DPOP-14: by the rule of the server itself.
#[tokio::test]
async fn a_proof_is_judged_for_the_request_that_it_names() {
    let server = TestServer::local().await;
    let (key, token_url) = (DpopKey::new(), format!("{}/lakeside/token", server.base));
    let proof = || key.proof(&server, "POST", &token_url);
    let (is_good, page) = judges(&server, &proof().sign(), "").await;
    assert!(is_good && page.contains(&key.jkt()) && page.contains("At Lakeside Clinic"), "{page}");
    let now = server.now().0;
    for (spoilt, why) in [
        (proof().with_claim("iat", now - 3600), "more than 60 seconds ago"),
        (proof().with_claim("iat", now + 3600), "more than 30 seconds ahead"),
        (proof().with_claim("jti", ""), "jti must have"),
        (proof().with_header("alg", "HS256"), "alg must be one of"),
        (proof().with_header("jwk", Value::Null), "no jwk"),
    ] {
        let (is_good, page) = judges(&server, &spoilt.sign(), "").await;
        assert!(!is_good && page.contains(why), "{why}: {page}");
    }
    let (_, old) = judges(&server, &proof().with_claim("iat", now - 3600).sign(), "").await;
    assert!(old.contains("It was good when it was made"), "{old}");
    let (_, forged) = judges(&server, &proof().with_claim("iat", now - 3600).with_claim("jti", "").sign(), "").await;
    assert!(!forged.contains("It was good when it was made"), "{forged}");
}

/// DPOP-14.
#[tokio::test]
async fn a_proof_for_a_fhir_server_is_judged_with_its_token() {
    let server = TestServer::local().await;
    let (key, url) = (DpopKey::new(), format!("{}/lakeside/fhir/Patient", server.base));
    let token = |jkt: &str| {
        kit::assertion::sign_with(
            &kit::assertion::stranger(rules::tenant::SigningAlg::ES256),
            &json!({ "typ": "at+jwt", "alg": "ES256" }),
            &json!({ "cnf": { "jkt": jkt } }),
        )
    };
    let (own, another) = (token(&key.jkt()), token(&DpopKey::new().jkt()));
    let of_token = |token: &str| key.proof(&server, "GET", &url).of_token(token).sign();
    assert!(judges(&server, &of_token(&own), &own).await.0);
    assert!(judges(&server, &of_token(&own), &format!("DPoP {own}")).await.0);
    for (proof, token, why) in [
        (of_token(&another), another.as_str(), "another key"),
        (of_token(&own), another.as_str(), "hash of another access token"),
        (key.proof(&server, "GET", &url).sign(), own.as_str(), "ath is missing"),
        (key.proof(&server, "GET", &url).sign(), "", "without the hash of the access token"),
    ] {
        let (is_good, page) = judges(&server, &proof, token).await;
        assert!(!is_good && page.contains(why), "{why}: {page}");
    }
    let page = check(&server, "jwt", &own).await;
    assert!(page.contains("cnf.jkt") && page.contains(&key.jkt()), "{page}");
    assert!(check(&server, "jwt", &token("no thumbprint")).await.contains("Not understood"));
}

/// CIMD-1, CIMD-7, CIMD-8, CIMD-9: by the reading of the server itself.
#[tokio::test]
async fn a_document_is_judged_at_its_address_and_each_fault_is_named() {
    let server = TestServer::local().await;
    let address = "https://agent.example/client.json";
    let good = json!({
        "client_id": address, "client_name": "My <Agent>",
        "redirect_uris": ["https://agent.example/cb", "my-agent:/cb"], "scope": "openid patient/Observation.rs",
    });
    let judge = async |document: &Value, address: &str| {
        let form = [("text", document.to_string()), ("address", address.to_owned())];
        let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
        let page = server.post("/launcher/validate/document", &form, &[]).await.body;
        (page.contains("data-verdict=\"good\""), page)
    };
    for address in [address, ""] {
        let (is_good, page) = judge(&good, address).await;
        assert!(is_good && page.contains("Passed over") && !page.contains("My <Agent>"), "{page}");
        assert!(
            !page.contains("Lakeside Clinic takes it") && page.contains("Lakeside Clinic does not take it"),
            "{page}"
        );
    }
    let mut bad = good.clone();
    bad["client_secret"] = json!("x");
    bad["redirect_uris"] = json!(["http://agent.example/cb"]);
    let (is_good, page) = judge(&bad, "https://agent.example/other.json").await;
    assert!(!is_good && page.contains("3 mistakes"), "{page}");
    for fault in ["not the address", "holds a client secret", "none of the redirect_uris"] {
        assert!(page.contains(fault), "{fault}: {page}");
    }
    for (address, why) in [
        ("http://agent.example/client.json", "not https"),
        ("https://agent.example", "no path"),
        ("https://amy@agent.example/x", "a user name"),
        ("https://agent.example/../x", "segment of dots"),
    ] {
        let (is_good, page) = judge(&good, address).await;
        assert!(!is_good && page.contains(why), "{address}: {page}");
    }
    let own = server.get("/launcher/agent/client.json").await.json();
    let (is_good, page) = judge(&own, "").await;
    assert!(is_good && page.contains("On this machine alone") && page.contains("Lakeside Clinic takes it"), "{page}");
    assert!(page.contains("At most with: openid fhirUser launch/patient offline_access patient/*.rs"), "{page}");
}

#[tokio::test]
async fn nonsense_is_answered_calmly() {
    let server = TestServer::local().await;
    for what in ["scope", "jwt", "jwks", "registration", "document"] {
        for text in [
            "",
            "{",
            "[[",
            "a.b.c",
            "eyJ0eXAiOiJkcG9wK2p3dCJ9.e30.x",
            "{\"client_id\":\"https://a.example/\"}",
            "\u{0}\u{1F600}",
            "{\"keys\":[1,{}]}",
            "{\"keys\":[{\"kty\":{}}]}",
        ] {
            check(&server, what, text).await;
        }
        assert_eq!(server.get(&format!("/launcher/validate/{what}?text=%FF&x")).await.status, 200);
    }
    assert_eq!(server.get("/launcher/validate/other").await.status, 404);
}
