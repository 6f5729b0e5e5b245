//! What arrived of a client's proof (CLI-3, CLI-4, CLI-5, ASYM-2).

use base64::{Engine, engine::general_purpose::STANDARD};
use rules::{
    client::presented_credentials::{PresentedCredentials, form_decoded},
    oauth::{error::Challenge, params::Params},
};

const ASSERTION: &str =
    "client_assertion=a.b.c&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";

/// What was read, in a few words.
fn read(headers: &[&str], form: &str) -> String {
    let form = Params::parse(form.as_bytes()).unwrap();
    match PresentedCredentials::from_request(headers, &form) {
        Ok(PresentedCredentials::Nothing { client_id }) => format!("nothing, {client_id:?}"),
        Ok(PresentedCredentials::Basic { user, password }) => format!("basic {user} {}", password.expose()),
        Ok(PresentedCredentials::Post { client_id, client_secret }) => {
            format!("post {client_id} {}", client_secret.expose())
        }
        Ok(PresentedCredentials::Assertion { assertion, client_id }) => {
            format!("assertion {} {client_id:?}", assertion.0.expose())
        }
        Ok(PresentedCredentials::Bearer(token)) => format!("bearer {}", token.expose()),
        Ok(PresentedCredentials::Dpop(token)) => format!("dpop {}", token.expose()),
        Err(error) => {
            let challenge = if error.challenge == Some(Challenge::Basic) { " challenge" } else { "" };
            format!("{} {}{challenge}: {}", error.status(), error.code.as_str(), error.description)
        }
    }
}

fn basic(text: &str) -> String {
    format!("Basic {}", STANDARD.encode(text))
}

#[test]
fn each_way_is_read_as_what_it_is() {
    for (header, form, found) in [
        (None, "", "nothing, None".to_owned()),
        (None, "client_id=app", "nothing, Some(\"app\")".into()),
        (None, "client_id=app&client_secret=s", "post app s".into()),
        (None, ASSERTION, "assertion a.b.c None".into()),
        (None, &format!("{ASSERTION}&client_id=app"), "assertion a.b.c Some(\"app\")".into()),
        (Some(basic("app:se:cret")), "", "basic app se:cret".into()),
        (Some(basic("app:")), "", "basic app ".into()),
        (Some(basic("app:s")), "client_id=app", "basic app s".into()),
        (Some(basic("a%20pp:s")), "client_id=a+pp", "basic a%20pp s".into()),
        (Some(basic("app:s").replace("Basic ", "bAsIc   ")), "", "basic app s".into()),
        (Some("bearer  t ".into()), "", "bearer t".into()),
        (Some("dPoP  t ".into()), "", "dpop t".into()),
    ] {
        let headers: Vec<&str> = header.iter().map(String::as_str).collect();
        assert_eq!(read(&headers, form), found, "{header:?} {form}");
    }
}

/// CLI-4.
#[test]
fn a_request_has_one_way_and_one_header() {
    let two = "400 invalid_request: a request may use one way of client authentication, not two";
    let header = basic("app:s");
    for (headers, form) in [
        (vec![header.as_str()], "client_id=app&client_secret=s"),
        (vec![header.as_str()], ASSERTION),
        (vec![], &format!("{ASSERTION}&client_secret=s")),
    ] {
        assert_eq!(read(&headers, form), two, "{form}");
    }
    assert_eq!(read(&[&header, &header], ""), "400 invalid_request: the Authorization header came twice");
}

/// CLI-5.
#[test]
fn what_can_not_be_read_is_answered_with_a_challenge() {
    const UNREADABLE: &str = "401 invalid_client challenge: the Basic credentials can't be read";
    for header in ["Basic", "Basic !", &basic("no colon"), &format!("Basic {}", STANDARD.encode([0xff, b':']))] {
        assert_eq!(read(&[header], ""), UNREADABLE, "{header}");
    }
    let scheme = "401 invalid_client challenge: the Authorization scheme must be Basic";
    assert_eq!(read(&["Digest x"], ""), scheme);
}

/// TOK-2.
#[test]
fn a_client_id_beside_basic_is_the_same_one() {
    let other = "400 invalid_request: client_id differs from the one in the Authorization header";
    assert_eq!(read(&[&basic("app:s")], "client_id=other"), other);
    assert_eq!(read(&[&basic("a%20pp:s")], "client_id=a%2520pp"), "basic a%20pp s");
    assert_eq!(read(&[&basic("a%20pp:s")], "client_id=other"), other);
}

/// ASYM-2, BSV-5.
#[test]
fn an_assertion_and_its_type_come_together() {
    let wrong = "400 invalid_client: client_assertion_type must be \
                 urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    assert_eq!(read(&[], "client_assertion=a.b.c&client_assertion_type=saml"), wrong);
    assert_eq!(read(&[], "client_assertion=a.b.c"), "400 invalid_client: client_assertion_type is missing");
    let alone = ASSERTION.split_once('&').unwrap().1;
    assert_eq!(read(&[], alone), "400 invalid_client: client_assertion is missing");
    assert_eq!(read(&[], "client_secret=s"), "400 invalid_request: client_secret came without client_id");
}

/// CLI-3: RFC 6749 §2.3.1 has them encoded as in a form.
#[test]
fn a_plus_is_a_space_and_an_escape_is_its_character() {
    assert_eq!(form_decoded("a+b%2Bc%20d"), "a b+c d");
}
