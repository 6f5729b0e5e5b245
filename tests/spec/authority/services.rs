//! The same of backend services: what they were given for themselves, and their powers over this server.

use super::{applies, authorizer_allows, client_becomes, healthlake_allows, server_becomes, with_roles, without};
use kit::{Answer, App, Person, TestServer, app::introspect, browser::Place};
use rules::{
    scope::ScopeSet,
    tenant::{AccessOf, AuthenticationMethod, CONFIGURATION_AGE, EndedAccess, GrantType},
};
use serde_json::json;

struct Given<'a> {
    server: &'a TestServer,
    /// For the FHIR server.
    records: String,
    /// For this server.
    powers: String,
    /// Of a launch that it made, and that no app has come with yet.
    handle: String,
}

#[derive(Clone, Copy, Debug)]
enum Use {
    Introspected,
    HealthLake,
    Authorizer,
    Introspects,
    Launches,
    Handle,
}

const USES: [Use; 6] =
    [Use::Introspected, Use::HealthLake, Use::Authorizer, Use::Introspects, Use::Launches, Use::Handle];

impl Given<'_> {
    async fn by(server: &TestServer) -> Given<'_> {
        let token = async |scope: &str| {
            let answer = App::backend(server).asks_for_itself(scope).await.json();
            answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
        };
        let (records, powers) = (token("system/*.rs").await, token("__introspect __launch.create").await);
        let mut given = Given { server, records, powers, handle: String::new() };
        given.handle = given.launches().await.json()["launch"].as_str().expect("a handle").to_owned();
        given
    }

    async fn launches(&self) -> Answer {
        let (bearer, context) = (format!("Bearer {}", self.powers), json!({ "patient": "amy-shaw" }).to_string());
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        self.server.request(axum::http::Method::POST, "/clinic/launchContext", &headers, context).await
    }

    async fn serves(&self, what: Use) -> bool {
        let bearer = format!("Bearer {}", self.powers);
        let headers = [("authorization", bearer.as_str())];
        match what {
            Use::Introspected => {
                let answer = introspect(self.server, &self.records).await;
                answer["active"] == true && answer["scope"] == "system/*.rs"
            }
            Use::HealthLake => healthlake_allows(self.server, &self.records).await,
            Use::Authorizer => authorizer_allows(self.server, &self.records, "Patient?name=x").await,
            Use::Introspects => {
                let form = [("token", self.records.as_str())];
                self.server.post("/clinic/introspect", &form, &headers).await.status == 200
            }
            Use::Launches => self.launches().await.status == 200,
            Use::Handle => {
                let url = App::public(self.server).with_launch("launch patient/*.rs", &self.handle);
                matches!(Person::named(self.server, "hannah").opens(&url).await, Place::Page(_))
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Fact {
    Nothing,
    Disabled,
    Removed,
    RecordsTaken,
    PowersTaken,
    GrantTypeTaken,
    GrantTypeNotOffered,
    MethodNotOffered,
    KeysCompromised,
    FhirServerRemoved,
    FhirServerTaken,
}

impl Fact {
    async fn happens(self, server: &TestServer) {
        let scope = |text: &str| ScopeSet::parse(text).set;
        match self {
            Fact::Nothing => {}
            Fact::Disabled => client_becomes(server, "backend", |client| client.disabled = true).await,
            Fact::Removed => applies(server, |toml| without(&toml, "[[clients]]\nclient_id = \"backend\"")).await,
            Fact::RecordsTaken => {
                let rest = scope("system/Goal.c __introspect __launch.create");
                client_becomes(server, "backend", |client| client.scope = rest).await;
            }
            Fact::PowersTaken => client_becomes(server, "backend", |client| client.scope = scope("system/*.rs")).await,
            Fact::GrantTypeTaken => client_becomes(server, "backend", |client| client.grant_types.clear()).await,
            Fact::GrantTypeNotOffered => {
                let offered = |way: &GrantType| *way != GrantType::ClientCredentials;
                server_becomes(server, |tenant| tenant.policy.grant_types.retain(offered)).await;
            }
            Fact::MethodNotOffered => {
                let offered = |method: &AuthenticationMethod| *method != AuthenticationMethod::PrivateKeyJwt;
                server_becomes(server, |tenant| tenant.policy.client_authentication_methods.retain(offered)).await;
            }
            Fact::KeysCompromised => {
                let mark = EndedAccess { whose: AccessOf::Everybody, at: server.now() };
                server_becomes(server, |tenant| tenant.ended.push(mark)).await;
            }
            Fact::FhirServerRemoved => {
                server_becomes(server, |tenant| tenant.fhir_servers[0].url = "https://another.example/r4".into()).await;
            }
            Fact::FhirServerTaken => {
                let none = Some(Default::default());
                client_becomes(server, "backend", |client| client.fhir_servers = none).await;
            }
        }
    }
}

/// `soon`: within the 30 seconds for which functions keep configuration. `-`: it goes on.
#[rustfmt::skip]
const TABLE: &[(Fact, [&str; 6])] = &[
    //                            introspected healthlake authorizer introspects launches handle
    (Fact::Nothing,             ["-",    "-",    "-",    "-",    "-",    "-"]),
    (Fact::Disabled,            ["soon", "soon", "soon", "soon", "soon", "soon"]),
    (Fact::Removed,             ["soon", "soon", "soon", "soon", "soon", "soon"]),
    (Fact::RecordsTaken,        ["soon", "soon", "soon", "-",    "-",    "-"]),
    (Fact::PowersTaken,         ["-",    "-",    "-",    "soon", "soon", "soon"]),
    (Fact::GrantTypeTaken,      ["soon", "soon", "soon", "soon", "soon", "soon"]),
    (Fact::GrantTypeNotOffered, ["soon", "soon", "soon", "soon", "soon", "soon"]),
    (Fact::MethodNotOffered,    ["soon", "soon", "soon", "soon", "soon", "soon"]),
    (Fact::KeysCompromised,     ["soon", "soon", "soon", "soon", "soon", "-"]),
    (Fact::FhirServerRemoved,   ["soon", "soon", "soon", "-",    "-",    "soon"]),
    (Fact::FhirServerTaken,     ["soon", "soon", "soon", "-",    "soon", "soon"]),
];

#[tokio::test]
async fn what_was_true_when_a_service_got_its_token_is_asked_again_when_it_is_used() {
    let mut wrong = Vec::new();
    for (fact, expected) in TABLE {
        let server = TestServer::start_with(|toml| with_roles(&toml)).await;
        let given = Given::by(&server).await;
        fact.happens(&server).await;
        server.passes(CONFIGURATION_AGE);
        for (what, when) in USES.into_iter().zip(expected) {
            if given.serves(what).await != (*when == "-") {
                wrong.push(format!("{fact:?}: {what:?} should be {when}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
