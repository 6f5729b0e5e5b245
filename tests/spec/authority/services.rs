//! The same of backend services: what they were given for themselves, and their powers over this server.

use super::{applies, authorizer_allows, client_becomes, healthlake_allows, server_becomes, with_roles, without};
use kit::{App, TestServer, app::introspect};
use rules::{
    scope::ScopeSet,
    tenant::{CONFIGURATION_AGE, GrantType},
};
use serde_json::json;

struct Given<'a> {
    server: &'a TestServer,
    /// For the FHIR server.
    records: String,
    /// For this server.
    powers: String,
}

#[derive(Clone, Copy, Debug)]
enum Use {
    Introspected,
    HealthLake,
    Authorizer,
    Introspects,
    Launches,
}

const USES: [Use; 5] = [Use::Introspected, Use::HealthLake, Use::Authorizer, Use::Introspects, Use::Launches];

impl Given<'_> {
    async fn by(server: &TestServer) -> Given<'_> {
        let token = async |scope: &str| {
            let answer = App::backend(server).asks_for_itself(scope).await.json();
            answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
        };
        Given { server, records: token("system/*.rs").await, powers: token("__introspect __launch.create").await }
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
            Use::Launches => {
                let context = json!({ "patient": "amy-shaw" }).to_string();
                let headers = [headers[0], ("content-type", "application/json")];
                let path = "/clinic/launchContext";
                self.server.request(axum::http::Method::POST, path, &headers, context).await.status == 200
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
const TABLE: &[(Fact, [&str; 5])] = &[
    //                            introspected healthlake authorizer introspects launches
    (Fact::Nothing,             ["-",    "-",    "-",    "-",    "-"]),
    (Fact::Disabled,            ["soon", "soon", "soon", "soon", "soon"]),
    (Fact::Removed,             ["soon", "soon", "soon", "soon", "soon"]),
    (Fact::RecordsTaken,        ["soon", "soon", "soon", "-",    "-"]),
    (Fact::PowersTaken,         ["-",    "-",    "-",    "soon", "soon"]),
    (Fact::GrantTypeTaken,      ["soon", "soon", "soon", "soon", "soon"]),
    (Fact::GrantTypeNotOffered, ["soon", "soon", "soon", "soon", "soon"]),
    (Fact::FhirServerRemoved,   ["soon", "soon", "soon", "-",    "-"]),
    (Fact::FhirServerTaken,     ["soon", "soon", "soon", "-",    "soon"]),
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
