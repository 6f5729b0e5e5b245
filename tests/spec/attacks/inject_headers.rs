//! He writes line ends, quotes and markup into whatever the server repeats: `state`, `redirect_uri`, names of parameters,
//! `login_hint`. Locations are encoded, descriptions hold the characters of RFC 6749 alone, pages escape.

use super::*;
use axum::http::Method;
use kit::{
    Person,
    app::{authorize_url, with},
    http::encode,
};

const EVIL: [&str; 8] = [
    "x\r\nSet-Cookie: admit=evil",
    "x\nLocation: https://evil.example",
    "\"><script>alert(1)</script>",
    "'><img src=x onerror=alert(1)>",
    "\u{0}\u{1b}[2J",
    "\u{202e}elbisreveR ünï€ødé",
    "x%0d%0aSet-Cookie:%20a=b",
    "\\\"};alert(1);{\\\"",
];

fn headers_are_clean(answer: &Answer) {
    for (name, value) in &answer.headers {
        let value = value.to_str().unwrap_or_else(|_| panic!("{name} is not printable"));
        assert!(value.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{name}: {value}");
    }
    for cookie in answer.headers.get_all("set-cookie") {
        assert!(cookie.to_str().expect("text").starts_with("__Host-admit-"), "{cookie:?}");
    }
}

/// AUTHZ-5 MUST: `state` comes back exactly, and as one parameter of one header.
#[tokio::test]
async fn state_comes_back_exactly_and_breaks_out_of_nothing() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    for state in EVIL.iter().chain(&["a&code=evil", "a#b", "a b+c%20d", "https://evil.example", "a&error=x&iss=evil"]) {
        let request = with(app.request(SCOPE), "state", Some(state));
        let good = Person::named(&server, "amy").goes_through(&authorize_url(&request), None).await;
        let bad = with(request, "aud", Some("https://evil.example"));
        let bad = Person::named(&server, "amy").opens(&authorize_url(&bad)).await.app();
        for answer in [good, bad] {
            headers_are_clean(&answer);
            assert_eq!(answer.query("state").as_deref(), Some(*state));
            let url = url::Url::parse(answer.location()).expect("a URL");
            assert_eq!(url.origin().ascii_serialization(), "https://app.example");
            assert_eq!(url.fragment(), None);
            let mut names: Vec<_> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), url.query_pairs().count(), "{url}");
        }
    }
}

/// R6749-8 MUST: `error_description` holds %x20-21 / %x23-5B / %x5D-7E alone.
#[tokio::test]
async fn descriptions_hold_the_characters_of_rfc_6749_alone() {
    let server = TestServer::start().await;
    let allowed = |text: &str| text.bytes().all(|b| matches!(b, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e));
    for evil in EVIL {
        for form in [
            vec![("grant_type", evil)],
            vec![(evil, "1"), (evil, "2"), ("grant_type", "authorization_code")],
            vec![("grant_type", "client_credentials"), ("client_id", evil)],
            vec![
                ("grant_type", "authorization_code"),
                ("code", evil),
                ("client_id", "public-app"),
                ("redirect_uri", evil),
            ],
            vec![
                ("grant_type", "refresh_token"),
                ("refresh_token", evil),
                ("client_id", "public-app"),
                ("scope", evil),
            ],
            vec![("grant_type", "client_credentials"), ("client_assertion_type", evil), ("client_assertion", evil)],
        ] {
            let answer = server.post("/clinic/token", &form, &[]).await;
            headers_are_clean(&answer);
            let description = answer.json()["error_description"].as_str().expect("a description").to_owned();
            assert!(allowed(&description), "{description}");
        }
        let app = App::public(&server);
        for name in ["response_type", "aud", "scope", "code_challenge", "prompt", "max_age", "resource", "nonce"] {
            let request = with(app.request(SCOPE), name, Some(evil));
            if let kit::browser::Place::App(answer) =
                Person::named(&server, "amy").opens(&authorize_url(&request)).await
            {
                headers_are_clean(&answer);
                let description = answer.query("error_description").expect("a description");
                assert!(allowed(&description), "{name}: {description}");
            }
        }
        for body in [
            vec![(evil, "1")],
            vec![("patient", evil)],
            vec![("need_patient_banner", evil)],
            vec![("fhirContext", evil)],
        ] {
            let ehr = kit::Ehr::of(&server);
            let answer = server.post("/clinic/launchContext", &body, &[("authorization", &ehr.credentials)]).await;
            headers_are_clean(&answer);
            let description = answer.json()["error_description"].as_str().expect("a description").to_owned();
            assert!(answer.status == 400 && allowed(&description), "{description}");
        }
    }
}

#[tokio::test]
async fn basic_credentials_with_line_ends_change_no_header() {
    let server = TestServer::start().await;
    for evil in EVIL {
        let headers = basic(evil, evil);
        for path in ["token", "introspect", "revoke", "launchContext"] {
            let form = [("grant_type", "client_credentials"), ("token", "x")];
            let answer = server.post(&format!("/clinic/{path}"), &form, &[("authorization", &headers)]).await;
            headers_are_clean(&answer);
            assert_refused(&answer, 401, "invalid_client");
            assert!(answer.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Basic realm=")));
        }
    }
}

/// What a page repeats is text, wherever it came from.
#[tokio::test]
async fn pages_escape_what_they_repeat() {
    let name = r#"client_name = "<script>alert(1)</script>\"'&""#;
    let server = TestServer::start_with(|toml| toml.replacen("client_name = \"Growth Chart\"", name, 1)).await;
    let app = App::public(&server);
    for evil in EVIL {
        let url = authorize_url(&with(app.request(SCOPE), "login_hint", Some(evil)));
        let mut person = Person::named(&server, "rosa");
        let sign_in = person.opens(&url).await.page();
        let again = person.submits(&sign_in, &[("username", evil), ("password", evil)]).await.page();
        let picker = person.does(&again, None).await.page();
        let searched = person.opens(&format!("{}?{}", picker.url, encode(&[("name", evil)]))).await;
        let consent = person.does(&picker, Some("mia-rivera")).await.page();
        let mut pages = vec![sign_in.answer, again.answer, picker.answer, consent.answer];
        match searched {
            kit::browser::Place::Page(page) => pages.push(page.answer),
            kit::browser::Place::End(answer) | kit::browser::Place::App(answer) => pages.push(answer),
        }
        for page in pages {
            headers_are_clean(&page);
            for markup in ["<script", "<img", "onerror=alert(1)>"] {
                assert!(!page.body.contains(markup), "{markup} in {}", page.body);
            }
        }
    }
}

/// The error page repeats nothing that a stranger sent.
#[tokio::test]
async fn the_error_page_repeats_nothing() {
    let server = TestServer::start().await;
    for evil in EVIL {
        for name in ["client_id", "redirect_uri"] {
            let query = encode(&[(name, evil), ("client_id", "public-app")]);
            let answer = server.get(&format!("/clinic/authorize?{query}")).await;
            assert_eq!(answer.status, 400);
            headers_are_clean(&answer);
            for part in ["evil", "alert(1)", "elbisreveR"] {
                assert!(!answer.body.contains(part), "{}", answer.body);
            }
        }
    }
}

/// Line ends in the request's own headers never arrive: the HTTP layer refuses them. What does arrive is not repeated.
#[tokio::test]
async fn request_headers_are_not_repeated() {
    let server = TestServer::start().await;
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("referer", "https://evil.example/"),
        ("x-request-id", "evil"),
        ("traceparent", "evil"),
        ("user-agent", "<script>evil</script>"),
        ("accept-language", "evil"),
        ("access-control-request-headers", "evil"),
    ] {
        for (method, path) in
            [(Method::POST, "/clinic/token"), (Method::OPTIONS, "/clinic/token"), (Method::GET, "/clinic/authorize")]
        {
            let answer = server.request(method, path, &[(name, value)], "").await;
            headers_are_clean(&answer);
            for (header, value) in &answer.headers {
                assert!(!value.to_str().expect("text").contains("evil"), "{header}: {value:?}");
            }
            assert!(!answer.body.contains("evil"), "{}", answer.body);
        }
    }
}
