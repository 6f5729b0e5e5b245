//! The server as it is deployed: each function a process of its own behind a gateway with the template's routes, the table
//! and the keys in an emulator. The kit's actors talk to it as they do to the routers in this process.

use crate::{
    TestServer,
    door::Door,
    fhir::Fhir,
    function::Function,
    gateway_event::{Front, event, response},
    kms::kms,
    ministack::{Ministack, create_table},
    outcome::Outcome,
    server::{BASE, fill},
    signing_keys,
    stack_keys::STACK,
    template::Template,
};
use admin::{plan::apply, tenant_file};
use axum::{Router, body::Body, extract::Request, http::Response};
use rules::{secret::random_text, signing_keys::SigningKeyRecord};
use serde_json::Value;
use server::{
    Clock, Server,
    keys::{make::KeyMaker, outbound::Outbound, signer::Custodian},
    store::{Store, Write},
};
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::Mutex;

pub struct Deployed {
    /// For the kit's actors; its router is the gateway.
    pub server: TestServer,
    pub table: String,
    pub kms: aws_sdk_kms::Client,
    /// What stands between the functions and DynamoDB, and between them and KMS.
    pub dynamodb_door: Door,
    pub kms_door: Door,
    lambda: Arc<Lambda>,
}

/// Starts a function when its first request comes, and keeps it.
struct Lambda {
    variables: Vec<(String, String)>,
    running: Mutex<BTreeMap<String, Arc<Function>>>,
}

impl Deployed {
    /// With the tenant `clinic`, whose keys are in KMS: RS256 for id_tokens, ES256 for access tokens.
    pub async fn start() -> Deployed {
        Deployed::start_with(|toml| toml).await
    }

    /// The same, with the text of the tenant file changed first.
    pub async fn start_with(change: impl Fn(String) -> String) -> Deployed {
        let emulator = Ministack::shared();
        let InTable { server, fhir, table, kms } = InTable::clinic(change).await;
        let (dynamodb_door, kms_door) = (Door::before(emulator.address), Door::before(emulator.address));
        let audit_key = signing_keys::audit_key().await.key;
        let guarded = format!("clinic={}", fhir.url);
        let variables = [
            ("ADMIT_AUDIT", "sealed"),
            ("ADMIT_AUDIT_KEY", audit_key.as_str()),
            ("ADMIT_AUTHORIZER_FOR", &guarded),
            ("ADMIT_TABLE", table.as_str()),
            ("ADMIT_LOG", "trace"),
            ("AWS_ENDPOINT_URL_DYNAMODB", &dynamodb_door.url),
            ("AWS_ENDPOINT_URL_KMS", &kms_door.url),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let lambda = Arc::new(Lambda { variables, running: Mutex::default() });
        let router = gateway(lambda.clone(), Front::HttpApi);
        let server = TestServer::before(server, router, fhir);
        Deployed { server, table, kms, dynamodb_door, kms_door, lambda }
    }

    /// The function's process, started if it is not.
    pub async fn function(&self, name: &str) -> Arc<Function> {
        self.lambda.function(name).await
    }

    /// What its functions find in their environment, beside Lambda's own.
    pub fn variables(&self) -> Vec<(String, String)> {
        self.lambda.variables.clone()
    }

    /// Puts another gateway before the same functions.
    #[must_use]
    pub fn behind(mut self, front: Front) -> Deployed {
        self.server.router = gateway(self.lambda.clone(), front);
        self
    }

    /// A process of this function with these variables besides its own.
    pub async fn another(&self, name: &str, more: &[(&str, &str)]) -> Function {
        let own = self.lambda.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let variables: Vec<(&str, &str)> = own.chain([("ADMIT_STACK", STACK)]).chain(more.iter().copied()).collect();
        Function::start(name, &variables).await
    }

    /// What all the functions have printed until now.
    pub async fn printed(&self) -> String {
        self.lambda.running.lock().await.values().map(|function| function.output()).collect()
    }

    /// Ends all the functions, and gives everything they have printed.
    pub async fn ends(self) -> String {
        let running = self.lambda.running.lock().await;
        running.values().map(|function| function.ends()).collect()
    }

    /// Writes the key into the table, over the one of the same `kid`.
    pub async fn keeps(&self, key: &SigningKeyRecord) {
        let write = Write::overwrite(key).expect("a key is an item");
        self.server.server.store.write_unraced(vec![write]).await.expect("the key is written");
    }
}

/// The tenant `clinic` in a table of the emulator, for functions that run somewhere else.
pub struct InTable {
    pub server: Arc<Server>,
    pub fhir: Fhir,
    pub table: String,
    pub kms: aws_sdk_kms::Client,
}

impl InTable {
    pub async fn clinic(change: impl Fn(String) -> String) -> InTable {
        let url = format!("http://{}", Ministack::shared().address);
        let dynamodb = aws_sdk_dynamodb::Client::from_conf(local::engine::config(&url).build());
        let kms = kms(&url);
        let table = format!("admit-{}", random_text::<6>());
        create_table(&dynamodb, &table).await;
        let store = Store::new(dynamodb, &table);
        let outbound = Outbound::new().expect("an HTTP client");
        let server = Arc::new(Server::new(store, Custodian::Kms(kms.clone()), outbound, Clock::System));
        let fhir = Fhir::start().await;
        signing_keys::audit_key()
            .await
            .publish(&server.store, server.now())
            .await
            .expect("the table has the audit key");
        add_clinic(&server, &kms, &fill(&change(include_str!("../../fixtures/clinic.toml").to_owned()), &fhir.url))
            .await;
        InTable { server, fhir, table, kms }
    }
}

async fn add_clinic(server: &Server, kms: &aws_sdk_kms::Client, text: &str) {
    let file = tenant_file::parse("clinic.toml", text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let items = file.resolve(BASE).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let maker = KeyMaker::Kms { client: kms.clone(), stack: Some(STACK.to_owned()), sealing_key: None };
    apply(&server.store, &maker, &items, server.now()).await.unwrap_or_else(|error| panic!("{error}"));
}

impl Lambda {
    async fn function(&self, name: &str) -> Arc<Function> {
        let mut running = self.running.lock().await;
        if let Some(function) = running.get(name) {
            return function.clone();
        }
        let mut variables: Vec<(&str, &str)> = self.variables.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        // The template names it to the one function that seals.
        let sealing_key = if name == "rotate-keys" { signing_keys::sealing_key().await } else { String::new() };
        if !sealing_key.is_empty() {
            variables.push(("ADMIT_SEALING_KEY", &sealing_key));
            variables.push(("ADMIT_STACK", STACK));
        }
        let function = Arc::new(Function::start(name, &variables).await);
        running.insert(name.to_owned(), function.clone());
        function
    }
}

fn gateway(lambda: Arc<Lambda>, front: Front) -> Router {
    Router::new().fallback(move |request: Request| {
        let lambda = lambda.clone();
        async move { pass_on(&lambda, front, request).await }
    })
}

async fn pass_on(lambda: &Lambda, front: Front, request: Request) -> Response<Body> {
    let Some(function) = Template::of_the_stack().function_for(request.uri().path()) else {
        return response(&serde_json::json!({ "statusCode": 404, "body": "{\"message\":\"Not Found\"}" }));
    };
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("the body is whole");
    response(&answered(lambda.function(&function.binary).await.invoke(&event(front, &parts, &body)).await))
}

/// The answer, where nothing else would do.
pub fn answered(outcome: Outcome) -> Value {
    match outcome {
        Outcome::Answer(answer) => answer,
        other => panic!("the function did not answer: {other:?}"),
    }
}
