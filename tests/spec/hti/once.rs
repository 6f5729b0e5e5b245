//! A token counts once, however it comes (HTI-7).

use super::*;
use kit::app::Proof;

#[tokio::test]
async fn a_second_launch_with_the_same_token_is_refused_at_once() {
    let domain = Domain::start().await;
    let token = domain.token().sign();
    code(domain.ends(&mut domain.browser(), &token, claims()).await);
    assert_eq!(domain.error(&token).await, "invalid_request");
    // Another instance, and another signature over the same claims.
    let second = Domain { server: domain.server.second_instance(), provider: domain.provider.clone() };
    assert_eq!(second.error(&token).await, "invalid_request");
    let again =
        domain.token().with_claim("jti", kit::app::claims(&token)["jti"].clone()).with_claim("intent", json!("x"));
    assert_eq!(domain.error(&again.sign()).await, "invalid_request");
}

/// Of two browsers that came with the same token, one gets a code: the other may be a thief's, or the first.
#[tokio::test]
async fn of_two_browsers_one_gets_a_code() {
    let domain = Domain::start().await;
    let token = domain.token().sign();
    let (mut one, mut two) = (domain.browser(), domain.browser());
    let url = authorize_url(&domain.request(&token));
    let (to_one, to_two) = (one.opens(&url).await.app(), two.opens(&url).await.app());
    let now = domain.server.now().0;
    let (back_one, back_two) = (
        domain.provider.signs_in(to_one.location(), claims(), now),
        domain.provider.signs_in(to_two.location(), claims(), now),
    );
    let (ends_one, ends_two) = tokio::join!(one.opens(&back_one), two.opens(&back_two));
    let mut codes = 0;
    for place in [ends_one, ends_two] {
        let answer = place.app();
        match answer.query("code") {
            Some(_) => codes += 1,
            None => assert_eq!(answer.query("error").as_deref(), Some("invalid_request"), "{}", answer.location()),
        }
    }
    assert_eq!(codes, 1);
}

/// A reload on the way is no second use, and neither is a sign-in that failed.
#[tokio::test]
async fn a_token_that_led_to_no_code_is_still_good() {
    let domain = Domain::start().await;
    let token = domain.token().sign();
    domain.opens(&token).await.app();
    domain.opens(&token).await.app();
    let wrong = domain.ends(&mut domain.browser(), &token, json!({ "sub": "x", "employee": "1" })).await;
    assert_eq!(error(wrong), "access_denied");
    code(domain.ends(&mut domain.browser(), &token, claims()).await);
}

/// The reference implementation lets anybody burn a `jti` with a token that nobody signed.
#[tokio::test]
async fn a_bad_token_burns_no_jti_of_a_good_one() {
    let domain = Domain::start().await;
    let token = domain.token();
    for bad in [token.signed_by_a_stranger(), format!("{}.", token.unsigned())] {
        assert_eq!(domain.error(&bad).await, "invalid_request");
    }
    code(domain.ends(&mut domain.browser(), &token.sign(), claims()).await);
}

/// The same `jti` of another portal is another token.
#[tokio::test]
async fn each_portal_has_its_own_names_for_tokens() {
    let second = "[[clients]]\nclient_id = \"second-portal\"\n";
    let domain = Domain::start_with(|toml| {
        toml + &portal().replacen(&format!("[[clients]]\nclient_id = \"{PORTAL}\"\n"), second, 1)
    })
    .await;
    let token = domain.token();
    let other = token.clone().with_claim("iss", json!("second-portal"));
    code(domain.ends(&mut domain.browser(), &token.sign(), claims()).await);
    code(domain.ends(&mut domain.browser(), &other.sign(), claims()).await);
    assert_eq!(domain.error(&other.sign()).await, "invalid_request");
}

/// A `jti` is remembered for as long as a way that began with it can last: not one second less.
#[tokio::test]
async fn a_way_that_began_before_the_code_of_another_ends_without_one() {
    let domain = Domain::start().await;
    let token = domain.token().sign();
    let mut slow = domain.browser();
    domain.server.passes(299);
    let there = slow.opens(&authorize_url(&domain.request(&token))).await.app();
    code(domain.ends(&mut domain.browser(), &token, claims()).await);
    domain.server.passes(899);
    let back = domain.provider.signs_in(there.location(), claims(), domain.server.now().0);
    assert_eq!(error(slow.opens(&back).await), "invalid_request");
}

/// A code is used once, and by the app that was launched alone.
#[tokio::test]
async fn the_code_is_the_modules_own() {
    let domain = Domain::start().await;
    let place = domain.ends(&mut domain.browser(), &domain.token().sign(), claims()).await;
    let code = code(place);
    let portal = App { client_id: PORTAL, proof: Proof::Assertion(ALG), ..domain.module() };
    assert_ne!(portal.redeems(&code).await.status, 200);
    let module = domain.module();
    assert_eq!(module.redeems(&code).await.status, 200);
    assert_eq!(module.redeems(&code).await.json()["error"], "invalid_grant");
}
