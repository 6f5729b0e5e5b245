//! Which client may what: one test for each way to a token, with a row for each kind of client, and both what it may and where that ends.

use kit::{
    Answer, App, DocumentServer, Ehr, Person, TestServer,
    app::{Proof, with},
    assertion,
    document_server::{CALLBACK, taking_documents},
    dpop::DpopKey,
    key_server::jwks,
    server::fill,
};
use rules::tenant::{GrantType, PushedRequests, SigningAlg};
use serde_json::{Value, json};

const SCOPE: &str = "openid launch/patient offline_access patient/*.rs";
const CEILING: &str = "openid fhirUser launch launch/patient offline_access patient/*.rs";

/// The rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    FilePublic,
    FileSecret,
    FileKey,
    DocumentNone,
    DocumentKey,
}

use Kind::{DocumentKey, DocumentNone, FileKey, FilePublic, FileSecret};

const ALL: [Kind; 5] = [FilePublic, FileSecret, FileKey, DocumentNone, DocumentKey];

impl Kind {
    fn is_document(self) -> bool {
        matches!(self, DocumentNone | DocumentKey)
    }
}

/// A client of each kind; what is registered in the file is in clinic's.
struct Clients {
    none: DocumentServer,
    key: DocumentServer,
}

impl Clients {
    /// Both documents list every grant type that there is, which gives them none.
    fn start(alg: SigningAlg) -> Clients {
        let grants = json!(["authorization_code", "refresh_token", "client_credentials", "password", "implicit"]);
        let (none, key) = (DocumentServer::start(), DocumentServer::start());
        none.gives(&none.changed(&json!({ "grant_types": grants })));
        let keyed = json!({
            "grant_types": grants,
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": jwks(&[assertion::key(alg)]),
        });
        key.gives(&key.changed(&keyed));
        Clients { none, key }
    }

    fn app<'a>(&self, kind: Kind, server: &'a TestServer) -> App<'a> {
        match kind {
            FilePublic => App::public(server),
            FileSecret => App::symmetric(server),
            FileKey => App::asymmetric(server, SigningAlg::ES384),
            DocumentNone => self.none.app(server),
            DocumentKey => App { proof: Proof::Assertion(SigningAlg::ES384), ..self.key.app(server) },
        }
    }
}

/// Clinic, which takes documents, pushes and bound tokens, with more of its policy and more clients.
async fn clinic(policy: &str, clients: &str) -> TestServer {
    TestServer::start_with(|toml| {
        let toml = toml.replacen("[[clients]]", &format!("{clients}\n[[clients]]"), 1);
        open_to_all(&toml, &format!("pushed_authorization_requests = \"accepted\"\n{policy}"), "accepted")
    })
    .await
}

fn open_to_all(toml: &str, policy: &str, dpop: &str) -> String {
    let url = "url = \"{fhir}\"\n";
    let toml = toml.replacen(url, &format!("{url}dpop = \"{dpop}\"\n"), 1);
    let more = format!("[policy]\n{policy}\n");
    taking_documents(&toml, "[\"*\"]", CEILING).replacen("[policy]\n", &more, 1)
}

/// Whether the app's person is let on to the sign-in.
fn goes_on(answer: &Answer) -> bool {
    answer.header("location").is_some_and(|location| location.contains("/authorize/"))
}

/// The refusal, and the audit trail has it with its reason.
fn assert_refused(server: &TestServer, answer: &Answer, refusal: &str, case: &str) {
    assert_eq!(answer.refusal(), refusal, "{case}");
    let code = refusal.split(' ').nth(1).expect("a code");
    let events = server.audit.take();
    let says =
        |event: &Value| event["outcome"] != "0" && event["outcomeDesc"].as_str().is_some_and(|why| why.contains(code));
    assert!(events.iter().any(says), "{case}: {events:#?}");
}

/// Every kind may. Not without PKCE, and not where the tenant gives no codes.
#[tokio::test]
async fn a_code_with_pkce_is_for_every_client() {
    let (server, clients) = (clinic("", "").await, Clients::start(SigningAlg::ES384));
    for kind in ALL {
        let app = clients.app(kind, &server);
        let tokens = app.gets_tokens("amy", SCOPE, None).await;
        assert_eq!(tokens.0["patient"], "amy-shaw", "{kind:?}");
        assert_eq!(app.refreshes(tokens.refresh_token()).await.scope(), tokens.scope(), "{kind:?}");
        let without = with(app.request(SCOPE), "code_challenge", None);
        assert_eq!(app.pushes(&without).await.refusal(), "400 invalid_request", "{kind:?}");
        let code = app.code("amy", SCOPE, None).await;
        let wrong = with(app.exchange_form(&code), "code_verifier", Some(&"w".repeat(43)));
        assert_eq!(app.sends("token", &wrong).await.refusal(), "400 invalid_grant", "{kind:?}");
    }
    server.tenant_becomes(|tenant| tenant.policy.grant_types.retain(|one| *one != GrantType::AuthorizationCode)).await;
    for kind in ALL {
        let app = clients.app(kind, &server);
        server.audit.take();
        let answer = app.pushes(&app.request(SCOPE)).await;
        assert_refused(&server, &answer, "400 unauthorized_client", &format!("{kind:?}"));
    }
}

/// Every kind may, a document's client where the launch names it. A launch that names another app is for nobody else.
#[tokio::test]
async fn an_ehr_launches_every_client_and_one_of_a_document_by_its_name_alone() {
    let (server, clients) = (clinic("", "").await, Clients::start(SigningAlg::ES384));
    let ehr = Ehr::of(&server);
    for kind in ALL {
        let app = clients.app(kind, &server);
        let unnamed = json!({ "patient": "amy-shaw" });
        let named = json!({ "patient": "amy-shaw", "client_id": app.client_id });
        let of_another = json!({ "patient": "amy-shaw", "client_id": "second-app" });
        for (context, good) in [(unnamed, !kind.is_document()), (named, true), (of_another, false)] {
            let case = format!("{kind:?} {context}");
            let mut request = app.request("launch patient/*.rs");
            request.push(("launch".to_owned(), ehr.launches(context).await));
            if good {
                let url = app.pushed(&request).await;
                let back = Person::named(&server, "hannah").goes_through(&url, None).await;
                let tokens = app.exchanges(&back.query("code").expect("a code")).await;
                assert_eq!(tokens.0["patient"], "amy-shaw", "{case}");
            } else {
                assert_eq!(app.pushes(&request).await.refusal(), "400 invalid_request", "{case}");
            }
        }
    }
}

/// Every kind may and no kind must, unless the tenant says so.
#[tokio::test]
async fn every_client_may_push_and_prove_a_key_and_none_must() {
    let (server, clients) = (clinic("", "").await, Clients::start(SigningAlg::ES384));
    let key = DpopKey::new();
    for kind in ALL {
        let app = clients.app(kind, &server);
        assert_eq!(app.gets_tokens("amy", SCOPE, None).await.0["token_type"], "Bearer", "{kind:?}");
        let own = app.with_key(&key);
        let url = own.pushed(&own.request(SCOPE)).await;
        let back = Person::named(&server, "amy").goes_through(&url, None).await;
        let tokens = own.exchanges(&back.query("code").expect("a code")).await;
        assert_eq!(tokens.0["token_type"], "DPoP", "{kind:?}");
        assert_eq!(tokens.claims("access_token")["cnf"]["jkt"], json!(key.jkt()), "{kind:?}");
    }
    server
        .tenant_becomes(|tenant| {
            tenant.policy.pushed_authorization_requests = PushedRequests::Required;
            tenant.fhir_servers[0].dpop = rules::tenant::DpopUse::Required;
        })
        .await;
    for kind in ALL {
        let app = clients.app(kind, &server);
        let direct = server.get(&app.standalone(SCOPE)).await;
        assert!(!goes_on(&direct), "{kind:?}");
        let url = app.pushed(&app.request(SCOPE)).await;
        let back = Person::named(&server, "amy").goes_through(&url, None).await;
        let code = back.query("code").expect("a code");
        assert_eq!(app.redeems(&code).await.refusal(), "400 invalid_dpop_proof", "{kind:?}");
        assert_eq!(app.with_key(&key).exchanges(&code).await.0["token_type"], "DPoP", "{kind:?}");
    }
}

const FAPI: &str = "profile = \"fapi2\"\npushed_authorization_requests = \"required\"";

/// One client of the file, held to FAPI. Its other half, that of a key, is in `fapi`.
fn held_to_fapi(method: &str, credentials: &str) -> String {
    format!(
        "[[clients]]\nclient_id = \"bank\"\nclient_name = \"Bank\"\ntoken_endpoint_auth_method = \"{method}\"\n{credentials}\n\
         profile = \"fapi2\"\nid_token_signed_response_alg = \"ES256\"\n\
         grant_types = [\"authorization_code\", \"refresh_token\"]\nredirect_uris = [\"{CALLBACK}\"]\n\
         scope = \"openid fhirUser launch launch/patient offline_access patient/*.rs\"\n"
    )
}

/// FAPI-1. A key may; nothing else does, and the tenant file says so.
#[tokio::test]
async fn only_a_client_with_a_key_of_its_own_is_held_to_fapi() {
    let secret = "client_secret = \"bank-secret-of-more-than-thirty-two-characters\"";
    for (method, credentials, good) in [
        ("none", "", false),
        ("client_secret_basic", secret, false),
        ("client_secret_post", secret, false),
        ("private_key_jwt", "jwks = {es256}", true),
    ] {
        let fixture = include_str!("../../fixtures/clinic.toml");
        let toml = fixture.replacen("[[clients]]", &format!("{}\n[[clients]]", held_to_fapi(method, credentials)), 1);
        let toml = open_to_all(&toml, "pushed_authorization_requests = \"accepted\"", "accepted");
        let read = admin::tenant_file::parse("clinic.toml", &fill(&toml, "https://fhir.example/r4"));
        let mistakes = read.err().map(|mistakes| mistakes.to_string());
        let expected = format!("found `{method}` where `profile = \"fapi2\"` holds, expected \"private_key_jwt\"");
        match good {
            true => assert_eq!(mistakes, None, "{method}"),
            false => {
                assert!(mistakes.as_ref().is_some_and(|found| found.contains(&expected)), "{method}: {mistakes:?}")
            }
        }
    }
    let server = clinic("", &held_to_fapi("private_key_jwt", "jwks = {es256}")).await;
    let proof = Proof::AssertionForIssuer(SigningAlg::ES256);
    let bank = App { client_id: "bank", redirect_uri: CALLBACK, proof, ..App::public(&server) };
    assert_goes_as_fapi_has_it(&server, &bank).await;
}

/// FAPI-1, CIMD-10: in a tenant that is held to it, a document with a key is a client as any other, and one without is none.
#[tokio::test]
async fn in_a_tenant_of_fapi_only_a_document_with_a_key_is_taken() {
    let server = TestServer::start_with(|toml| {
        // None of clinic's own clients fits.
        let clients = toml.find("[[clients]]").expect("clients");
        let users = toml.find("[[users]]").expect("users");
        open_to_all(&format!("{}{}", &toml[..clients], &toml[users..]), FAPI, "required")
    })
    .await;
    let clients = Clients::start(SigningAlg::ES256);
    let keyed = App { proof: Proof::AssertionForIssuer(SigningAlg::ES256), ..clients.app(DocumentKey, &server) };
    assert_goes_as_fapi_has_it(&server, &keyed).await;
    let none = clients.app(DocumentNone, &server);
    server.audit.take();
    // It has no way to authenticate, which comes before what it may (RFC 6749 §5.2).
    let pushed = none.pushes(&none.request(SCOPE)).await;
    assert_refused(&server, &pushed, "400 invalid_client", "a push");
    assert_eq!(none.redeems("x").await.refusal(), "400 invalid_client");
    let direct = server.get(&none.standalone(SCOPE)).await;
    assert!(!goes_on(&direct), "{}", direct.body);
}

/// Pushed, bound to a key, and neither left out.
async fn assert_goes_as_fapi_has_it(server: &TestServer, app: &App<'_>) {
    let direct = server.get(&app.standalone(SCOPE)).await;
    assert!(!goes_on(&direct), "{}", direct.body);
    let key = DpopKey::new();
    let url = app.pushed(&app.request(SCOPE)).await;
    let back = Person::named(server, "amy").goes_through(&url, None).await;
    let code = back.query("code").expect("a code");
    assert_eq!(app.redeems(&code).await.refusal(), "400 invalid_dpop_proof", "{}", app.client_id);
    let tokens = app.clone().with_key(&key).exchanges(&code).await;
    assert_eq!(tokens.claims("access_token")["cnf"]["jkt"], json!(key.jkt()), "{}", app.client_id);
}

/// BSV-1, CLI-7, CIMD-12. With a key that is registered for it; with a secret by the tenant's policy; a public client or a document's never.
#[tokio::test]
async fn client_credentials_are_for_keys_and_by_policy_for_secrets() {
    let service = |method: &str, credentials: &str| {
        format!(
            "[[clients]]\nclient_id = \"service\"\nclient_name = \"Service\"\ntoken_endpoint_auth_method = \"{method}\"\n\
             {credentials}\ngrant_types = [\"client_credentials\"]\nscope = \"system/*.rs\"\n"
        )
    };
    let secret = "service-secret-of-more-than-32-characters";
    let with_secret = service("client_secret_basic", &format!("client_secret = \"{secret}\""));
    let clients = Clients::start(SigningAlg::ES384);
    let server = clinic("client_credentials_by_secret = true", &with_secret).await;
    let by_secret = App { client_id: "service", proof: Proof::Basic(secret), ..App::backend(&server) };
    let by_key = App::backend(&server);
    for by_policy in [true, false] {
        server.tenant_becomes(|tenant| tenant.policy.client_credentials_by_secret = by_policy).await;
        assert_eq!(by_key.asks_for_itself("system/*.rs").await.status, 200, "{by_policy}");
        server.audit.take();
        let answer = by_secret.asks_for_itself("system/*.rs").await;
        match by_policy {
            true => assert_eq!(answer.status, 200, "{}", answer.body),
            false => assert_refused(&server, &answer, "400 unauthorized_client", "a secret against the policy"),
        }
        // Those that are not registered for it: a document can't be.
        for kind in ALL {
            server.audit.take();
            let answer = clients.app(kind, &server).asks_for_itself("system/*.rs").await;
            assert_refused(&server, &answer, "400 unauthorized_client", &format!("{kind:?}, {by_policy}"));
        }
    }
    // A public client can't be registered for it, nor one with a secret against the policy.
    for (client, policy, good) in [
        (service("none", ""), "client_credentials_by_secret = true", false),
        (with_secret.clone(), "", false),
        (with_secret, "client_credentials_by_secret = true", true),
        (service("private_key_jwt", "jwks = {es384}"), "", true),
    ] {
        let fixture = include_str!("../../fixtures/clinic.toml");
        let toml = fixture.replacen("[[clients]]", &format!("{client}\n[[clients]]"), 1);
        let toml = open_to_all(&toml, policy, "accepted");
        let read = admin::tenant_file::parse("clinic.toml", &fill(&toml, "https://fhir.example/r4"));
        assert_eq!(read.is_ok(), good, "{client}{policy}: {:?}", read.err().map(|mistakes| mistakes.to_string()));
    }
}
