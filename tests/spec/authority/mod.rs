//! What was true when access was given is asked again when it is used: which fact ends which use, and within which time (LIVE-1).

mod operator;
mod providers;
mod services;

pub use operator::{
    applies, applies_to, client_becomes, plan_of, server_becomes, tenant_id, with_roles, without, writes,
};

use authorizer::Authorizer;
use healthlake::{IdentityProvider, IsAuthorized};
use kit::{
    App, Ehr, Person, TestServer, Tokens,
    app::{introspect, tokens},
    browser::{Page, Place},
    server::{BASE, ISSUER},
};
use rules::{
    credentials::Credentials,
    scope::ScopeSet,
    tenant::{AccessOf, CONFIGURATION_AGE, EndedAccess, GrantType, SecondFactor},
    user::User,
};
use serde_json::json;
use server::store::{Write, schema};

const SCOPE: &str = "openid launch/patient offline_access patient/*.rs";

/// Whose record it is all about: an id, and a word of the name.
type Record = (&'static str, &'static str);

const MIA: Record = ("mia-rivera", "Mia");

/// What was given before the world changed.
struct Given<'a> {
    server: &'a TestServer,
    record: Record,
    /// At the consent page of a second request, in the session of the first.
    person: Person<'a>,
    consent: Page,
    code: String,
    offline: Tokens,
    online: Tokens,
    /// Not used yet, made by the EHR.
    handle: String,
}

impl<'a> Given<'a> {
    /// By Rosa, who may open the records of two children.
    async fn by(server: &'a TestServer) -> Given<'a> {
        Given::of(server, Person::named(server, "rosa"), MIA).await
    }

    async fn of(server: &'a TestServer, mut person: Person<'a>, record: Record) -> Given<'a> {
        let app = App::public(server);
        let patient = Some(record.0);
        let offline = app.exchanges(&app.code_from(&mut person, SCOPE, patient).await).await;
        let launch = Ehr::of(server).launches_patient(record.0).await;
        let url = app.with_launch("launch online_access patient/*.rs", &launch);
        let answer = person.goes_through(&url, None).await;
        let online = app.exchanges(&answer.query("code").expect("a code")).await;
        let code = app.code_from(&mut person, SCOPE, patient).await;
        let consent = person.goes_to(&app.standalone(SCOPE), "decision", patient).await;
        let handle = Ehr::of(server).launches_patient(record.0).await;
        Given { server, record, person, consent, code, offline, online, handle }
    }

    /// What is not as this row of a table says, now that the world has changed.
    async fn differences(&mut self, row: &[&str; 12]) -> Vec<String> {
        let mut wrong = Vec::new();
        let cells = || USES.into_iter().zip(row);
        for (what, _) in cells().filter(|(_, when)| **when == "now") {
            if self.serves(what).await {
                wrong.push(format!("{what:?} goes on at once"));
            }
        }
        self.server.passes(CONFIGURATION_AGE);
        for (what, when) in cells().filter(|(_, when)| **when != "now") {
            if self.serves(what).await != (*when == "-") {
                wrong.push(format!("{what:?} should be {when}"));
            }
        }
        wrong
    }

    /// Whether this use still gives what it gave: access to the record, or the person's own page.
    async fn serves(&mut self, what: Use) -> bool {
        let app = App::public(self.server);
        let reads = |scope: &str| scope.contains("patient/");
        match what {
            Use::Page => {
                let reopened = self.person.opens(&self.consent.url.clone()).await;
                matches!(reopened, Place::Page(page) if page.asks("decision") && page.answer.body.contains(self.record.1))
            }
            Use::Way => match self.person.submits(&self.consent, &[("decision", "allow")]).await {
                Place::App(answer) => match answer.query("code") {
                    Some(code) => reads(tokens(app.redeems(&code).await).scope()),
                    None => false,
                },
                Place::Page(_) | Place::End(_) => false,
            },
            Use::Code => {
                let answer = app.redeems(&self.code).await;
                answer.status == 200 && reads(answer.json()["scope"].as_str().unwrap_or_default())
            }
            Use::Refresh | Use::Online => {
                let given = if what == Use::Refresh { &self.offline } else { &self.online };
                let answer = app.sends_refresh(given.refresh_token(), None).await;
                answer.status == 200 && reads(answer.json()["scope"].as_str().unwrap_or_default())
            }
            Use::Introspect => {
                let answer = introspect(self.server, self.offline.access_token()).await;
                answer["active"] == true && reads(answer["scope"].as_str().unwrap_or_default())
            }
            Use::Userinfo => {
                let header = format!("Bearer {}", self.offline.access_token());
                let headers = [("authorization", header.as_str())];
                self.server.request(axum::http::Method::GET, "/clinic/userinfo", &headers, "").await.status == 200
            }
            Use::HealthLake => healthlake_allows(self.server, self.offline.access_token()).await,
            Use::Authorizer => {
                authorizer_allows(
                    self.server,
                    self.offline.access_token(),
                    &format!("Observation?patient={}", self.record.0),
                )
                .await
            }
            Use::Manage | Use::Account => {
                let path = if what == Use::Manage { "manage" } else { "account" };
                match self.person.opens(&format!("{ISSUER}/{path}")).await {
                    Place::Page(page) => !page.asks("password") && !page.answer.body.contains("/provider/"),
                    // With nothing to take away, and nothing to fill in.
                    Place::End(answer) => answer.status == 200,
                    Place::App(_) => false,
                }
            }
            Use::Handle => {
                let url = app.with_launch("launch patient/*.rs", &self.handle);
                // A page to sign in, and no error that the app would hear.
                matches!(Person::named(self.server, "hannah").opens(&url).await, Place::Page(_))
            }
        }
    }
}

async fn healthlake_allows(server: &TestServer, token: &str) -> bool {
    let event = json!({
        "datastoreEndpoint": server.fhir.url, "datastoreId": "f1e2d3c4", "datastoreTypeVersion": "R4",
        "operationName": "SearchWithGet", "bearerToken": token,
    });
    let provider = IdentityProvider::new(server.server.clone(), IsAuthorized::Boolean, Vec::new());
    let Ok(answer) = provider.answers(event).await;
    answer["authPayload"]["isAuthorized"] == true
}

/// A search of the FHIR API behind API Gateway.
async fn authorizer_allows(server: &TestServer, token: &str, search: &str) -> bool {
    let base = &server.fhir.url;
    let authorizer = Authorizer::new(server.server.clone(), &format!("clinic={base}"), true).expect("a good setting");
    let path = base.splitn(4, '/').nth(3).unwrap_or_default();
    let (kind, query) = search.split_once('?').expect("a search");
    let request = json!({
        "version": "2.0", "rawPath": format!("/{path}/{kind}"), "rawQueryString": query,
        "headers": { "authorization": format!("Bearer {token}") },
        "requestContext": { "http": { "method": "GET", "sourceIp": "192.0.2.1" }, "stage": "$default" },
    });
    authorizer.answers(request).await.is_ok_and(|answer| answer["isAuthorized"] == true)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Page,
    Way,
    Code,
    Refresh,
    Online,
    Introspect,
    Userinfo,
    HealthLake,
    Authorizer,
    Manage,
    Account,
    Handle,
}

/// In the order of the table's columns.
const USES: [Use; 12] = [
    Use::Page,
    Use::Way,
    Use::Code,
    Use::Refresh,
    Use::Online,
    Use::Introspect,
    Use::Userinfo,
    Use::HealthLake,
    Use::Authorizer,
    Use::Manage,
    Use::Account,
    Use::Handle,
];

#[derive(Clone, Copy, Debug)]
enum Fact {
    Nothing,
    ClientDisabled,
    ClientRemoved,
    ScopeTaken,
    LastingAccessTaken,
    CodeGrantTaken,
    UserGrantsTaken,
    FhirServerTaken,
    RedirectUriTaken,
    UserRemoved,
    UserErasedByHand,
    PatientTaken,
    FhirUserChanged,
    PasswordChanged,
    FactorsForgotten,
    FactorDemanded,
    LocalSignInOff,
    FhirServerRemoved,
    CodeGrantNotOffered,
    RefreshNotOffered,
    KeysCompromised,
    EhrRemoved,
    SessionEnded,
}

impl Fact {
    async fn happens(self, given: &mut Given<'_>) {
        let server = given.server;
        match self {
            Fact::Nothing => {}
            Fact::ClientDisabled => client_becomes(server, "public-app", |client| client.disabled = true).await,
            Fact::ClientRemoved => {
                applies(server, |toml| without(&toml, "[[clients]]\nclient_id = \"public-app\"")).await
            }
            Fact::ScopeTaken => {
                let all = ScopeSet::parse("openid fhirUser launch launch/patient offline_access online_access").set;
                client_becomes(server, "public-app", move |client| client.scope = all).await;
            }
            Fact::LastingAccessTaken => {
                let rest = ScopeSet::parse("openid launch launch/patient patient/*.rs").set;
                client_becomes(server, "public-app", move |client| client.scope = rest).await;
            }
            Fact::CodeGrantTaken => {
                client_becomes(server, "public-app", |client| {
                    client.grant_types = [GrantType::RefreshToken, GrantType::Password].into()
                })
                .await;
            }
            Fact::FhirServerTaken => {
                client_becomes(server, "public-app", |client| client.fhir_servers = Some([].into())).await;
            }
            Fact::UserGrantsTaken => {
                client_becomes(server, "public-app", |client| {
                    client.grant_types = [GrantType::ClientCredentials].into()
                })
                .await;
            }
            Fact::RedirectUriTaken => client_becomes(server, "public-app", |client| client.redirect_uris.clear()).await,
            Fact::UserRemoved => applies(server, |toml| without(&toml, "[[users]]\nusername = \"rosa\"")).await,
            Fact::UserErasedByHand => {
                let key = schema::user(&tenant_id(server).await, "rosa");
                let found = server.server.store.find::<User>(key, server.now()).await.expect("the table");
                writes(server, Write::delete(&found.expect("rosa"))).await;
            }
            Fact::PatientTaken => applies(server, |toml| toml.replace("\"mia-rivera\", ", "")).await,
            Fact::FhirUserChanged => {
                applies(server, |toml| toml.replace("RelatedPerson/rosa-rivera", "RelatedPerson/somebody-else")).await;
            }
            Fact::PasswordChanged => {
                applies(server, |toml| {
                    let (before, after) = toml.split_once("username = \"rosa\"\n").expect("rosa");
                    let (_, after) = after.split_once('\n').expect("her password");
                    format!("{before}username = \"rosa\"\npassword = \"another of 30 characters at least\"\n{after}")
                })
                .await;
            }
            Fact::FactorsForgotten => {
                let store = &server.server.store;
                let key = schema::user(&tenant_id(server).await, "rosa");
                let rosa = store.find::<User>(key, server.now()).await.expect("the table").expect("rosa");
                let without = Credentials::none_of(&rosa).without_factors();
                writes(server, Write::create(&without).expect("an item")).await;
            }
            Fact::FactorDemanded => {
                server_becomes(server, |tenant| tenant.policy.second_factor = SecondFactor::Required).await;
            }
            Fact::LocalSignInOff => server_becomes(server, |tenant| tenant.policy.local_sign_in = Some(false)).await,
            Fact::FhirServerRemoved => {
                server_becomes(server, |tenant| tenant.fhir_servers[0].url = "https://another.example/r4".into()).await;
            }
            Fact::CodeGrantNotOffered => {
                let offered = |way: &GrantType| *way != GrantType::AuthorizationCode;
                server_becomes(server, |tenant| tenant.policy.grant_types.retain(offered)).await;
            }
            // What `admit keys rotate --compromised` writes: all that was given is over, whatever it is signed with.
            Fact::KeysCompromised => {
                let mark = EndedAccess { whose: AccessOf::Everybody, at: server.now() };
                server_becomes(server, |tenant| tenant.ended.push(mark)).await;
            }
            Fact::RefreshNotOffered => {
                server_becomes(server, |tenant| {
                    tenant.policy.grant_types.retain(|way| *way != GrantType::RefreshToken)
                })
                .await;
            }
            Fact::EhrRemoved => server_becomes(server, |tenant| tenant.ehrs.clear()).await,
            Fact::SessionEnded => {
                let page = given.person.opens(&format!("{BASE}/clinic/logout")).await.page();
                assert_eq!(given.person.submits(&page, &[("sign_out", "yes")]).await.end().status, 200);
            }
        }
    }
}

/// `now`: the next use is refused. `soon`: within the 30 seconds for which functions keep configuration. `-`: it goes on.
#[rustfmt::skip]
const TABLE: &[(Fact, [&str; 12])] = &[
    //                          page    way    code   refresh online introsp userinfo healthl author. manage account handle
    (Fact::Nothing,            ["-",    "-",    "-",    "-",    "-",    "-",    "-",    "-",    "-",    "-",    "-",    "-"]),
    (Fact::ClientDisabled,     ["soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "-",    "-",    "soon"]),
    (Fact::ClientRemoved,      ["soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "-",    "-",    "soon"]),
    (Fact::ScopeTaken,         ["-",    "soon", "soon", "soon", "soon", "soon", "-",    "soon", "soon", "-",    "-",    "-"]),
    (Fact::LastingAccessTaken, ["-",    "-",    "-",    "soon", "soon", "-",    "-",    "-",    "-",    "-",    "-",    "-"]),
    (Fact::CodeGrantTaken,     ["soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "-",    "-",    "soon"]),
    (Fact::FhirServerTaken,    ["soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "-",    "-",    "soon"]),
    (Fact::UserGrantsTaken,    ["soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "-",    "-",    "soon"]),
    (Fact::RedirectUriTaken,   ["soon", "soon", "soon", "-",    "-",    "-",    "-",    "-",    "-",    "-",    "-",    "soon"]),
    (Fact::UserRemoved,        ["now",  "now",  "now",  "now",  "now",  "soon", "soon", "soon", "soon", "now",  "now",  "-"]),
    (Fact::UserErasedByHand,   ["now",  "now",  "now",  "now",  "now",  "-",    "-",    "-",    "-",    "now",  "now",  "-"]),
    (Fact::PatientTaken,       ["now",  "now",  "soon", "now",  "now",  "soon", "soon", "soon", "soon", "-",    "-",    "-"]),
    (Fact::FhirUserChanged,    ["now",  "now",  "soon", "now",  "now",  "soon", "soon", "soon", "soon", "-",    "-",    "-"]),
    (Fact::PasswordChanged,    ["now",  "now",  "-",    "-",    "now",  "-",    "-",    "-",    "-",    "now",  "now",  "-"]),
    (Fact::FactorsForgotten,   ["now",  "now",  "-",    "-",    "now",  "-",    "-",    "-",    "-",    "now",  "now",  "-"]),
    (Fact::FactorDemanded,     ["soon", "soon", "-",    "-",    "soon", "-",    "-",    "-",    "-",    "soon", "soon", "-"]),
    (Fact::LocalSignInOff,     ["soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "-"]),
    (Fact::FhirServerRemoved,  ["soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "-",    "-",    "soon"]),
    (Fact::CodeGrantNotOffered,["soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "-",    "-",    "soon"]),
    (Fact::KeysCompromised,    ["-",    "-",    "soon", "soon", "soon", "soon", "soon", "soon", "soon", "-",    "-",    "-"]),
    (Fact::RefreshNotOffered,  ["-",    "-",    "-",    "soon", "soon", "-",    "-",    "-",    "-",    "-",    "-",    "-"]),
    (Fact::EhrRemoved,         ["-",    "-",    "-",    "-",    "-",    "-",    "-",    "-",    "-",    "-",    "-",    "soon"]),
    (Fact::SessionEnded,       ["now",  "now",  "-",    "-",    "now",  "-",    "-",    "-",    "-",    "now",  "now",  "-"]),
];

#[tokio::test]
async fn what_was_true_when_access_was_given_is_asked_again_when_it_is_used() {
    let mut wrong = Vec::new();
    for (fact, expected) in TABLE {
        let server = TestServer::start_with(|toml| with_roles(&toml)).await;
        let mut given = Given::by(&server).await;
        fact.happens(&mut given).await;
        wrong.extend(given.differences(expected).await.into_iter().map(|what| format!("{fact:?}: {what}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A Lambda that is cut down after the write, or any other way in which the second step is lost: the next apply of the same file
/// revokes what was left.
#[tokio::test]
async fn marks_of_people_end_what_a_killed_command_left_alive() {
    let server = TestServer::start().await;
    let mut given = Given::by(&server).await;
    applies(&server, |toml| without(&toml, "[[users]]\nusername = \"rosa\"")).await;
    let tenant =
        server.server.store.tenant_with_keys(&tenant_id(&server).await, server.now()).await.expect("the table").0;
    assert_eq!(tenant.expect("clinic").ended.len(), 1);
    server.passes(CONFIGURATION_AGE);
    assert!(!given.serves(Use::Introspect).await);
}

/// OpenID Connect Core §2: a `sub` is "never reassigned".
#[tokio::test]
async fn the_next_person_with_a_name_is_somebody_else() {
    let policy = "[policy]\nremember_consent_seconds = 86400\n\n[[fhir_servers]]";
    let remembers = |toml: &str| toml.replacen("[[fhir_servers]]", policy, 1);
    let server = TestServer::start_with(|toml| remembers(&toml)).await;
    let app = App::public(&server);
    let sub = |tokens: &Tokens| tokens.claims("access_token")["sub"].as_str().expect("a sub").to_owned();
    let first = app.gets_tokens("amy", SCOPE, None).await;
    assert_eq!(sub(&first), sub(&app.gets_tokens("amy", SCOPE, None).await), "one person keeps their sub");
    applies(&server, |toml| without(&remembers(&toml), "[[users]]\nusername = \"amy\"")).await;
    server.passes(CONFIGURATION_AGE);
    applies(&server, |toml| remembers(&toml)).await;
    server.passes(CONFIGURATION_AGE);
    // Her yes was not given by this one.
    let mut second = Person::named(&server, "amy");
    let page = second.goes_to(&app.standalone(SCOPE), "decision", None).await;
    let answer = second.submits(&page, &[("decision", "allow")]).await.app();
    let second = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_ne!(sub(&first), sub(&second));
    assert_eq!(app.sends_refresh(first.refresh_token(), None).await.refusal(), "400 invalid_grant");
}
