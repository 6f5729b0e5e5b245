//! Backend services: a problem for the next token request, chosen in the launcher.

use kit::TestServer;

const BACKEND: &str = "tenant=riverside&type=backend&app=backend-service";

/// What the sample backend service shows of one token request and its reads.
async fn runs(server: &TestServer) -> String {
    server.post("/app/riverside/server/backend-service/backend", &[], &[]).await.body
}

async fn chooses(server: &TestServer, problem: &str) -> u16 {
    let answer = server.get(&format!("/launcher/launch?{BACKEND}&simulate={problem}")).await;
    assert_eq!(answer.header("set-cookie"), None);
    answer.status
}

#[tokio::test]
async fn the_next_token_request_is_refused_and_the_one_after_it_is_not() {
    let server = TestServer::local().await;
    for (problem, said) in [
        ("auth_invalid_client_secret", "401"),
        ("token_invalid_token", "401"),
        ("token_expired_registration_token", "401"),
        ("token_invalid_jti", "401"),
        ("token_invalid_scope", "400"),
    ] {
        assert_eq!(chooses(&server, problem).await, 303);
        let page = runs(&server).await;
        assert!(page.contains(&format!("The token endpoint said {said}")), "{problem}: {page}");
        assert!(runs(&server).await.contains("data-read=\"Patient\" data-status=\"200\""), "{problem}");
    }
}

#[tokio::test]
async fn a_backend_service_gets_less_or_sees_its_token_refused() {
    let server = TestServer::local().await;
    chooses(&server, "narrower_scopes").await;
    let page = runs(&server).await;
    assert!(page.contains("system/Patient.rs") && page.contains("data-read=\"Patient\" data-status=\"200\""), "{page}");
    assert!(page.contains("data-status=\"403\""));
    for problem in ["request_invalid_token", "request_expired_token"] {
        chooses(&server, problem).await;
        assert!(runs(&server).await.contains("data-read=\"Patient\" data-status=\"401\""), "{problem}");
    }
    chooses(&server, "short_expiry").await;
    assert!(runs(&server).await.contains("good for 5 seconds"));
}

#[tokio::test]
async fn a_launch_without_a_problem_takes_the_choice_back() {
    let server = TestServer::local().await;
    chooses(&server, "token_invalid_jti").await;
    chooses(&server, "").await;
    assert!(runs(&server).await.contains("data-read=\"Patient\" data-status=\"200\""));
}

#[tokio::test]
async fn what_needs_a_browser_is_not_offered() {
    let server = TestServer::local().await;
    for problem in ["auth_invalid_redirect_uri", "no_refresh_token"] {
        assert_eq!(chooses(&server, problem).await, 400);
    }
    let page = server.get(&format!("/?{BACKEND}")).await.body;
    assert!(page.contains("value=\"token_invalid_jti\"") && !page.contains("value=\"auth_invalid_redirect_uri\""));
}
