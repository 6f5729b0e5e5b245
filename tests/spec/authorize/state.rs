//! The app's `state` and the server's `iss` in the answer (AUTHZ-5, 11, 22).

use super::{SCOPE, asks};
use kit::{
    App, Person, TestServer,
    app::{authorize_url, with},
    server::ISSUER,
};

const ODD: [&str; 12] = [
    "plain",
    "with space and +plus",
    "a&b=c;d",
    "100%25 %2B %00",
    "\"'<script>alert(1)</script>",
    "line\r\nSet-Cookie: a=b",
    "tab\tnul\0end",
    "#fragment?query",
    "\\u0041 \\",
    "héllo 你好 🩺",
    "{\"json\":[1,2]}",
    "https://evil.example/?code=stolen&state=x",
];

/// "state: REQUIRED if the "state" parameter was present in the client authorization request. The exact value received from
/// the client" (RFC 6749 §4.1.2, §4.1.2.1).
#[tokio::test]
async fn an_error_echoes_the_state_as_it_came() {
    let server = TestServer::start().await;
    for state in ODD {
        let request = with(with(App::public(&server).request(SCOPE), "state", Some(state)), "aud", None);
        assert_eq!(asks(&server, &request).await.query("state").as_deref(), Some(state));
    }
}

/// AUTHZ-11.
#[tokio::test]
async fn a_code_comes_with_the_state_as_it_came() {
    let server = TestServer::start().await;
    for state in ODD {
        let request = with(App::public(&server).request(SCOPE), "state", Some(state));
        let answer = Person::named(&server, "amy").goes_through(&authorize_url(&request), None).await;
        assert_eq!(answer.query("state").as_deref(), Some(state));
        let names: Vec<String> = url::Url::parse(answer.location())
            .expect("a URL")
            .query_pairs()
            .map(|(name, _)| name.into_owned())
            .collect();
        assert_eq!(names, ["code", "state", "iss"]);
    }
}

/// RFC 9207 §2: in every authorization response, error responses included.
#[tokio::test]
async fn success_and_error_name_the_issuer() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = Person::named(&server, "amy").goes_through(&app.standalone(SCOPE), None).await;
    let error = asks(&server, &with(app.request(SCOPE), "scope", None)).await;
    assert_eq!(code.query("iss").as_deref(), Some(ISSUER));
    assert_eq!(error.query("iss").as_deref(), Some(ISSUER));
}

/// A long state is the app's own business.
#[tokio::test]
async fn a_state_of_four_thousand_characters_comes_back_whole() {
    let server = TestServer::start().await;
    let state = "s+/=&".repeat(800);
    let request = with(App::public(&server).request(SCOPE), "state", Some(&state));
    let answer = Person::named(&server, "amy").goes_through(&authorize_url(&request), None).await;
    assert_eq!(answer.query("state"), Some(state));
}
