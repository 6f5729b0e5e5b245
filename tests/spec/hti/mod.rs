//! A portal launches a module with an HTI token: who may sign in, where, and what the module learns (TOP-KT-007).

mod asked;
mod introspected;
mod once;
mod paths;
mod person;
mod providers;
mod switched;
mod tokens;
mod trail;
mod way;

use kit::{
    Answer, App, Assertion, Person, Provider, TestServer,
    app::{Pairs, authorize_url, with},
    assertion::jwks,
    browser::Place,
};
use rules::tenant::SigningAlg;
use serde_json::{Value, json};

const SCOPE: &str = "launch openid fhirUser";
const PORTAL: &str = "portal";
/// What the portal signs with.
const ALG: SigningAlg = SigningAlg::RS384;
/// `system|value` of the clinician at the FHIR server.
const SYSTEM: &str = "https://clinic.example/employees";

/// What the file says beside the fixtures: the portal, the module, the provider, and who signs in where.
struct Domain {
    provider: Provider,
    server: TestServer,
}

fn module_of(toml: &str) -> String {
    toml.replacen(
        "client_name = \"Elliptic App\"\n",
        "client_name = \"Elliptic App\"\naccess_token_format = \"noop\"\n",
        1,
    )
}

fn portal() -> String {
    format!(
        "[[clients]]\nclient_id = \"{PORTAL}\"\nclient_name = \"Portal\"\ntoken_endpoint_auth_method = \
         \"private_key_jwt\"\njwks = {}\ngrant_types = [\"client_credentials\"]\nscope = \"system/Task.cru\"\nmay_launch \
         = true\n",
        jwks(ALG)
    )
}

fn hti() -> String {
    let way = |kind: &str| {
        format!("[[hti.sign_in]]\nuser_type = \"{kind}\"\nprovider = \"idp\"\nidentifier = \"{SYSTEM}|{{employee}}\"\n")
    };
    format!("[hti]\ndevice = \"admit\"\n{}{}{}", way("Practitioner"), way("Patient"), way("RelatedPerson"))
}

impl Domain {
    async fn start() -> Domain {
        Domain::start_with(|toml| toml).await
    }

    /// With another tenant file.
    async fn start_with(change: impl Fn(String) -> String) -> Domain {
        let provider = Provider::start().await;
        let idp = provider.in_tenant_file("idp", "token_endpoint_auth_method = \"none\"");
        let more = format!("{}{}{idp}\n[policy]\nloopback_key_sets = true\n", hti(), portal());
        let server = TestServer::start_with(|toml| change(format!("{}\n{more}", module_of(&toml)))).await;
        server.fhir.answers_at("/Practitioner/hannah-patel", 200, hannah().to_string());
        Domain { provider, server }
    }

    fn module(&self) -> App<'_> {
        App::asymmetric(&self.server, SigningAlg::ES384)
    }

    /// A good token for the module.
    fn token(&self) -> Assertion {
        let now = self.server.now().0;
        Assertion::new(ALG, PORTAL, "Device/es384-app", now)
            .with_claim("sub", json!("Practitioner/hannah-patel"))
            .with_claim("resource", json!("Task/7"))
            .with_claim("definition", json!("ActivityDefinition/9"))
            .with_claim("hti-version", json!("2.0"))
    }

    /// The module's request with this token as `launch`.
    fn request(&self, token: &str) -> Pairs {
        with(self.module().request(SCOPE), "launch", Some(token))
    }

    fn browser(&self) -> Person<'_> {
        Person::named(&self.server, "nobody")
    }

    /// Where this token leads a browser.
    async fn opens(&self, token: &str) -> Place {
        self.browser().opens(&authorize_url(&self.request(token))).await
    }

    /// The same, where the app hears an error.
    async fn error(&self, token: &str) -> String {
        error(self.opens(token).await)
    }

    /// To the provider and back: the answer that the module gets.
    async fn ends(&self, browser: &mut Person<'_>, token: &str, claims: Value) -> Place {
        let back = self.back(browser, token, claims).await;
        browser.opens(&back).await
    }

    /// To the provider, and the address by which it sends the browser back.
    async fn back(&self, browser: &mut Person<'_>, token: &str, claims: Value) -> String {
        let there = browser.opens(&authorize_url(&self.request(token))).await.app();
        self.provider.signs_in(there.location(), claims, self.server.now().0)
    }

    /// The answer of the token endpoint after all of that.
    async fn launched(&self, token: &Assertion, claims: Value) -> Answer {
        let place = self.ends(&mut self.browser(), &token.sign(), claims).await;
        self.module().redeems(&code(place)).await
    }
}

fn hannah() -> Value {
    json!({ "resourceType": "Practitioner", "id": "hannah-patel", "active": true,
            "identifier": [{ "system": SYSTEM, "value": "staff-4711" }] })
}

/// What the provider says of the clinician.
fn claims() -> Value {
    json!({ "sub": "0a1b", "name": "Hannah", "employee": "staff-4711" })
}

fn code(place: Place) -> String {
    let answer = place.app();
    answer.query("code").unwrap_or_else(|| panic!("no code: {}", answer.location()))
}

fn error(place: Place) -> String {
    let answer = place.app();
    answer.query("error").unwrap_or_else(|| panic!("no error: {}", answer.location()))
}
