//! The module asks what its launch says: apps do not know each other's keys (HTI-17 to HTI-19).

use super::*;
use kit::app::Proof;

async fn asks(app: &App<'_>, token: &str) -> Value {
    let answer = app.posts("introspect", &[("token", token)]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

/// HTI-17.
#[tokio::test]
async fn the_launched_app_learns_the_whole_payload() {
    let domain = Domain::start().await;
    let token = domain.token().with_claim("more", json!({ "of": ["the portal"] }));
    let mut expected = token.claims.clone();
    expected["active"] = json!(true);
    assert_eq!(asks(&domain.module(), &token.sign()).await, expected);
    // What the portal says of it is not what is so.
    let lie = domain.token().with_claim("active", json!(false)).sign();
    assert_eq!(asks(&domain.module(), &lie).await["active"], true);
}

/// HTI-19: asking is no use of the token, and its use is no end of it.
#[tokio::test]
async fn it_is_active_before_its_launch_and_after_it() {
    let domain = Domain::start().await;
    let token = domain.token().sign();
    assert_eq!(asks(&domain.module(), &token).await["active"], true);
    code(domain.ends(&mut domain.browser(), &token, claims()).await);
    assert_eq!(asks(&domain.module(), &token).await["active"], true);
    domain.server.passes(300);
    assert_eq!(asks(&domain.module(), &token).await, json!({ "active": false }));
}

#[tokio::test]
async fn to_everybody_else_and_of_every_other_token_nothing_is_said() {
    let domain = Domain::start().await;
    let (token, module) = (domain.token(), domain.module());
    let inactive = json!({ "active": false });
    for bad in [
        token.signed_by_a_stranger(),
        format!("{}.", token.unsigned()),
        token.clone().with_claim("aud", json!("Device/another")).sign(),
        token.clone().with_claim("iss", json!("backend")).sign(),
        token.clone().with_claim("exp", json!(domain.server.now().0)).sign(),
        token.clone().with_claim("sub", json!("Person/1")).sign(),
        "a.b.c".to_owned(),
    ] {
        assert_eq!(asks(&module, &bad).await, inactive, "{bad}");
    }
    let good = token.sign();
    let portal = App { client_id: PORTAL, proof: Proof::Assertion(ALG), ..domain.module() };
    for other in [&portal, &App::symmetric(&domain.server), &App::backend(&domain.server)] {
        assert_eq!(asks(other, &good).await, inactive, "{}", other.client_id);
    }
    assert_eq!(module.introspected(&good).await, inactive, "a FHIR server");
}

/// HTI-18.
#[tokio::test]
async fn the_module_proves_itself_for_the_endpoint_it_calls() {
    let domain = Domain::start().await;
    let now = domain.server.now().0;
    let token = domain.token().sign();
    let sends = async |aud: &str, token: Option<&str>| {
        let assertion = Assertion::new(SigningAlg::ES384, "es384-app", aud, now).sign();
        let mut form = vec![
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion.as_str()),
        ];
        form.extend(token.map(|token| ("token", token)));
        domain.server.post("/clinic/introspect", &form, &[]).await
    };
    for aud in ["introspect", "token"] {
        let answer = sends(&format!("{}/{aud}", kit::server::ISSUER), Some(&token)).await;
        assert_eq!((answer.status, answer.json()["active"].as_bool()), (200, Some(true)), "{aud}: {}", answer.body);
    }
    let bad = sends("https://other.example/introspect", Some(&token)).await;
    assert_eq!((bad.status, bad.json()["error"].as_str()), (401, Some("invalid_client")));
    let none = sends(&format!("{}/introspect", kit::server::ISSUER), None).await;
    assert_eq!((none.status, none.json()["error"].as_str()), (400, Some("invalid_request")));
}
