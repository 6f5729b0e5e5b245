//! What the rules cost by themselves: scopes, client assertions, signatures; beside each, the bare cryptography in it.

#![expect(clippy::expect_used, reason = "a bench that fails should say where")]

mod floor;

use criterion::{Criterion, criterion_group, criterion_main};
use floor::Floor;
use kit::{Assertion, TestServer, assertion, server::ISSUER};
use rules::{
    client::private_key_jwt,
    jwk::KeySet,
    jws::{TokenKind, UnverifiedJws},
    scope::{ScopeSet, narrow},
    tenant::{Profile, SigningAlg, TenantRecord},
};
use serde_json::json;
use std::{hint::black_box, sync::Arc, time::Duration};
use tokio::runtime::Runtime;

/// What the fixtures' public app may ask for.
const ALLOWED: &str = "openid fhirUser profile launch launch/patient launch/encounter offline_access online_access \
    patient/*.cruds user/*.cruds system/*.rs";

/// What a certification test asks for.
const USUAL: &str = "openid fhirUser offline_access launch/patient patient/Condition.rs patient/Observation.rs \
    patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory \
    patient/Patient.r patient/MedicationRequest.rs user/*.read";

fn scopes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("scope");
    let many: String = (0..2000).map(|n| format!("patient/Observation.rs?code={n} ")).collect();
    let allowed = ScopeSet::strict(ALLOWED).expect("scopes");
    for (name, text) in [("usual", USUAL), ("two_thousand", &many)] {
        group.bench_function(format!("parse/{name}"), |bencher| bencher.iter(|| ScopeSet::parse(black_box(text))));
        let asked = ScopeSet::parse(text).set;
        group.bench_function(format!("narrow/{name}"), |bencher| bencher.iter(|| narrow(black_box(&asked), &allowed)));
    }
}

fn assertions(criterion: &mut Criterion) {
    let (_runtime, tenant, now) = clinic();
    let mut group = criterion.benchmark_group("assertion");
    for alg in [SigningAlg::RS384, SigningAlg::ES384] {
        let text = Assertion::new(alg, "app", &format!("{ISSUER}/token"), now.0).sign();
        let keys = KeySet::of(vec![assertion::key(alg).public.clone()]);
        let addressee =
            rules::client::assertion_audience::Addressee { tenant: &tenant, endpoint: ISSUER, profile: Profile::Smart };
        group.bench_function(format!("verify/{}", alg.as_str()), |bencher| {
            bencher.iter(|| {
                let jws = UnverifiedJws::parse(black_box(&text)).expect("a JWS");
                private_key_jwt::verify(&jws, "app", None, &keys, &addressee, now).expect("a good assertion")
            });
        });
        let floor = Floor::of(alg);
        group.bench_function(format!("floor/{}", alg.as_str()), |bencher| bencher.iter(|| floor.verify()));
    }
}

fn signatures(criterion: &mut Criterion) {
    let (runtime, tenant, _) = clinic();
    let mut group = criterion.benchmark_group("sign");
    let claims = json!({ "iss": ISSUER, "sub": "s", "aud": "https://fhir.example", "client_id": "app", "exp": 1,
        "iat": 1, "jti": "1234567890123456789012", "scope": USUAL, "patient": "amy-shaw" });
    let server = runtime.block_on(TestServer::start()).server;
    for (kind, alg) in [(TokenKind::IdToken, SigningAlg::RS256), (TokenKind::AccessToken, SigningAlg::ES256)] {
        group.bench_function(format!("jwt/{}", alg.as_str()), |bencher| {
            bencher
                .to_async(&runtime)
                .iter(|| async { server.signer.sign(&tenant, kind, black_box(&claims)).await.expect("a token") });
        });
        let floor = Floor::of(alg);
        group.bench_function(format!("floor/{}", alg.as_str()), |bencher| bencher.iter(|| floor.sign()));
    }
}

fn clinic() -> (Runtime, Arc<TenantRecord>, rules::time::Timestamp) {
    let runtime = Runtime::new().expect("a runtime");
    let (tenant, now) = runtime.block_on(async {
        let server = TestServer::start().await;
        let tenant = server.server.tenant("clinic", server.now()).await.expect("the table answers");
        (tenant.expect("clinic"), server.now())
    });
    (runtime, tenant, now)
}

criterion_group! {
    name = rules;
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = scopes, assertions, signatures
}
criterion_main!(rules);
