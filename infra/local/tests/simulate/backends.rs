//! Backend services: a problem for the next token request, chosen in the launcher.

use crate::desk::{Desk, samples};

const BACKEND: &str = "tenant=riverside&type=backend&app=backend-service";

/// What the sample backend service shows of one token request and its reads.
async fn runs(desk: &Desk) -> String {
    let url = format!("{}/app/riverside/server/backend-service/backend", desk.base);
    desk.http.post(url).send().await.unwrap().text().await.unwrap()
}

async fn chooses(desk: &Desk, problem: &str) -> u16 {
    let url = format!("{}/launcher/launch?{BACKEND}&simulate={problem}", desk.base);
    let answer = desk.http.get(url).send().await.unwrap();
    assert!(!answer.headers().contains_key("set-cookie"));
    answer.status().as_u16()
}

#[tokio::test]
async fn the_next_token_request_is_refused_and_the_one_after_it_is_not() {
    let desk = samples().await;
    for (problem, said) in [
        ("auth_invalid_client_secret", "401"),
        ("token_invalid_token", "401"),
        ("token_expired_registration_token", "401"),
        ("token_invalid_jti", "401"),
        ("token_invalid_scope", "400"),
    ] {
        assert_eq!(chooses(&desk, problem).await, 303);
        let page = runs(&desk).await;
        assert!(page.contains(&format!("The token endpoint said {said}")), "{problem}: {page}");
        assert!(runs(&desk).await.contains("data-read=\"Patient\" data-status=\"200\""), "{problem}");
    }
}

#[tokio::test]
async fn a_backend_service_gets_less_or_sees_its_token_refused() {
    let desk = samples().await;
    chooses(&desk, "narrower_scopes").await;
    let page = runs(&desk).await;
    assert!(page.contains("system/Patient.rs") && page.contains("data-read=\"Patient\" data-status=\"200\""), "{page}");
    assert!(page.contains("data-status=\"403\""));
    for problem in ["request_invalid_token", "request_expired_token"] {
        chooses(&desk, problem).await;
        assert!(runs(&desk).await.contains("data-read=\"Patient\" data-status=\"401\""), "{problem}");
    }
    chooses(&desk, "short_expiry").await;
    assert!(runs(&desk).await.contains("good for 5 seconds"));
}

#[tokio::test]
async fn a_launch_without_a_problem_takes_the_choice_back() {
    let desk = samples().await;
    chooses(&desk, "token_invalid_jti").await;
    chooses(&desk, "").await;
    assert!(runs(&desk).await.contains("data-read=\"Patient\" data-status=\"200\""));
}

#[tokio::test]
async fn what_needs_a_browser_is_not_offered() {
    let desk = samples().await;
    for problem in ["auth_invalid_redirect_uri", "no_refresh_token"] {
        assert_eq!(chooses(&desk, problem).await, 400);
    }
    let page = desk.http.get(format!("{}/?{BACKEND}", desk.base)).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("value=\"token_invalid_jti\"") && !page.contains("value=\"auth_invalid_redirect_uri\""));
}
