//! The provider says no, or nonsense: the person stands before a page that says so and leads on.

use super::*;

#[tokio::test]
async fn a_no_is_shown_with_the_ways_on() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let mut person = somebody(&server);
    let location = is_sent(&mut person, &server).await;
    let page = person.opens(&provider.refuses(&location, "access_denied")).await.page();
    shows_trouble(&page);
    assert_eq!(page.answer.status, 403);
    assert!(!page.answer.body.contains("boo"), "nobody's words but ours");
    let again = is_sent_by(&mut person, &format!("{}/provider/okta", page.action)).await;
    assert!(person.opens(&provider.signs_in(&again, amy(), server.now().0)).await.page().asks("decision"));
}

#[tokio::test]
async fn one_can_go_back_to_the_app_instead() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let mut person = somebody(&server);
    let location = is_sent(&mut person, &server).await;
    let page = person.opens(&provider.refuses(&location, "access_denied")).await.page();
    let answer = person.submits(&page, &[("cancel", "yes")]).await.app();
    assert_eq!(answer.query("error").as_deref(), Some("access_denied"));
    assert_eq!(answer.query("state").as_deref(), Some(kit::app::STATE));
}

#[tokio::test]
async fn a_failure_there_is_told_from_a_no() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    for error in ["server_error", "temporarily_unavailable", "invalid_request", "made_up"] {
        let mut person = somebody(&server);
        let location = is_sent(&mut person, &server).await;
        let page = person.opens(&provider.refuses(&location, error)).await.page();
        shows_trouble(&page);
        assert_eq!(page.answer.status, 502, "{error}");
    }
}

#[tokio::test]
async fn nonsense_from_the_token_endpoint_signs_nobody_in() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    for (status, body) in [
        (200, "{}"),
        (200, "<html>"),
        (200, r#"{"id_token":7}"#),
        (400, r#"{"error":"invalid_grant"}"#),
        (401, r#"{"error":"invalid_client"}"#),
        (500, ""),
        (302, ""),
    ] {
        provider.token_endpoint_answers(status, body);
        let page = is_refused(&server, &provider, amy()).await;
        assert_eq!(page.answer.status, 502, "{status} {body}");
    }
    for token in ["x", "a.b.c", "..", "e30.e30."] {
        provider.token_endpoint_answers(200, &json!({ "id_token": token }).to_string());
        is_refused(&server, &provider, amy()).await;
    }
}
