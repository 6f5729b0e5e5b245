//! He puts parameters where one part of the way reads them and another does not: in the query of a POST, twice, in another
//! form of body, under another method. The token endpoint reads one form from one body, once (TOK-1; R6749-1).

use super::*;
use axum::http::Method;
use kit::{app::VERIFIER, http::encode};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// TOK-1 MUST: "credentials/params in the URI query not honoured". They would be in every log on the way.
#[tokio::test]
async fn what_is_in_the_query_of_a_post_is_not_there() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let mut form = exchange_form(&app, &code, VERIFIER);
    form.push(("client_id", app.client_id));
    let path = format!("/clinic/token?{}", encode(&form));
    assert_refused(&server.post(&path, &[], &[]).await, 400, "invalid_request");
    for moved in 0..form.len() {
        let mut body = form.clone();
        let in_query = body.remove(moved);
        let path = format!("/clinic/token?{}", encode(&[in_query]));
        let answer = server.post(&path, &body, &[]).await;
        assert!(matches!(answer.status, 400 | 401), "{in_query:?}: {}", answer.body);
    }
    // What is in the body counts, and a query beside it changes nothing.
    let path = "/clinic/token?grant_type=refresh_token&client_id=second-app&code=x&scope=system/*.rs";
    assert_eq!(server.post(path, &form, &[]).await.status, 200);
}

#[tokio::test]
async fn credentials_in_the_query_are_not_looked_at() {
    let server = TestServer::start().await;
    let secret =
        encode(&[("client_id", "post-app"), ("client_secret", "post-secret-of-more-than-thirty-two-characters")]);
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    for path in [format!("/clinic/token?{secret}"), format!("/clinic/token?{secret}&access_token=x")] {
        assert_refused(&server.post(&path, &form, &[]).await, 400, "invalid_client");
    }
    let path = format!("/clinic/introspect?{}", encode(&[("token", "x")]));
    let credentials = fhir_credentials();
    let answer = server.post(&path, &[], &[("authorization", &credentials)]).await;
    assert_refused(&answer, 400, "invalid_request");
    // RFC 9700 §4.3.2: no access token in a URI, nor in the form.
    let tokens = App::backend(&server).asks_for_itself("__introspect").await.json();
    let token = tokens["access_token"].as_str().expect("a token");
    let path = format!("/clinic/introspect?access_token={token}");
    assert_refused(&server.post(&path, &[("token", "x")], &[]).await, 401, "invalid_client");
    assert_refused(
        &server.post("/clinic/introspect", &[("token", "x"), ("access_token", token)], &[]).await,
        401,
        "invalid_client",
    );
}

/// R6749-1 MUST: a parameter that comes twice is refused, the same value too, an empty one too, an unknown one too.
#[tokio::test]
async fn nothing_comes_twice() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let mut form = exchange_form(&app, &code, VERIFIER);
    form.push(("client_id", app.client_id));
    for (name, value) in form.clone() {
        for second in [value, "", "other"] {
            let mut twice = form.clone();
            twice.push((name, second));
            assert_refused(&server.post("/clinic/token", &twice, &[]).await, 400, "invalid_request");
            twice.rotate_right(1);
            assert_refused(&server.post("/clinic/token", &twice, &[]).await, 400, "invalid_request");
        }
    }
    // Also under an encoded name.
    let body = format!("{}&%63lient_id=second-app", encode(&form));
    assert_refused(&server.request(Method::POST, "/clinic/token", &[FORM], body).await, 400, "invalid_request");
    assert_eq!(server.post("/clinic/token", &form, &[]).await.status, 200);
}

/// Other servers read these as arrays, or as the same name.
#[tokio::test]
async fn other_spellings_of_a_name_are_other_names() {
    let server = TestServer::start().await;
    for name in
        ["grant_type[]", "grant_type[0]", "GRANT_TYPE", "grant-type", " grant_type", "grant_type\u{0}", "grant.type"]
    {
        let form = [(name, "client_credentials"), ("client_id", "public-app")];
        assert_refused(&server.post("/clinic/token", &form, &[]).await, 400, "invalid_request");
    }
    // `;` separates nothing (WHATWG URL, application/x-www-form-urlencoded).
    let body = "grant_type=client_credentials;client_id=public-app";
    assert_refused(&server.request(Method::POST, "/clinic/token", &[FORM], body).await, 400, "unsupported_grant_type");
}

#[tokio::test]
async fn a_body_of_another_kind_is_refused() {
    let server = TestServer::start().await;
    let form = "grant_type=client_credentials&client_id=public-app";
    let json = r#"{"grant_type":"client_credentials","client_id":"public-app"}"#;
    for (content_type, body) in [
        ("application/json", json),
        ("application/json; charset=utf-8", json),
        ("application/json", form),
        ("text/plain", form),
        (
            "multipart/form-data; boundary=x",
            "--x\r\nContent-Disposition: form-data; name=\"grant_type\"\r\n\r\nx\r\n--x--",
        ),
        ("application/xml", "<grant_type/>"),
        ("text/plain; x=application/x-www-form-urlencoded", form),
        ("", form),
    ] {
        for path in ["token", "revoke", "introspect"] {
            let headers = [("content-type", content_type)];
            let answer = server.request(Method::POST, &format!("/clinic/{path}"), &headers, body).await;
            assert_refused(&answer, 400, "invalid_request");
        }
    }
}

/// The method is the method: no header and no field makes a POST of a GET, or the other way round.
#[tokio::test]
async fn no_header_overrides_the_method() {
    let server = TestServer::start().await;
    let query = "grant_type=client_credentials&client_id=public-app&_method=POST";
    for name in ["x-http-method-override", "x-http-method", "x-method-override"] {
        let answer =
            server.request(Method::GET, &format!("/clinic/token?{query}"), &[(name, "POST"), FORM], query).await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("POST, OPTIONS")));
        // Nor away from POST: it is read as the POST it is.
        let answer =
            server.request(Method::POST, "/clinic/token", &[(name, "GET"), FORM], "client_id=public-app").await;
        assert_refused(&answer, 400, "invalid_request");
    }
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::PATCH, Method::DELETE, Method::TRACE] {
        for path in ["token", "introspect", "revoke", "launchContext"] {
            assert_eq!(
                server.request(method.clone(), &format!("/clinic/{path}"), &[FORM], "").await.status,
                405,
                "{method} {path}"
            );
        }
    }
}

/// RFC 6749 §2.3 MUST NOT: two ways of authentication in one request.
#[tokio::test]
async fn two_ways_of_authentication_are_none() {
    let server = TestServer::start().await;
    let secret = "symmetric-secret-of-more-than-32-characters";
    let header = basic("symmetric-app", secret);
    let jwt = App::backend(&server).assertion().sign();
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    for more in [
        vec![("client_id", "symmetric-app"), ("client_secret", secret)],
        vec![("client_secret", "")],
        vec![("client_assertion_type", kind), ("client_assertion", &jwt)],
    ] {
        let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", "x")];
        form.extend(more.clone());
        let answer = server.post("/clinic/token", &form, &[("authorization", &header)]).await;
        // An empty value counts as absent (R6749-1), and then one way is left.
        let expected = if more == [("client_secret", "")] { "invalid_grant" } else { "invalid_request" };
        assert_refused(&answer, 400, expected);
    }
    let twice = [("authorization", header.as_str()), ("authorization", header.as_str())];
    let answer = server.post("/clinic/token", &[("grant_type", "client_credentials")], &twice).await;
    assert_refused(&answer, 400, "invalid_request");
    let bearer_and_form = [("grant_type", "client_credentials"), ("client_id", "post-app"), ("client_secret", "x")];
    let answer = server.post("/clinic/token", &bearer_and_form, &[("authorization", "Bearer x")]).await;
    assert_refused(&answer, 400, "invalid_request");
}
