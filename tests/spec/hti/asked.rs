//! What the module must ask for beside the token (HTI-2, HTI-13).

use super::*;

/// HTI-2: exactly these three, in any order.
#[tokio::test]
async fn the_scope_is_exactly_launch_openid_and_fhir_user() {
    let domain = Domain::start().await;
    let ends = async |scope: &str| {
        let request = with(domain.request(&domain.token().sign()), "scope", Some(scope));
        domain.browser().opens(&authorize_url(&request)).await
    };
    for good in ["launch openid fhirUser", "fhirUser openid launch", "openid launch fhirUser"] {
        assert!(ends(good).await.app().location().starts_with(&domain.provider.issuer), "{good}");
    }
    for bad in [
        "launch openid",
        "openid fhirUser",
        "launch fhirUser",
        "launch openid fhirUser offline_access",
        "launch openid fhirUser patient/*.rs",
        "launch openid fhirUser unknown",
        "launch openid fhirUser profile",
        "launch  openid fhirUser",
        "launch openid fhiruser",
        "",
    ] {
        assert_eq!(error(ends(bad).await), "invalid_scope", "{bad:?}");
    }
}

#[tokio::test]
async fn state_audience_and_pkce_must_be_there() {
    let domain = Domain::start().await;
    for name in ["state", "aud", "code_challenge", "code_challenge_method"] {
        let request = with(domain.request(&domain.token().sign()), name, None);
        assert_eq!(error(domain.browser().opens(&authorize_url(&request)).await), "invalid_request", "{name}");
    }
    for (name, value) in [("aud", "https://fhir.other.example"), ("code_challenge_method", "plain")] {
        let request = with(domain.request(&domain.token().sign()), name, Some(value));
        assert_eq!(error(domain.browser().opens(&authorize_url(&request)).await), "invalid_request", "{name}");
    }
    // `resource` alone does not do.
    let url = domain.server.fhir.url.clone();
    let request = with(with(domain.request(&domain.token().sign()), "aud", None), "resource", Some(&url));
    assert_eq!(error(domain.browser().opens(&authorize_url(&request)).await), "invalid_request");
}

/// HTI-13: its code is worth nothing to somebody without its key.
#[tokio::test]
async fn an_app_without_a_key_is_launched_by_no_portal() {
    let domain = Domain::start().await;
    for app in [App::public(&domain.server), App::symmetric(&domain.server)] {
        let token = domain.token().with_claim("aud", json!(format!("Device/{}", app.client_id)));
        let request = with(app.request(SCOPE), "launch", Some(&token.sign()));
        let place = domain.browser().opens(&authorize_url(&request)).await;
        assert_eq!(error(place), "unauthorized_client", "{}", app.client_id);
    }
}

/// A page must be shown, if only the provider's.
#[tokio::test]
async fn without_a_page_nobody_can_sign_in() {
    let domain = Domain::start().await;
    let request = with(domain.request(&domain.token().sign()), "prompt", Some("none"));
    assert_eq!(error(domain.browser().opens(&authorize_url(&request)).await), "login_required");
}

#[tokio::test]
async fn a_request_that_was_pushed_is_judged_like_any_other() {
    let domain = Domain::start_with(|toml| {
        toml.replacen(
            "loopback_key_sets = true\n",
            "loopback_key_sets = true\npushed_authorization_requests = \"accepted\"\n",
            1,
        )
    })
    .await;
    let module = domain.module();
    let bad = domain.token().with_claim("aud", json!("Device/another")).sign();
    let answer = module.pushes(&domain.request(&bad)).await;
    assert_eq!((answer.status, answer.json()["error"].as_str()), (400, Some("invalid_request")));
    let pushed = module.pushed(&domain.request(&domain.token().sign())).await;
    let mut browser = domain.browser();
    let there = browser.opens(&pushed).await.app();
    let back = domain.provider.signs_in(there.location(), claims(), domain.server.now().0);
    let answer = module.redeems(&code(browser.opens(&back).await)).await;
    assert_eq!(answer.json()["access_token"], "NOOP", "{}", answer.body);
}
