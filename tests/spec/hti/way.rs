//! The way of a launched person, from the portal's token to what the module learns (HTI-1, HTI-12, HTI-13, HTI-15).

use super::*;
use kit::http::encode;

/// HTI-13: `NOOP`, the id_token, and of the portal's claims exactly those that were there, as references.
#[tokio::test]
async fn the_module_learns_who_signed_in_and_what_for_and_gets_nothing_that_opens_anything() {
    let domain = Domain::start().await;
    let answer = domain.launched(&domain.token(), claims()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let mut answer = answer.json();
    let id_token = answer.as_object_mut().expect("members").remove("id_token").expect("an id_token");
    let expected = json!({
        "access_token": "NOOP", "token_type": "bearer", "expires_in": 300, "scope": "launch openid fhirUser",
        "resource": "Task/7", "definition": "ActivityDefinition/9", "sub": "Practitioner/hannah-patel",
    });
    let words = |scope: &Value| {
        let mut words: Vec<String> = scope.as_str().expect("a text").split(' ').map(str::to_owned).collect();
        words.sort();
        words
    };
    assert_eq!(words(&answer["scope"]), words(&expected["scope"]));
    answer["scope"] = expected["scope"].clone();
    assert_eq!(answer, expected);
    let claims = kit::app::claims(id_token.as_str().expect("a text"));
    assert_eq!(claims["aud"], "es384-app");
    assert!(claims["fhirUser"].as_str().is_some_and(|own| own.ends_with("/Practitioner/hannah-patel")), "{claims}");
}

#[tokio::test]
async fn patient_and_intent_come_along_where_the_portal_said_them_and_definition_does_not_where_it_did_not() {
    let domain = Domain::start().await;
    let token = domain
        .token()
        .with_claim("patient", json!("Patient/amy-shaw"))
        .with_claim("intent", json!("plan"))
        .with_claim("definition", Value::Null);
    let answer = domain.launched(&token, claims()).await.json();
    assert_eq!((&answer["patient"], &answer["intent"]), (&json!("Patient/amy-shaw"), &json!("plan")));
    assert_eq!(answer.get("definition"), None);
    assert_eq!(answer.get("refresh_token"), None);
    assert_eq!(answer.get("fhirContext"), None);
}

/// HTI-15.
#[tokio::test]
async fn noop_opens_nothing() {
    let domain = Domain::start().await;
    let (module, answer) = (domain.module(), domain.launched(&domain.token(), claims()).await);
    assert_eq!(answer.json()["access_token"], "NOOP");
    assert_eq!(module.posts("introspect", &[("token", "NOOP")]).await.json(), json!({ "active": false }));
    assert_eq!(module.introspected("NOOP").await, json!({ "active": false }));
    let userinfo = domain.server.get_with("NOOP", "/clinic/userinfo").await;
    assert_eq!(userinfo.status, 401);
    assert_eq!(module.revokes("NOOP").await.status, 200);
}

/// What the module asks for by itself is a token as ever: its role is another matter than its launches.
#[tokio::test]
async fn the_same_clients_own_tokens_are_tokens() {
    let domain = Domain::start_with(|toml| {
        toml.replacen(
            "grant_types = [\"client_credentials\"]\nscope = \"system/Task.cru\"\n",
            "grant_types = [\"client_credentials\"]\nscope = \"system/Task.cru\"\naccess_token_format = \"noop\"\n",
            1,
        )
    })
    .await;
    let portal = App { client_id: PORTAL, proof: kit::app::Proof::Assertion(ALG), ..App::backend(&domain.server) };
    let answer = portal.asks_for_itself("system/Task.r").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_ne!(answer.json()["access_token"], "NOOP");
}

/// HTI-1: by POST too, and bodies of 32 kB.
#[tokio::test]
async fn the_request_comes_by_get_and_by_post_and_may_be_long() {
    let domain = Domain::start().await;
    for padding in [0, 32_000 - 3_000] {
        let request = with(domain.request(&domain.token().sign()), "ui_locales", Some(&"n".repeat(padding)));
        let form: Vec<(&str, &str)> = request.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert!(encode(&form).len() > padding);
        let answer = domain.server.post("/clinic/authorize", &form, &[]).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        assert!(answer.location().contains("/clinic/authorize/"), "{}", answer.location());
    }
}

/// HTI-12: one's own session is not used, that of somebody else neither, and nobody is signed in afterwards.
#[tokio::test]
async fn a_session_at_the_browser_is_neither_used_nor_made() {
    let domain = Domain::start().await;
    let mut amy = Person::named(&domain.server, "amy");
    let page = amy.opens(&App::public(&domain.server).standalone("openid launch/patient patient/*.rs")).await.page();
    let page = amy.opens(&format!("{}?way=password", page.url)).await.page();
    let page = amy.does(&page, None).await.page();
    amy.does(&page, None).await.app();
    assert!(amy.session_cookie().is_some());
    let cookie = amy.session_cookie().cloned();
    let there = amy.opens(&authorize_url(&domain.request(&domain.token().sign()))).await.app();
    assert!(there.location().starts_with(&domain.provider.issuer), "{}", there.location());
    let back = domain.provider.signs_in(there.location(), claims(), domain.server.now().0);
    code(amy.opens(&back).await);
    assert_eq!(amy.session_cookie().cloned(), cookie);
    let mut nobody = domain.browser();
    code(domain.ends(&mut nobody, &domain.token().sign(), claims()).await);
    assert_eq!(nobody.session_cookie(), None);
}

/// HTI-12: the page of the way never asks for a password, whatever its address says, and takes none.
#[tokio::test]
async fn there_is_no_other_way_in() {
    let domain = Domain::start().await;
    let mut browser = domain.browser();
    let begun = browser.asks(&authorize_url(&domain.request(&domain.token().sign()))).await;
    let page = begun.location().to_owned();
    for way in ["", "?way=password", "?way=choice", "/provider/idp", "/provider/other"] {
        let there = browser.opens(&format!("{page}{way}")).await.app();
        assert!(there.location().starts_with(&domain.provider.issuer), "{way}: {}", there.location());
    }
    let there = browser.opens(&page).await.app();
    let trouble = browser.opens(&domain.provider.refuses(there.location(), "access_denied")).await.page();
    assert!(!trouble.asks("password"), "{}", trouble.answer.body);
    let sent = browser.submits(&trouble, &[("username", "hannah"), ("password", kit::server::PASSWORD)]).await;
    assert!(sent.app().location().starts_with(&domain.provider.issuer));
}

/// An app that has nothing to open has no use for a launch of another kind.
#[tokio::test]
async fn a_module_is_opened_by_a_portal_alone() {
    let domain = Domain::start().await;
    let standalone = domain.browser().opens(&domain.module().standalone("openid fhirUser")).await;
    assert_eq!(error(standalone), "invalid_request");
    let handle = kit::Ehr::of(&domain.server).launches(json!({ "patient": "amy-shaw" })).await;
    assert_eq!(domain.error(&handle).await, "invalid_request");
}

/// Nobody who planted their cookie in the person's browser has a part in what was signed in for.
#[tokio::test]
async fn the_cookie_of_before_the_sign_in_opens_nothing_afterwards() {
    let domain = Domain::start().await;
    let mut browser = domain.browser();
    let there = browser.opens(&authorize_url(&domain.request(&domain.token().sign()))).await.app();
    let mut thief = browser.clone();
    let back = domain.provider.signs_in(there.location(), claims(), domain.server.now().0);
    let code = code(browser.opens(&back).await);
    let answer = thief.asks(&back).await;
    assert!(!answer.body.contains(&code) && answer.header("location").is_none_or(|to| !to.contains("code=")));
    // For the person's own browser it is a reload.
    let again = browser.opens(&back).await.app();
    assert_eq!(again.query("code").as_deref(), Some(code.as_str()));
}

/// Once the tenant, the apps and the provider's documents are in memory.
#[tokio::test]
async fn a_launch_costs_five_calls_to_the_provider_three_back_and_three_for_the_tokens() {
    let domain = Domain::start().await;
    domain.launched(&domain.token(), claims()).await;
    let calls = || domain.server.calls.take();
    let mut browser = domain.browser();
    let token = domain.token().sign();
    calls();
    let there = browser.opens(&authorize_url(&domain.request(&token))).await.app();
    // The browser's session, which is not used; whether the token was; the way begins. Then its page, which leads to the provider.
    assert_eq!(calls(), ["BatchGetItem", "BatchGetItem", "PutItem", "BatchGetItem", "PutItem"]);
    let back = domain.provider.signs_in(there.location(), claims(), domain.server.now().0);
    let place = browser.opens(&back).await;
    // The way; the provider's answer is used up; the code, and the token with it.
    assert_eq!(calls(), ["BatchGetItem", "PutItem", "TransactWriteItems"]);
    domain.module().redeems(&code(place)).await;
    // The assertion's `jti`, the grant, and the grant with its code used.
    assert_eq!(calls(), ["PutItem", "GetItem", "PutItem"]);
}
