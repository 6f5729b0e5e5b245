//! Codes of an authenticator app at sign-in.

use super::{OPTIONAL, REQUIRED, after_password, claims_after, kept, with_app, with_policy};
use kit::{App, Person, TestServer, browser::Place};

#[tokio::test]
async fn whoever_has_an_app_is_asked_for_its_code_and_nobody_else_is() {
    let server = with_policy(OPTIONAL).await;
    let (secret, _) = with_app(&server, "amy").await;
    let (_, page) = after_password(&server, "hannah").await;
    assert!(!page.asks("code"));
    let (mut amy, page) = after_password(&server, "amy").await;
    assert!(page.asks("code") && amy.session_cookie().is_none(), "a password alone signs nobody in");
    let place = amy.submits(&page, &[("code", &secret.code(server.now()))]).await;
    let claims = claims_after(&server, &mut amy, place).await;
    assert_eq!(claims["amr"], serde_json::json!(["pwd", "otp", "mfa"]));
}

/// "The verifier MUST NOT accept the second attempt of the OTP" (RFC 6238 §5.2).
#[tokio::test]
async fn a_code_is_good_once() {
    let server = with_policy(OPTIONAL).await;
    let (secret, _) = with_app(&server, "amy").await;
    let code = secret.code(server.now());
    let (mut amy, page) = after_password(&server, "amy").await;
    assert!(amy.submits(&page, &[("code", &code)]).await.page().asks("decision"));
    let (mut thief, page) = after_password(&server, "amy").await;
    let page = thief.submits(&page, &[("code", &code)]).await.page();
    assert!(page.asks("code") && page.answer.body.contains("used already"));
    // Nor one of before it, although clocks may differ by so much.
    server.passes(30);
    assert!(thief.submits(&page, &[("code", &code)]).await.page().asks("code"));
    assert!(thief.submits(&page, &[("code", &secret.code(server.now()))]).await.page().asks("decision"));
}

#[tokio::test]
async fn of_many_with_one_code_at_the_same_moment_one_signs_in() {
    let server = with_policy(OPTIONAL).await;
    let (secret, _) = with_app(&server, "amy").await;
    let code = secret.code(server.now());
    let mut waiting = Vec::new();
    for _ in 0..8 {
        waiting.push(after_password(&server, "amy").await);
    }
    let [a, b, c, d, e, f, g, h]: [_; 8] = waiting.try_into().unwrap_or_else(|_| panic!("eight"));
    let code = code.as_str();
    let tries = async |(mut person, page): (Person<'_>, kit::browser::Page)| match person
        .submits(&page, &[("code", code)])
        .await
    {
        Place::Page(page) => u32::from(page.asks("decision")),
        _ => 0,
    };
    let (a, b, c, d, e, f, g, h) =
        tokio::join!(tries(a), tries(b), tries(c), tries(d), tries(e), tries(f), tries(g), tries(h));
    assert_eq!(a + b + c + d + e + f + g + h, 1);
}

#[tokio::test]
async fn a_wrong_code_says_so_and_ten_wrong_answers_end_the_way() {
    let server = with_policy(OPTIONAL).await;
    with_app(&server, "amy").await;
    let (mut amy, mut page) = after_password(&server, "amy").await;
    for _ in 0..9 {
        page = amy.submits(&page, &[("code", "no code")]).await.page();
        assert!(page.answer.body.contains("That was not right"));
    }
    let answer = amy.submits(&page, &[("code", "no code")]).await.app();
    assert_eq!(answer.query("error").as_deref(), Some("access_denied"));
}

/// Six digits can be guessed. Each guess is counted before it is judged, for all addresses and interactions together.
#[tokio::test]
async fn guessing_at_codes_must_wait_wherever_it_comes_from() {
    let server = with_policy(OPTIONAL).await;
    let (secret, codes) = with_app(&server, "amy").await;
    let mut refused = 0;
    for n in 0..14 {
        let elsewhere = server.seen_from(&format!("198.51.100.{n}"));
        let (mut guesser, page) = after_password(&elsewhere, "amy").await;
        let answer = guesser.answers(&page, &[("code", "000000")]).await;
        refused += u32::from(answer.status == 429);
    }
    assert!(refused >= 2, "{refused}");
    // The right one is not judged either; who waits, or has a recovery code, gets in.
    let other = server.second_instance();
    let (mut amy, page) = after_password(&other, "amy").await;
    assert_eq!(amy.answers(&page, &[("code", &secret.code(server.now()))]).await.status, 429);
    assert!(amy.submits(&page, &[("code", &codes[0])]).await.page().asks("decision"));
}

#[tokio::test]
async fn the_page_leads_back_to_the_sign_in_of_another() {
    let server = with_policy(OPTIONAL).await;
    with_app(&server, "amy").await;
    let (mut amy, page) = after_password(&server, "amy").await;
    let page = amy.submits(&page, &[("restart", "yes")]).await.page();
    assert!(page.asks("username"));
    let mut hannah = amy.handed_to("hannah");
    assert!(hannah.does(&page, None).await.page().asks("patient"));
}

#[tokio::test]
async fn the_password_grant_is_refused_as_for_a_wrong_password() {
    let grant = "grant_types = [\"authorization_code\", \"refresh_token\", \"password\"]";
    let all = "grant_types = [\"authorization_code\", \"refresh_token\", \"client_credentials\", \"password\"]";
    let server = TestServer::start_with(|toml| {
        let toml = toml.replacen(
            "grant_types = [\"authorization_code\", \"refresh_token\"]\nredirect_uris = [\"https://symmetric",
            &format!("{grant}\nredirect_uris = [\"https://symmetric"),
            1,
        );
        format!("{toml}\n[policy]\n{OPTIONAL}\n{all}\n")
    })
    .await;
    let app = App::symmetric(&server);
    let form = [
        ("grant_type", "password"),
        ("username", "amy"),
        ("password", kit::server::PASSWORD),
        ("scope", "patient/*.rs"),
    ];
    assert_eq!(app.posts("token", &form).await.status, 200);
    with_app(&server, "amy").await;
    let right = app.posts("token", &form).await;
    let wrong = app.posts("token", &form.map(|(n, v)| (n, if n == "password" { "wrong" } else { v }))).await;
    assert_eq!(right.status, 400);
    let text = |answer: &kit::Answer| (answer.json()["error"].clone(), answer.status);
    assert_eq!(text(&right), text(&wrong));
}

#[tokio::test]
async fn with_none_in_the_policy_nobody_is_asked_and_with_required_everybody() {
    let server = with_policy(OPTIONAL).await;
    with_app(&server, "amy").await;
    assert!(kept(&server, "amy").await.is_some());
    let server = with_policy(REQUIRED).await;
    let (_, page) = after_password(&server, "clerk").await;
    assert!(page.asks("code") && page.answer.body.contains("asks for a second step"));
    let server = TestServer::start().await;
    let (_, page) = after_password(&server, "amy").await;
    assert!(page.asks("decision"));
}

/// Nothing of it is in the log, nor readable in what is printed.
#[tokio::test]
async fn the_table_holds_no_recovery_code_and_prints_no_secret() {
    let server = with_policy(OPTIONAL).await;
    let (secret, codes) = with_app(&server, "amy").await;
    let kept = kept(&server, "amy").await.expect("credentials");
    let printed = format!("{kept:?}");
    assert!(printed.contains("TotpSecret(…)") && !printed.contains(&secret.text().replace(' ', "")));
    let written = serde_json::to_string(&kept).expect("JSON");
    for code in codes {
        assert!(!written.contains(&code) && !written.contains(&code.replace('-', "")));
    }
}
