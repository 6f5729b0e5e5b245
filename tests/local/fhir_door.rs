//! The FHIR server's door: which bearer tokens open it, and how far.

use axum::{body::Body, http::Method};
use kit::{
    Answer, App, Person, TestServer,
    dpop::{DpopKey, DpopProof},
    operator::Folder,
};
use local::options::Options;
use rules::{
    dpop::{Confirmation, NonceFor, Thumbprint},
    jws::TokenKind,
    scope::ScopeSet,
    secret::Secret,
    tenant::TenantRecord,
    token::AccessTokenClaims,
};
use serde_json::json;
use server::store::{Write, schema::RevokedAccessToken};
use std::sync::Arc;

/// The local server at its FHIR door.
struct Door(TestServer);

impl Door {
    async fn open() -> Door {
        Door(TestServer::local().await)
    }

    async fn tenant(&self, name: &str) -> Arc<TenantRecord> {
        let server = &self.0.server;
        server.tenant(name, server.now()).await.unwrap().unwrap()
    }

    fn fhir(&self) -> String {
        self.0.fhir.url.clone()
    }

    /// A backend token of riverside for its FHIR server; tests change one claim.
    async fn claims(&self, scope: &str) -> AccessTokenClaims {
        let (tenant, scope) = (self.tenant("riverside").await, ScopeSet::strict(scope).unwrap());
        AccessTokenClaims::of_client(&tenant, "backend-service", &self.fhir(), &scope, 300, self.0.server.now())
    }

    async fn token(&self, tenant: &str, claims: &AccessTokenClaims) -> Secret {
        self.0.server.signer.sign(&*self.tenant(tenant).await, TokenKind::AccessToken, claims).await.unwrap()
    }

    async fn reads(&self, path: &str, token: Option<&str>) -> Answer {
        let url = format!("{}/{path}", self.fhir());
        match token {
            Some(token) => self.0.get_with(token, &url).await,
            None => self.0.get(&url).await,
        }
    }

    async fn reads_amy_with(&self, claims: &AccessTokenClaims) -> Answer {
        let token = self.token("riverside", claims).await;
        self.reads("Patient/amy-shaw", Some(token.expose())).await
    }
}

fn challenge(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.header("www-authenticate").unwrap())
}

impl Door {
    /// How each challenge ends (PRM-4).
    fn resource_metadata(&self) -> String {
        format!("resource_metadata=\"{}/.well-known/oauth-protected-resource/riverside/fhir\"", self.0.base)
    }
}

/// RFC 6750 §3.1, RFC 9728 §5.1; PRM-5.
#[tokio::test]
async fn without_a_token_a_challenge_says_what_to_ask_for_and_where_and_a_bad_one_is_invalid() {
    let door = Door::open().await;
    let metadata = door.resource_metadata();
    let first = format!("Bearer scope=\"patient/*.rs\", {metadata}");
    assert_eq!(challenge(&door.reads("Patient/amy-shaw", None).await), (401, first.as_str()));
    let good = door.token("riverside", &door.claims("system/*.rs").await).await;
    let (url, bearer) = (format!("{}/Patient/amy-shaw", door.fhir()), format!("Bearer {}", good.expose()));
    // In other ways than the header, twice, or by another scheme, no token has come.
    for (path, headers) in [
        (format!("{url}?access_token={}", good.expose()), &[][..]),
        (url.clone(), &[("authorization", "Basic YTpi")]),
        (url.clone(), &[("authorization", "DPoP x")]),
        (url.clone(), &[("authorization", bearer.as_str()), ("authorization", bearer.as_str())]),
    ] {
        let answer = door.0.request(Method::GET, &path, headers, Body::empty()).await;
        assert_eq!(challenge(&answer), (401, first.as_str()), "{headers:?}");
    }
    for bad in ["x", "a.b.c", "at_x"] {
        let answer = door.reads("Patient/amy-shaw", Some(bad)).await;
        let expected = format!("Bearer error=\"invalid_token\", {metadata}");
        assert_eq!(challenge(&answer), (401, expected.as_str()), "{bad}");
    }
}

/// PRM-6: with what the challenge names, the next token is enough.
#[tokio::test]
async fn a_403_names_all_the_scopes_that_the_request_needs_and_where_to_get_them() {
    let door = Door::open().await;
    let metadata = door.resource_metadata();
    for (path, needed) in [
        ("Condition?patient=amy-shaw", "system/Condition.s"),
        ("Condition/anything", "system/Condition.r"),
        ("Patient?_revinclude=Observation:subject", "system/Observation.r system/Patient.s"),
        ("Observation?subject:Patient.name=Shaw", "system/Observation.s system/Patient.r"),
        ("Patient?_has:Observation:patient:code=x", "system/Observation.r system/Patient.s"),
    ] {
        let too_little = door.token("riverside", &door.claims("system/Medication.r").await).await;
        let answer = door.reads(path, Some(too_little.expose())).await;
        let expected = format!("Bearer error=\"insufficient_scope\", scope=\"{needed}\", {metadata}");
        assert_eq!(challenge(&answer), (403, expected.as_str()), "{path}");
        let enough = door.token("riverside", &door.claims(needed).await).await;
        assert_ne!(door.reads(path, Some(enough.expose())).await.status, 403, "{path}");
    }
}

/// PRM-6: a transaction fails as a whole, and needs what its entries need; no more.
#[tokio::test]
async fn a_403_for_a_bundle_names_what_its_entries_need() {
    let door = Door::open().await;
    let token = door.token("riverside", &door.claims("system/Medication.r").await).await;
    let bearer = format!("Bearer {}", token.expose());
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/fhir+json")];
    let entry = |method: &str, url: &str| json!({ "request": { "method": method, "url": url } });
    let entries = [
        entry("GET", "Patient/amy-shaw"),
        entry("GET", "Patient?_revinclude=Observation:subject"),
        entry("DELETE", "Condition/x"),
    ];
    let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries }).to_string();
    let answer = door.0.request(Method::POST, &door.fhir(), &headers, Body::from(bundle)).await;
    let needed = "system/Condition.d system/Observation.r system/Patient.rs";
    let expected = format!("Bearer error=\"insufficient_scope\", scope=\"{needed}\", {}", door.resource_metadata());
    assert_eq!(challenge(&answer), (403, expected.as_str()), "{}", answer.body);
}

/// Another scope would not help: nobody is sent for one.
#[tokio::test]
async fn a_403_for_anothers_record_asks_for_no_other_scope() {
    let door = Door::open().await;
    let app = App::sample(&door.0);
    let mut amy = Person::named(&door.0, "amy");
    amy.password = "demo-amy".to_owned();
    let code = app.code_from(&mut amy, "launch/patient patient/Observation.c", None).await;
    let tokens = app.exchanges(&code).await;
    let bearer = format!("Bearer {}", tokens.access_token());
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/fhir+json")];
    for (patient, status) in [("amy-shaw", 201), ("leo-shaw", 403)] {
        let subject = json!({ "reference": format!("Patient/{patient}") });
        let body =
            json!({ "resourceType": "Observation", "status": "final", "code": { "text": "x" }, "subject": subject });
        let url = format!("{}/Observation", door.fhir());
        let answer = door.0.request(Method::POST, &url, &headers, Body::from(body.to_string())).await;
        let told = (status == 403).then(|| format!("Bearer {}", door.resource_metadata()));
        assert_eq!((answer.status, answer.header("www-authenticate")), (status, told.as_deref()), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_good_token_reads_what_its_scope_says_and_nothing_else() {
    let door = Door::open().await;
    let claims = door.claims("system/Patient.r").await;
    let answer = door.reads_amy_with(&claims).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["id"], "amy-shaw");
    let token = door.token("riverside", &claims).await;
    for refused in ["Patient?name=shaw", "Condition?patient=amy-shaw"] {
        assert_eq!(door.reads(refused, Some(token.expose())).await.status, 403, "{refused}");
    }
}

/// TOK-16: another audience, too late, another tenant, revoked.
#[tokio::test]
async fn a_token_for_elsewhere_expired_foreign_or_revoked_is_refused() {
    let door = Door::open().await;
    let good = door.claims("system/*.rs").await;
    let elsewhere = AccessTokenClaims { aud: format!("{}/home/fhir", door.0.base), ..good.clone() };
    assert_eq!(door.reads_amy_with(&elsewhere).await.status, 401);
    let expired = AccessTokenClaims { exp: door.0.server.now(), ..good.clone() };
    assert_eq!(door.reads_amy_with(&expired).await.status, 401);
    for iss in [good.iss.clone(), format!("{}/home", door.0.base)] {
        let foreign = door.token("home", &AccessTokenClaims { iss, ..good.clone() }).await;
        assert_eq!(door.reads("Patient/amy-shaw", Some(foreign.expose())).await.status, 401);
    }
    assert_eq!(door.reads_amy_with(&good).await.status, 200);
    let tenant = door.tenant("riverside").await;
    let revoked = RevokedAccessToken { tenant: tenant.id.clone(), jti: good.jti.clone(), expires_at: good.exp };
    door.0.server.store.write_unraced(vec![Write::overwrite(&revoked).unwrap()]).await.unwrap();
    assert_eq!(door.reads_amy_with(&good).await.status, 401);
}

/// DISC-25, DISC-18.
#[tokio::test]
async fn metadata_needs_no_token_names_the_endpoints_and_is_for_every_origin() {
    let door = Door::open().await;
    let answer = door.reads("metadata", None).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    let text = answer.body;
    assert!(text.contains("fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"));
    assert!(text.contains(&format!("{}/riverside/token", door.0.base)));
    let (patients, origin) = (format!("{}/Patient", door.fhir()), [("origin", "https://app.example")]);
    let preflight = door.0.request(Method::OPTIONS, &patients, &origin, Body::empty()).await;
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-origin"), Some("*"));
}

#[tokio::test]
async fn a_restart_keeps_the_keys_and_so_the_tokens() {
    let folder = std::env::temp_dir().join(format!("admit-{}", rules::secret::random_text::<9>()));
    let options = || Options { port: 0, data: folder.clone(), ..Options::default() };
    let first = Door(TestServer::local_with(options()).await);
    let kids = |record: &TenantRecord| record.keys.iter().map(|key| key.public.kid.clone()).collect::<Vec<_>>();
    let before = kids(&*first.tenant("riverside").await);
    let second = Door(TestServer::local_with(options()).await);
    assert_eq!(kids(&*second.tenant("riverside").await), before);
    std::fs::remove_dir_all(&folder).unwrap();
}

impl Door {
    /// Riverside's FHIR server takes bound tokens.
    async fn taking_bound_tokens(dpop: &str, policy: &str) -> Door {
        let sample = include_str!("../../infra/local/tenants/riverside.toml");
        let url = "url = \"{base}/{id}/fhir\"\n";
        assert!(sample.contains(url));
        let text = sample.replacen(url, &format!("{url}dpop = \"{dpop}\"\n"), 1);
        let text = text.replacen("[policy]\n", &format!("[policy]\n{policy}\n"), 1);
        let folder = Folder::new();
        let keys = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/local/tenants/keys");
        let text = text.replace("\"keys/", &format!("\"{keys}/"));
        let tenants = vec![folder.file("riverside.toml", &text).into()];
        Door(TestServer::local_with(Options { port: 0, in_memory: true, tenants, ..Options::default() }).await)
    }

    async fn bound_token(&self, key: &DpopKey) -> String {
        let jkt = Thumbprint::parse(&key.jkt()).unwrap();
        let claims = self.claims("system/*.rs").await.bound_to(Some(Confirmation { jkt }));
        self.token("riverside", &claims).await.expose().to_owned()
    }

    fn proof<'k>(&self, key: &'k DpopKey, token: &str) -> DpopProof<'k> {
        key.proof(&self.0, "GET", &format!("{}/Patient/amy-shaw", self.fhir())).of_token(token)
    }

    async fn reads_amy_by(&self, scheme: &str, token: &str, proofs: &[&str]) -> Answer {
        let authorization = format!("{scheme} {token}");
        let mut headers = vec![("authorization", authorization.as_str())];
        headers.extend(proofs.iter().map(|proof| ("dpop", *proof)));
        let url = format!("{}/Patient/amy-shaw?_summary=true", self.fhir());
        self.0.request(Method::GET, &url, &headers, Body::empty()).await
    }
}

fn challenges(answer: &Answer) -> (u16, Vec<String>) {
    let all = answer.headers.get_all("www-authenticate").iter();
    (answer.status, all.map(|value| value.to_str().unwrap().to_owned()).collect())
}

const ALGS: &str = "algs=\"ES256 ES384 PS256 EdDSA\"";

/// DPOP-14, DPOP-15, DPOP-17, PRM-7.
#[tokio::test]
async fn a_bound_token_opens_the_door_to_its_holder_and_once_a_proof() {
    let door = Door::taking_bound_tokens("accepted", "").await;
    let metadata = door.resource_metadata();
    let (key, thief) = (DpopKey::new(), DpopKey::new());
    let token = door.bound_token(&key).await;
    let good = door.proof(&key, &token).sign();
    let read = door.reads_amy_by("DPoP", &token, &[&good]).await;
    assert_eq!(read.status, 200, "{}", read.body);
    let of_proof = || (401, vec![format!("DPoP error=\"invalid_dpop_proof\", {ALGS}, {metadata}")]);
    let of_token = || {
        let of = |scheme: &str, algs: &str| format!("{scheme} error=\"invalid_token\", {algs}{metadata}");
        (401, vec![of("Bearer", ""), of("DPoP", &format!("{ALGS}, "))])
    };
    let by = |key: &DpopKey| door.proof(key, &token).sign();
    for (scheme, proofs, expected) in [
        ("DPoP", vec![good.clone()], of_proof()),
        ("DPoP", vec![], of_proof()),
        ("DPoP", vec![by(&key), by(&key)], of_proof()),
        ("DPoP", vec!["junk".to_owned()], of_proof()),
        ("DPoP", vec![door.proof(&key, "another").sign()], of_proof()),
        ("DPoP", vec![door.proof(&key, &token).with_claim("htm", "POST").sign()], of_proof()),
        (
            "DPoP",
            vec![door.proof(&key, &token).with_claim("htu", format!("{}/Patient/leo-shaw", door.fhir())).sign()],
            of_proof(),
        ),
        ("DPoP", vec![by(&thief)], of_token()),
        ("Bearer", vec![by(&key)], of_token()),
    ] {
        let proofs: Vec<&str> = proofs.iter().map(String::as_str).collect();
        let answer = door.reads_amy_by(scheme, &token, &proofs).await;
        assert_eq!(challenges(&answer), expected, "{scheme} {proofs:?}");
    }
    let unbound = door.token("riverside", &door.claims("system/*.rs").await).await;
    assert_eq!(door.reads_amy_by("Bearer", unbound.expose(), &[]).await.status, 200);
    let proof = door.proof(&key, unbound.expose()).sign();
    assert_eq!(challenges(&door.reads_amy_by("DPoP", unbound.expose(), &[&proof]).await), of_token());
    let nothing = door.0.get(&format!("{}/Patient/amy-shaw", door.fhir())).await;
    let of = |scheme: &str, algs: &str| format!("{scheme} scope=\"patient/*.rs\", {algs}{metadata}");
    assert_eq!(challenges(&nothing), (401, vec![of("Bearer", ""), of("DPoP", &format!("{ALGS}, "))]));
}

/// PRM-7: alone where there are no others. Introspection says what a token is bound to, and a server that must have bound tokens goes by it.
#[tokio::test]
async fn where_every_token_is_bound_there_is_one_challenge() {
    let door = Door::taking_bound_tokens("required", "").await;
    let metadata = door.resource_metadata();
    let nothing = door.0.get(&format!("{}/Patient/amy-shaw", door.fhir())).await;
    assert_eq!(challenges(&nothing), (401, vec![format!("DPoP scope=\"patient/*.rs\", {ALGS}, {metadata}")]));
}

/// DPOP-13, DPOP-17: with nonces nothing has to be kept.
#[tokio::test]
async fn a_nonce_of_the_fhir_server_is_asked_for_and_bounds_how_long_a_proof_is_good() {
    let door = Door::taking_bound_tokens("accepted", "dpop_nonce = true\ndpop_replay = \"nonce\"").await;
    let key = DpopKey::new();
    let token = door.bound_token(&key).await;
    let answer = door.reads_amy_by("DPoP", &token, &[&door.proof(&key, &token).sign()]).await;
    let expected = format!("DPoP error=\"use_dpop_nonce\", {ALGS}, {}", door.resource_metadata());
    assert_eq!(challenges(&answer), (401, vec![expected]));
    assert!(answer.header("access-control-expose-headers").unwrap().contains("DPoP-Nonce"));
    let nonce = answer.header("dpop-nonce").unwrap();
    let good = door.proof(&key, &token).with_claim("nonce", nonce).sign();
    for _ in 0..2 {
        assert_eq!(door.reads_amy_by("DPoP", &token, &[&good]).await.status, 200);
    }
    let tenant = door.tenant("riverside").await;
    let of_server = tenant.dpop_nonces(NonceFor::AuthorizationServer, door.0.server.now()).unwrap().current();
    let other = door.proof(&key, &token).with_claim("nonce", of_server).sign();
    assert_eq!(door.reads_amy_by("DPoP", &token, &[&other]).await.status, 401);
}
