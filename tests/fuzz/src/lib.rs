//! What the fuzz targets have in common: a tenant, a client's key, and ways to put a JWT together from parts.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use rules::signing_keys::in_process;
use rules::{
    signing_keys::{Custody, SigningKeyRecord, in_process::InProcessKey},
    tenant::{Issuer, Policy, SigningAlg, Tenant, TenantId, TenantRecord},
    time::Timestamp,
};
use std::sync::OnceLock;

pub const ISSUER: &str = "https://a.example/t";
pub const NOW: Timestamp = Timestamp(1_800_000_000);
/// Short, so that a mutation seldom breaks it and the signature is looked at.
pub const KID: &str = "k";

/// Key pairs of this run alone, each named [`KID`]: no input can hold a signature made by them.
pub fn key(alg: SigningAlg) -> SigningKeyRecord {
    let id = TenantId::parse("t").expect("an id");
    let mut key = in_process::generate(&id, alg, Timestamp(0)).expect("a key");
    key.public.kid = KID.to_owned();
    key
}

/// An issuer with an ES256 key.
pub fn tenant() -> &'static TenantRecord {
    static TENANT: OnceLock<TenantRecord> = OnceLock::new();
    TENANT.get_or_init(|| TenantRecord {
        tenant: Tenant {
            id: TenantId::parse("t").expect("an id"),
            issuer: Issuer::parse(ISSUER).expect("an issuer"),
            name: "T".into(),
            fhir_servers: vec![],
            resources: vec![],
            ehrs: vec![],
            identity_providers: vec![],
            policy: Policy::default(),
            client_documents: None,
            pages: Default::default(),
            docs: None,
            user_access: None,
            roles: vec![],
            origins: Default::default(),
            longest_token_seconds: 3600,
        former_token_seconds: Vec::new(),
        former_grant_seconds: Vec::new(),
        ended: Vec::new(),
        dpop_nonce_key: None,
            refusal_work: Default::default(),
        },
        keys: vec![key(SigningAlg::ES256)],
    })
}

/// The private half.
pub fn pair(key: &SigningKeyRecord) -> InProcessKey {
    let Custody::InTable { pkcs8 } = &key.custody else { panic!("a key in the process") };
    InProcessKey::read(key.alg, &STANDARD.decode(pkcs8).expect("base64")).expect("a key")
}

/// `header.claims`, as they are signed.
pub fn signing_input(header: &[u8], claims: &[u8]) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
}

/// A JWT from its three parts, so that mutations work on JSON and not on base64.
pub fn jwt(header: &[u8], claims: &[u8], signature: &[u8]) -> String {
    format!("{}.{}", signing_input(header, claims), URL_SAFE_NO_PAD.encode(signature))
}

/// Up to three parts of an input, separated by newlines; the last one takes what is left.
pub fn parts(input: &[u8]) -> [&[u8]; 3] {
    let mut parts = input.splitn(3, |byte| *byte == b'\n');
    [(); 3].map(|()| parts.next().unwrap_or_default())
}
