//! He has a code that was meant for somebody else: from a log, a referrer, a custom scheme that two apps claimed. PKCE
//! stops him: the code is good only with the verifier that never left the app (RFC 7636 §1; RFC 9700 §4.5).

use super::*;
use kit::{
    Person,
    app::{VERIFIER, authorize_url, challenge, with},
};

/// TOK-3 MUST: missing, empty or wrong verifier, or the challenge itself: no token. And the app's own code is as good as
/// before.
#[tokio::test]
async fn without_the_verifier_the_code_is_worth_nothing() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let challenge = challenge(VERIFIER);
    let wrong = "another-verifier-of-43-to-128-characters-0123456789";
    let long = VERIFIER.repeat(3);
    let (spaced, upper) = (format!("{VERIFIER} "), VERIFIER.to_uppercase());
    for verifier in ["", wrong, challenge.as_str(), "short", &long, &spaced, &upper, "*", "null", "undefined"] {
        let answer = app.posts("token", &exchange_form(&app, &code, verifier)).await;
        assert_refused(&answer, 400, "invalid_grant");
    }
    app.exchanges(&code).await;
}

/// RFC 9700 §4.5: he starts a flow of his own and puts the stolen code into its answer, so that his app redeems it with
/// its own verifier.
#[tokio::test]
async fn a_code_put_into_another_flow_does_not_fit_its_verifier() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let stolen = app.code("amy", SCOPE, None).await;
    let own_verifier = "the-attackers-verifier-of-43-to-128-characters-0123";
    let request = with(app.request(SCOPE), "code_challenge", Some(&challenge(own_verifier)));
    let own = Person::named(&server, "rosa").goes_through(&authorize_url(&request), Some("mia-rivera")).await;
    let own = own.query("code").expect("a code");
    assert_refused(&app.posts("token", &exchange_form(&app, &stolen, own_verifier)).await, 400, "invalid_grant");
    assert_refused(&app.posts("token", &exchange_form(&app, &own, VERIFIER)).await, 400, "invalid_grant");
}

/// RFC 6749 §4.1.3 MUST: `redirect_uri` identical. Also to another URI that is registered.
#[tokio::test]
async fn a_code_is_bound_to_its_redirect_uri() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    for redirect_uri in
        ["", "https://app.example/other?keep=1", "https://app.example/callback/", "https://evil.example/"]
    {
        let mut form = exchange_form(&app, &code, VERIFIER);
        form[2] = ("redirect_uri", redirect_uri);
        assert_refused(&app.posts("token", &form).await, 400, "invalid_grant");
    }
    app.exchanges(&code).await;
}

/// AUTHZ-12: a minute is what he has.
#[tokio::test]
async fn an_old_code_is_worth_nothing_even_with_the_verifier() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    server.passes(60);
    assert_refused(&app.redeems(&code).await, 400, "invalid_grant");
}

/// The id of the grant is in the code for everyone to see; the secret behind it is what counts.
#[tokio::test]
async fn a_code_with_a_guessed_secret_is_unknown_and_changes_nothing() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let grant = code.split('.').next().expect("an id");
    for guess in [format!("{grant}.{}", "A".repeat(43)), format!("{grant}."), grant.to_owned(), format!("{code}A")] {
        assert_refused(&app.redeems(&guess).await, 400, "invalid_grant");
    }
    app.exchanges(&code).await;
}
