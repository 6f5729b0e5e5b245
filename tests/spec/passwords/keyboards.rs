//! Names and passwords as phones and other keyboards make them (RFC 8265).

use super::{applies_file, signs_in};
use kit::{App, Person, TestServer};
use rules::{
    secret::ChosenSecretHash,
    tenant::TenantId,
    user::{FhirUser, User},
};
use server::store::Write;

/// José, with an accent that is a character of its own, and a password likewise.
const DECOMPOSED: &str = "Jose\u{301}";
const COMPOSED: &str = "jos\u{e9}";
const PASSWORD: &str = "cafe\u{301} au lait a\u{a0}deux";

fn with_jose(toml: &str) -> String {
    format!(
        "{toml}\n[[users]]\nusername = \"{DECOMPOSED}\"\npassword = \"{PASSWORD}\"\nname = \"José\"\nfhir_user = \"Patient/amy-shaw\"\n"
    )
}

async fn applies(server: &TestServer) {
    let text = with_jose(&kit::server::fill(include_str!("../../fixtures/clinic.toml"), &server.fhir.url));
    applies_file(server, &text).await;
}

const NAMES: [&str; 5] = [COMPOSED, DECOMPOSED, "JOS\u{c9} ", "ＪＯＳé", " jose\u{301}"];
const PASSWORDS: [&str; 3] = [PASSWORD, "caf\u{e9} au lait a deux", "caf\u{e9}\u{3000}au lait a deux"];

#[tokio::test]
async fn a_name_and_a_password_are_the_same_on_every_keyboard() {
    let server = TestServer::start_with(|toml| with_jose(&toml)).await;
    for name in NAMES {
        for password in PASSWORDS {
            assert!(signs_in(&server, name, password).await, "{name:?} {password:?}");
        }
    }
    for (name, password) in
        [("jose", PASSWORD), (COMPOSED, "cafe au lait a deux"), (COMPOSED, "CAF\u{c9} au lait a deux"), (COMPOSED, "")]
    {
        assert!(!signs_in(&server, name, password).await, "{name:?} {password:?}");
    }
}

/// However the name is typed, it is one name whose tries are counted (RFC 6749 §10.10).
#[tokio::test]
async fn no_other_spelling_of_a_name_has_tries_of_its_own() {
    let server = TestServer::start_with(|toml| with_jose(&toml)).await;
    for name in NAMES.into_iter().cycle().take(11) {
        let mut person = Person::named(&server, "amy");
        let page = person.opens(&App::public(&server).standalone("openid launch/patient patient/*.rs")).await.page();
        person.submits(&page, &[("username", name), ("password", "guess")]).await;
    }
    for name in NAMES {
        let mut person = Person::named(&server, "amy");
        let page = person.opens(&App::public(&server).standalone("openid launch/patient patient/*.rs")).await.page();
        let answer = person.submits(&page, &[("username", name), ("password", PASSWORD)]).await.end();
        assert_eq!(answer.status, 429, "{name:?}");
    }
}

/// Somebody who was stored before names had one form keeps their item, their password and their `sub`, and so it stays when their file
/// is applied again.
#[tokio::test]
async fn who_was_there_before_signs_in_as_before() {
    let server = TestServer::start().await;
    let store = &server.server.store;
    let clinic = TenantId::parse("clinic").expect("an id");
    let jose = User {
        tenant: clinic.clone(),
        username: DECOMPOSED.to_owned(),
        sub: "sub-of-jose".to_owned(),
        name: "José".to_owned(),
        // A short client secret is hashed of its very characters, as passwords were.
        password: ChosenSecretHash::of_client_secret(PASSWORD).expect("a hash"),
        fhir_server: Some(server.fhir.url.clone()),
        fhir_user: Some(FhirUser::try_from("Patient/amy-shaw".to_owned()).expect("a person")),
        patients: Vec::new(),
    };
    store.write_unraced(vec![Write::overwrite(&jose).expect("an item")]).await.expect("it is written");
    for name in NAMES {
        assert!(signs_in(&server, name, PASSWORD).await, "{name:?}");
    }
    applies(&server).await;
    let found = store.find::<User>(server::store::schema::user(&clinic, DECOMPOSED), server.now()).await;
    let found = found.expect("the table answers").expect("José, where he was");
    assert_eq!((found.sub.as_str(), found.username.to_lowercase()), ("sub-of-jose", DECOMPOSED.to_lowercase()));
    let under_new = store.find::<User>(server::store::schema::user(&clinic, COMPOSED), server.now()).await;
    assert!(under_new.expect("the table answers").is_none(), "there is one of him");
    for name in NAMES {
        assert!(signs_in(&server, name, PASSWORD).await, "{name:?}, after his file was applied");
    }
}
