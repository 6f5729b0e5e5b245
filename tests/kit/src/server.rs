//! A whole server in this process: the deployed functions' routers, an embedded DynamoDB engine, a clock to turn.

use crate::{audit::Audit, calls::Calls, faults::Faults, fhir::Fhir, outage::Outage, policies, signing_keys};
use admin::{plan::apply, tenant_file};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use aws_sdk_dynamodb::config::retry::RetryConfig;
use axum::Router;
use rules::{
    signing_keys::SigningKeyRecord,
    tenant::{SigningAlg, Tenant},
    time::Timestamp,
};
use server::{
    Clock, Server,
    audit::Trail,
    deadline,
    http::address::Address,
    keys::{outbound::Outbound, signer::Custodian},
    store::{Store, Write},
};
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

pub const BASE: &str = "https://auth.example";
pub const ISSUER: &str = "https://auth.example/clinic";
pub const PASSWORD: &str = "correct horse battery staple";
/// Where visitors come from, unless a test says otherwise.
pub const ADDRESS: &str = "192.0.2.1";
/// Where the clock stands when a server starts.
pub const START: i64 = 1_800_000_000;

pub struct TestServer {
    /// What its URLs begin with.
    pub base: String,
    pub server: Arc<Server>,
    pub router: Router,
    pub fhir: Fhir,
    pub calls: Calls,
    pub audit: Audit,
    pub outage: Outage,
    pub faults: Faults,
    /// Where its visitors come from.
    pub address: Option<Address>,
    clock: Arc<AtomicI64>,
}

impl TestServer {
    /// With the tenants `clinic` and `other` of `tests/fixtures`.
    pub async fn start() -> TestServer {
        TestServer::start_with(|toml| toml).await
    }

    /// The same, with the text of clinic's tenant file changed first.
    pub async fn start_with(change: impl Fn(String) -> String) -> TestServer {
        let fhir = Fhir::start().await;
        let (calls, outage, faults) = (Calls::default(), Outage::default(), Faults::default());
        let endpoint = local::engine::serve_in_memory().await.expect("the engine starts");
        let retry = RetryConfig::standard().with_initial_backoff(Duration::from_millis(1));
        let config = local::engine::config(&endpoint)
            .interceptor(calls.clone())
            .interceptor(outage.clone())
            .interceptor(policies::Iam)
            .http_client(faults.client())
            .retry_config(retry)
            .build();
        let client = aws_sdk_dynamodb::Client::from_conf(config);
        local::engine::create_table(&client).await.expect("the table is made");
        let store = Store::new(client, local::engine::TABLE);
        let clock = Arc::new(AtomicI64::new(START));
        let outbound = Outbound::new().expect("an HTTP client");
        let audit = Audit::default();
        let mut server = Server::new(store, signing_keys::custodian(), outbound, Clock::Set(clock.clone()));
        server.audit = Trail::Memory(audit.0.clone());
        let server = Arc::new(server);
        let clinic = change(include_str!("../../fixtures/clinic.toml").to_owned());
        for (name, text) in
            [("clinic.toml", clinic), ("other.toml", include_str!("../../fixtures/other.toml").to_owned())]
        {
            add_tenant(&server, name, &fill(&text, &fhir.url)).await;
        }
        let router = policies::attributed(local::functions(server.clone()));
        calls.take();
        let (base, address) = (BASE.to_owned(), address(ADDRESS));
        TestServer { base, server, router, fhir, calls, audit, outage, faults, address, clock }
    }

    pub fn now(&self) -> Timestamp {
        Timestamp(self.clock.load(Ordering::SeqCst))
    }

    /// Turns the clock on.
    pub fn passes(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    /// The table can't be reached from now on.
    pub fn loses_its_table(&self) {
        self.outage.cuts_the_line();
    }

    /// The table is back.
    pub fn finds_its_table(&self) {
        self.outage.ends();
    }

    /// How many signatures were made so far.
    pub fn signatures(&self) -> u64 {
        self.server.signer.signatures()
    }

    /// Another instance of the functions on the same table, with a memory of its own.
    pub fn second_instance(&self) -> TestServer {
        self.second_instance_with(signing_keys::custodian())
    }

    /// The same with another keeper of keys.
    pub fn second_instance_with(&self, custodian: Custodian) -> TestServer {
        self.another_instance(self.server.store.clone(), custodian, deadline::USUAL)
    }

    /// The same, of a function that is ended after this time.
    pub fn second_instance_within(&self, longest_request: Duration) -> TestServer {
        self.another_instance(self.server.store.clone(), signing_keys::custodian(), longest_request)
    }

    /// The functions on another table of the same engine.
    pub fn at_table(&self, table: &str) -> TestServer {
        let client = aws_sdk_dynamodb::Client::from_conf(local::engine::config(&self.engine()).build());
        self.another_instance(Store::new(client, table), signing_keys::custodian(), deadline::USUAL)
    }

    /// The engine's address.
    pub fn engine(&self) -> String {
        self.faults.endpoint().expect("the table was asked")
    }

    fn another_instance(&self, store: Store, custodian: Custodian, longest_request: Duration) -> TestServer {
        let outbound = Outbound::new().expect("an HTTP client");
        let clock = Clock::Set(self.clock.clone());
        let mut server = Server::new(store, custodian, outbound, clock);
        server.audit = Trail::Memory(self.audit.0.clone());
        server.longest_request = longest_request;
        let server = Arc::new(server);
        let router = policies::attributed(local::functions(server.clone()));
        TestServer {
            base: self.base.clone(),
            server,
            router,
            fhir: self.fhir.clone(),
            calls: self.calls.clone(),
            audit: self.audit.clone(),
            outage: self.outage.clone(),
            faults: self.faults.clone(),
            address: self.address.clone(),
            clock: self.clock.clone(),
        }
    }

    /// The same server, for visitors from this address.
    pub fn seen_from(&self, ip: &str) -> TestServer {
        TestServer {
            base: self.base.clone(),
            server: self.server.clone(),
            router: self.router.clone(),
            fhir: self.fhir.clone(),
            calls: self.calls.clone(),
            audit: self.audit.clone(),
            outage: self.outage.clone(),
            faults: self.faults.clone(),
            address: address(ip),
            clock: self.clock.clone(),
        }
    }

    /// The operator applies this tenant file; functions go on with what they have in memory.
    pub async fn applies(&self, text: &str) {
        let file = tenant_file::parse("applied.toml", text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        let mut items = file.resolve(&self.base).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        items.tenant.policy.signing_keys = signing_keys::custody().unwrap_or_default();
        let applied = apply(&self.server.store, &signing_keys::maker().await, &items, self.now()).await;
        applied.unwrap_or_else(|error| panic!("{error}"));
    }

    /// The operator applies another tenant file for `clinic`.
    pub async fn tenant_becomes(&self, change: impl FnOnce(&mut Tenant)) {
        let found = self.server.tenant("clinic", self.now()).await.expect("the table").expect("a tenant");
        let mut tenant = found.tenant.clone();
        change(&mut tenant);
        self.server
            .store
            .write_unraced(vec![Write::overwrite(&tenant).expect("an item")])
            .await
            .expect("it is written");
        self.server.forget_configuration();
    }

    /// As functions that have just started: nothing of the configuration is in memory when a request comes.
    #[must_use]
    pub fn forgetful(mut self) -> TestServer {
        let server = self.server.clone();
        self.router = self.router.layer(axum::middleware::map_request(move |request: axum::extract::Request| {
            server.forget_configuration();
            async move { request }
        }));
        self
    }

    /// The kit's actors before a router that is not this process's own, on the server's own time.
    pub fn before(server: Arc<Server>, router: Router, fhir: Fhir) -> TestServer {
        let clock = Arc::new(AtomicI64::new(server.now().0));
        let (calls, audit, outage, faults) = (Calls::default(), Audit::default(), Outage::default(), Faults::default());
        TestServer { base: BASE.to_owned(), address: None, server, router, fhir, calls, audit, outage, faults, clock }
    }
}

fn address(ip: &str) -> Option<Address> {
    Some(Address::of(ip.parse().expect("an IP address")))
}

async fn add_tenant(server: &Server, name: &str, text: &str) {
    let file = tenant_file::parse(name, text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let mut items = file.resolve(BASE).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    items.tenant.policy.signing_keys = signing_keys::custody().unwrap_or_default();
    for key in signing_keys::of(&items.tenant).await {
        let write = Write::overwrite(&SigningKeyRecord { since: server.now(), ..key }).expect("a key is an item");
        server.store.write_unraced(vec![write]).await.expect("the key is written");
    }
    let applied = apply(&server.store, &signing_keys::maker().await, &items, server.now()).await;
    applied.unwrap_or_else(|error| panic!("{error}"));
}

/// The fixture's text with the FHIR server's address, the password's hash and the clients' keys filled in.
pub fn fill(text: &str, fhir: &str) -> String {
    let keys = [
        ("{rs384}", SigningAlg::RS384),
        ("{es384}", SigningAlg::ES384),
        ("{es256}", SigningAlg::ES256),
        ("{ps256}", SigningAlg::PS256),
    ];
    let text = text.replace("{fhir}", fhir).replace("{password}", password_hash());
    // Keys are slow to make.
    keys.iter()
        .filter(|(name, _)| text.contains(name))
        .fold(text.clone(), |text, (name, alg)| text.replace(name, &crate::assertion::jwks(*alg)))
}

/// As strong as the server's own: a weaker one would be renewed at each first sign-in.
fn password_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| Argon2::default().hash_password(PASSWORD.as_bytes()).expect("a hash").to_string())
}

/// `PASSWORD` hashed by an operator's own recipe: memory in KiB, and passes.
pub fn password_hash_of(memory: u32, passes: u32) -> String {
    let params = Params::new(memory, passes, 1, None).expect("what Argon2 knows");
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password(PASSWORD.as_bytes()).expect("a hash").to_string()
}
