//! One clinic for all tests here: its tenant, an app, a backend service, a person. A test changes what it is about.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use rules::{
    client::{Client, ClientAuthentication, own},
    credentials::Credentials,
    hash_work::HashWork,
    secret::{ChosenSecretHash, SecretHash},
    signed_in::SignedIn,
    signing_keys::{
        Custody, SigningKeyRecord,
        in_process::{InProcessKey, generate},
    },
    tenant::{FhirServer, GrantType, Issuer, Policy, SigningAlg, Tenant, TenantId},
    time::Timestamp,
    user::{FhirUser, FhirUserType, User},
};
use serde_json::Value;

pub const NOW: Timestamp = Timestamp(1_800_000_000);
pub const ISSUER: &str = "https://auth.example/clinic";
pub const FHIR: &str = "https://fhir.example/r4";
/// As long as a generated one, so that its hash costs nothing.
pub const LONG_SECRET: &str = "a-generated-secret-of-43-characters-and-so-on";

pub fn tenant() -> Tenant {
    Tenant {
        hti: None,
        id: TenantId::parse("clinic").unwrap(),
        issuer: Issuer::parse(ISSUER).unwrap(),
        name: "Test Clinic".into(),
        fhir_servers: vec![fhir_server(FHIR)],
        resources: Vec::new(),
        ehrs: Vec::new(),
        identity_providers: Vec::new(),
        policy: Policy::default(),
        client_documents: None,
        b2b: Default::default(),
        pages: Default::default(),
        docs: None,
        user_access: None,
        roles: Vec::new(),
        origins: Default::default(),
        longest_token_seconds: 3600,
        former_token_seconds: Vec::new(),
        former_grant_seconds: Vec::new(),
        ended: Vec::new(),
        dpop_nonce_key: None,
        refusal_work: HashWork::default(),
    }
}

pub fn fhir_server(url: &str) -> FhirServer {
    FhirServer {
        name: "fhir".into(),
        url: url.into(),
        fhir_version: "4.0.1".into(),
        secrets: Vec::new(),
        healthlake: None,
        dpop: Default::default(),
    }
}

/// A public app that may refresh.
pub fn app() -> Client {
    Client {
        client_id: "app".into(),
        grant_types: [GrantType::AuthorizationCode, GrantType::RefreshToken].into(),
        scope: "openid fhirUser offline_access online_access launch/patient patient/*.rs".parse_set(),
        ..own::management(&tenant())
    }
}

/// A service that proves itself by a secret.
pub fn backend() -> Client {
    Client {
        client_id: "backend".into(),
        grant_types: [GrantType::ClientCredentials].into(),
        authentication: ClientAuthentication::ClientSecretBasic { secrets: vec![hash(LONG_SECRET)] },
        ..app()
    }
}

/// A patient.
pub fn amy() -> User {
    User {
        tenant: tenant().id,
        username: "amy".into(),
        sub: "sub-of-amy".into(),
        name: "Amy Shaw".into(),
        password: hash(LONG_SECRET),
        fhir_server: Some(FHIR.into()),
        fhir_user: Some(FhirUser { resource: FhirUserType::Patient, id: "amy-shaw".into() }),
        patients: Vec::new(),
    }
}

/// They have just typed their password.
pub fn signed_in(user: &User) -> SignedIn {
    SignedIn::by_password(user, &Credentials::none_of(user), &tenant(), NOW)
}

pub fn hash(secret: &str) -> ChosenSecretHash {
    ChosenSecretHash::Sha256(SecretHash::of(secret))
}

pub fn key(alg: SigningAlg) -> SigningKeyRecord {
    generate(&tenant().id, alg, NOW).unwrap()
}

/// A JWT that this key has signed, whatever it says.
pub fn signed(key: &SigningKeyRecord, header: &Value, claims: &Value) -> String {
    let encoded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let input = format!("{}.{}", encoded(header), encoded(claims));
    let Custody::InTable { pkcs8 } = &key.custody else { panic!("a key in this process") };
    let pair = InProcessKey::read(key.alg, &STANDARD.decode(pkcs8).unwrap()).unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(pair.sign(input.as_bytes()).unwrap()))
}

pub trait ParseSet {
    /// A set in which every piece is a scope.
    fn parse_set(&self) -> rules::scope::ScopeSet;
}

impl ParseSet for str {
    fn parse_set(&self) -> rules::scope::ScopeSet {
        rules::scope::ScopeSet::strict(self).unwrap()
    }
}
