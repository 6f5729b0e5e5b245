//! Something beside a password: authenticator apps, recovery codes, passkeys; set up by who has just signed in.

mod amr;
mod app;
mod attacks;
mod enrolment;
mod locked;
mod passkeys;
mod recovery;

use kit::{
    App, Authenticator, Person, TestServer,
    authenticator::Fields,
    browser::{Page, Place},
    server::ISSUER,
};
use rules::{
    credentials::{Credentials, CredentialsId, totp::TotpSecret},
    tenant::TenantId,
    user::User,
};
use serde_json::json;
use server::store::schema;

pub const SCOPE: &str = "openid fhirUser launch/patient patient/*.rs";
pub const OPTIONAL: &str = "second_factor = \"optional\"";
pub const REQUIRED: &str = "second_factor = \"required\"";
pub const WITH_PASSKEYS: &str = "second_factor = \"optional\"\npasskeys = true";

pub async fn with_policy(line: &str) -> TestServer {
    TestServer::start_with(|toml| format!("{toml}\n[policy]\n{line}\n")).await
}

pub fn account() -> String {
    format!("{ISSUER}/account")
}

/// The page of this person's own sign-in.
pub async fn own_page(person: &mut Person<'_>) -> Page {
    person.goes_to(&account(), "current", None).await
}

/// The page with another button pressed.
pub async fn presses(person: &mut Person<'_>, page: &Page, button: &str, fields: &[(&str, &str)]) -> Page {
    person.submits(&page.with("do", button), fields).await.page()
}

/// What an app makes of the page's key.
pub fn scanned(page: &Page) -> TotpSecret {
    let key = page.answer.body.split("id=\"key\">").nth(1).and_then(|rest| rest.split('<').next()).expect("a key");
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0u32, 0);
    for c in key.bytes().filter(u8::is_ascii_alphanumeric) {
        let value = if c.is_ascii_digit() { c - b'2' + 26 } else { c - b'A' };
        (held, bits) = (held << 5 | u32::from(value), bits + 5);
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).expect("a byte"));
        }
    }
    serde_json::from_value(json!(bytes)).expect("a secret")
}

pub fn codes_on(page: &Page) -> Vec<String> {
    let parts = page.answer.body.split("<code>").skip(1);
    parts.filter_map(|rest| rest.split('<').next()).map(str::to_owned).collect()
}

/// Sets up an app on their own page, and reads the recovery codes.
pub async fn with_app(server: &TestServer, username: &str) -> (TotpSecret, Vec<String>) {
    let mut person = Person::named(server, username);
    let page = own_page(&mut person).await;
    let page = presses(&mut person, &page, "add-app", &[]).await;
    let secret = scanned(&page);
    let page = presses(&mut person, &page, "app", &[("code", &secret.code(server.now()))]).await;
    let codes = codes_on(&page);
    assert_eq!(codes.len(), 8, "{}", page.answer.body);
    presses(&mut person, &page, "leave", &[]).await;
    // Another code, from now on.
    server.passes(30);
    (secret, codes)
}

/// Makes a passkey on their own page.
pub async fn with_passkey(server: &TestServer, username: &str) -> Authenticator {
    with_passkey_at(server, &account(), username).await
}

pub async fn with_passkey_at(server: &TestServer, account: &str, username: &str) -> Authenticator {
    let mut person = Person::named(server, username);
    let mut device = Authenticator::new();
    let page = person.goes_to(account, "current", None).await;
    let page = presses(&mut person, &page, "add-passkey", &[]).await;
    let page = presses(&mut person, &page, "passkey", &pairs(&device.creates(&page.passkey_options()))).await;
    assert!(codes_on(&page).len() == 8 || page.asks("current"), "{}", page.answer.body);
    device
}

pub fn pairs(fields: &Fields) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// The page after a right password.
pub async fn after_password<'a>(server: &'a TestServer, username: &str) -> (Person<'a>, Page) {
    let mut person = Person::named(server, username);
    let page = person.opens(&App::public(server).standalone(SCOPE)).await.page();
    let page = person.does(&page, None).await.page();
    (person, page)
}

/// Signs in with what the second page asks for, and gives the id_token's claims.
pub async fn claims_after(server: &TestServer, person: &mut Person<'_>, place: Place) -> serde_json::Value {
    let page = place.page();
    assert!(page.asks("decision"), "{}", page.answer.body);
    let answer = person.does(&page, None).await.app();
    App::public(server).exchanges(&answer.query("code").expect("a code")).await.claims("id_token")
}

/// What the table has of this person.
pub async fn kept(server: &TestServer, username: &str) -> Option<Credentials> {
    let clinic = TenantId::parse("clinic").expect("a tenant");
    let store = &server.server.store;
    let user = store.find::<User>(schema::user(&clinic, username), server.now()).await.expect("the table answers");
    let id = CredentialsId::of(&clinic, &user.expect("a user").sub);
    let found = store.find::<Credentials>(schema::credentials(&clinic, &id), server.now()).await;
    found.expect("the table answers").map(|found| found.value)
}
