//! `prompt=login` and `max_age`: what an app was promised is checked against `auth_time` (OpenID Connect Core §3.1.2.1).

use super::*;
use kit::provider::parameters;

/// Signed in so many seconds before the question, or at a time that the provider does not tell.
async fn after_login(prompt: &str, seconds_before: Option<i64>) -> Page {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let mut person = somebody(&server);
    let url = format!("{}&prompt={prompt}", App::public(&server).standalone(SCOPE));
    let location = is_sent_by(&mut person, &url).await;
    let asked_at = server.now().0;
    provider.lies(move |_, claims| claims["auth_time"] = json!(seconds_before.map(|seconds| asked_at - seconds)));
    server.passes(120);
    person.opens(&provider.signs_in(&location, amy(), server.now().0)).await.page()
}

#[tokio::test]
async fn an_app_that_wants_a_sign_in_gets_one_and_not_the_providers_session() {
    for (seconds_before, good) in
        [(Some(-30), true), (Some(0), true), (Some(60), true), (Some(61), false), (None, false)]
    {
        let page = after_login("login", seconds_before).await;
        assert_eq!(page.asks("decision"), good, "{seconds_before:?}: {}", page.answer.body);
        if !good {
            shows_trouble(&page);
            assert_eq!(page.answer.status, 400);
        }
    }
    assert!(after_login("consent", Some(100_000)).await.asks("decision"), "nothing was promised");
}

/// Only `max_age` makes a provider say when somebody signed in.
#[tokio::test]
async fn a_provider_is_made_to_say_when_they_signed_in() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let url = App::public(&server).standalone(SCOPE);
    for (wishes, prompt, max_age) in [
        ("&prompt=login", Some("login"), Some("0")),
        ("&prompt=login&max_age=60", Some("login"), Some("60")),
        ("&prompt=select_account", Some("select_account"), None),
        ("&max_age=0", None, Some("0")),
        ("", None, None),
    ] {
        let sent = parameters(&is_sent_by(&mut somebody(&server), &format!("{url}{wishes}")).await);
        let of = |name: &str| sent.get(name).map(String::as_str);
        assert_eq!((of("prompt"), of("max_age")), (prompt, max_age), "{wishes}");
    }
}

/// Whoever signs in because of the question is fresh enough, however long they take over it.
#[tokio::test]
async fn nobody_is_too_slow_for_a_max_age() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    for (at, good) in [(5, true), (-61, false)] {
        let mut person = somebody(&server);
        let url = format!("{}&max_age=0", App::public(&server).standalone(SCOPE));
        let location = is_sent_by(&mut person, &url).await;
        let auth_time = server.now().0 + at;
        provider.lies(move |_, claims| claims["auth_time"] = json!(auth_time));
        server.passes(300);
        let page = person.opens(&provider.signs_in(&location, amy(), server.now().0)).await.page();
        assert_eq!(page.asks("decision"), good, "{at}");
    }
}

/// A session that has become too old for the app: the provider is asked again, and its old word is not enough.
#[tokio::test]
async fn a_session_that_is_too_old_is_not_renewed_by_the_providers_own() {
    let provider = Provider::start().await;
    let server = server_with(&provider, PUBLIC).await;
    let signed_in_at = server.now().0;
    provider.lies(move |_, claims| claims["auth_time"] = json!(signed_in_at));
    let mut person = somebody(&server);
    let location = is_sent(&mut person, &server).await;
    assert!(person.opens(&provider.signs_in(&location, amy(), server.now().0)).await.page().asks("decision"));
    server.passes(1000);
    let url = format!("{}&max_age=600", App::second(&server).standalone(SCOPE));
    let location = is_sent_by(&mut person, &url).await;
    shows_trouble(&person.opens(&provider.signs_in(&location, amy(), server.now().0)).await.page());
}
