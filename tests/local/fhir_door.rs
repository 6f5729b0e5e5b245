//! The FHIR server's door: which bearer tokens open it, and how far.

use axum::{body::Body, http::Method};
use kit::{Answer, App, Person, TestServer};
use local::options::Options;
use rules::{jws::TokenKind, scope::ScopeSet, secret::Secret, tenant::TenantRecord, token::AccessTokenClaims};
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
