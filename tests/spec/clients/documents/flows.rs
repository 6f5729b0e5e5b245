//! The whole way, and which ways there are.

use super::*;
use kit::{
    app::{Proof, assertion_form, introspect, with},
    document_server::CALLBACK,
    key_server::{jwks, new_key, signed_by},
    server::ISSUER,
};
use rules::{secret::random_text, signing_keys::SigningKeyRecord};
use serde_json::json;

/// CIMD-4, CIMD-8, CIMD-12, MCP-1.
#[tokio::test]
async fn an_app_that_nobody_registered_gets_tokens_and_refreshes_them_and_gives_them_back() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    let app = agent.app(&server);
    let tokens = tokens(&app).await;
    assert_eq!(tokens.scope(), "openid launch/patient offline_access patient/Observation.rs");
    assert_eq!(tokens.claims("access_token")["client_id"], agent.client_id);
    let next = app.refreshes(tokens.refresh_token()).await;
    assert_ne!(next.refresh_token(), tokens.refresh_token(), "a public client's refresh token rotates");
    assert_eq!(introspect(&server, next.access_token()).await["client_id"], agent.client_id);
    let person = server.get_with(next.access_token(), "/clinic/userinfo").await;
    assert_eq!(person.status, 200, "{}", person.body);
    assert_eq!(app.revokes(next.refresh_token()).await.status, 200);
    assert_eq!(introspect(&server, next.access_token()).await, json!({ "active": false }));
    assert_eq!(agent.fetches(), 1, "once for all of it");
}

/// CIMD-4: nothing goes along that is not needed.
#[tokio::test]
async fn the_document_is_asked_for_as_json_and_without_cookies() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    assert_goes_on(&asks(&agent.app(&server)).await, "a good document");
    let head = agent.web.requests().remove(0).to_ascii_lowercase();
    assert!(head.starts_with("get /oauth/client.json http/1.1\r\n"), "{head}");
    assert!(head.contains("\r\naccept: application/json\r\n"), "{head}");
    for leak in ["authorization", "cookie", "referer", "origin"] {
        assert!(!head.contains(leak), "{head}");
    }
}

/// MCP-2: `resource` in place of `aud`, with host and scheme in any case.
#[tokio::test]
async fn the_token_is_for_the_resource_that_was_named() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    let app = agent.app(&server);
    let shouted = app.aud.replace("http://", "HTTP://");
    for resource in [app.aud.as_str(), shouted.as_str()] {
        let request = with(with(app.request(SCOPE), "aud", None), "resource", Some(resource));
        let answer = Person::named(&server, "amy").goes_through(&kit::app::authorize_url(&request), None).await;
        let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
        assert_eq!(tokens.claims("access_token")["aud"], server.fhir.url.as_str(), "{resource}");
    }
    let request = with(with(app.request(SCOPE), "aud", None), "resource", Some("https://other.example/fhir"));
    let refused = server.get(&kit::app::authorize_url(&request)).await;
    assert_page(&refused, 400, "another resource");
    let code = app.code("amy", SCOPE, None).await;
    let mut form = app.exchange_form(&code);
    form.push(("resource".into(), "https://other.example/fhir".into()));
    assert_eq!(app.sends("token", &form).await.refusal(), "400 invalid_target");
}

/// CIMD-19.
#[tokio::test]
async fn state_may_be_absent_and_a_registered_app_still_needs_it() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    let app = agent.app(&server);
    let url = |app: &App<'_>| kit::app::authorize_url(&with(app.request(SCOPE), "state", None));
    let answer = Person::named(&server, "amy").goes_through(&url(&app), None).await;
    assert_eq!((answer.query("state"), answer.query("iss").as_deref()), (None, Some(ISSUER)));
    assert_eq!(app.redeems(&answer.query("code").expect("a code")).await.status, 200);
    let registered = server.get(&url(&App::public(&server))).await;
    assert_eq!(registered.query("error").as_deref(), Some("invalid_request"));
}

/// CIMD-13, MCP-5.
#[tokio::test]
async fn what_cant_be_granted_is_dropped_and_nothing_left_fails() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    let app = agent.app(&server);
    let asked =
        "openid email profile offline_access patient/*.cruds system/*.rs user/*.rs __introspect __launch.create";
    assert_eq!(app.gets_tokens("amy", asked, None).await.scope(), "openid offline_access patient/*.rs");
    for nothing in ["email", "system/*.rs", "__introspect", "user/*.cud"] {
        assert_page(&server.get(&app.standalone(nothing)).await, 400, nothing);
    }
    agent.gives(&agent.changed(&json!({ "scope": "openid patient/Observation.rs email" })));
    server.passes(301);
    assert_eq!(app.gets_tokens("amy", asked, None).await.scope(), "openid patient/Observation.rs");
}

/// CIMD-12, the rows of section 10: whatever the document lists.
#[tokio::test]
async fn it_gets_codes_and_refreshes_and_nothing_else() {
    let key = new_key();
    let all = json!([
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "password",
        "implicit",
        "urn:ietf:params:oauth:grant-type:token-exchange"
    ]);
    let policy = "loopback_key_sets = true\ngrant_types = [\"authorization_code\", \"refresh_token\", \
                  \"client_credentials\", \"password\", \"implicit\"]";
    let server = TestServer::start_with(|toml| {
        taking_documents(&toml, "[\"*\"]", CEILING).replace("loopback_key_sets = true", policy)
    })
    .await;
    let agent = DocumentServer::start();
    agent.gives(&agent.changed(&json!({ "grant_types": all, "response_types": ["code", "token"] })));
    let app = agent.app(&server);
    for form in [
        vec![("grant_type", "client_credentials"), ("scope", "system/*.rs")],
        vec![("grant_type", "password"), ("username", "amy"), ("password", kit::server::PASSWORD), ("scope", SCOPE)],
    ] {
        assert_eq!(app.posts("token", &form).await.refusal(), "400 unauthorized_client", "{form:?}");
    }
    let token = with(app.request(SCOPE), "response_type", Some("token"));
    assert_page(&server.get(&kit::app::authorize_url(&token)).await, 400, "the implicit grant");
    let with_key = Keyed::start(&key);
    let form = [("grant_type", "client_credentials"), ("scope", "system/*.rs")];
    assert_eq!(with_key.posts(&server, &key, "token", &form).await.refusal(), "400 unauthorized_client");
}

/// An app with a key of its own in its document.
pub(super) struct Keyed(pub DocumentServer);

impl Keyed {
    pub fn start(key: &SigningKeyRecord) -> Keyed {
        let agent = DocumentServer::start();
        let keyed = json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": jwks(&[key]) });
        agent.gives(&agent.changed(&keyed));
        Keyed(agent)
    }

    pub async fn posts(
        &self,
        server: &TestServer,
        key: &SigningKeyRecord,
        endpoint: &str,
        form: &[(&str, &str)],
    ) -> Answer {
        let (id, now) = (self.0.client_id, server.now().0);
        let claims = json!({
            "iss": id, "sub": id, "aud": format!("{ISSUER}/token"), "exp": now + 300, "jti": random_text::<16>(),
        });
        let proof = assertion_form(&signed_by(key, &claims));
        let mut all = form.to_vec();
        all.extend(proof.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        server.post(&format!("/clinic/{endpoint}"), &all, &[]).await
    }

    pub async fn exchanges(&self, server: &TestServer, key: &SigningKeyRecord) -> Answer {
        let code = self.0.app(server).code("amy", SCOPE, None).await;
        let verifier = kit::app::VERIFIER;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", CALLBACK),
            ("code_verifier", verifier),
        ];
        self.posts(server, key, "token", &form).await
    }
}

/// CIMD-10.
#[tokio::test]
async fn an_app_with_a_key_proves_itself_at_every_endpoint() {
    let (server, key, other) = (clinic().await, new_key(), new_key());
    let keyed = Keyed::start(&key);
    let answer = keyed.exchanges(&server, &key).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let token = answer.json()["refresh_token"].as_str().expect("a refresh token").to_owned();
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
    let give_back = [("token", token.as_str())];
    let unproven = App { proof: Proof::Public, ..keyed.0.app(&server) };
    for (endpoint, form) in [("token", &refresh[..]), ("revoke", &give_back[..])] {
        assert_eq!(unproven.posts(endpoint, form).await.refusal(), "400 invalid_client", "{endpoint}");
        assert_eq!(keyed.posts(&server, &other, endpoint, form).await.refusal(), "401 invalid_client", "{endpoint}");
    }
    assert_eq!(unproven.posts("introspect", &give_back).await.refusal(), "401 invalid_client");
    assert_eq!(keyed.posts(&server, &key, "introspect", &give_back).await.json()["active"], json!(true));
    assert_eq!(keyed.posts(&server, &key, "token", &refresh).await.status, 200);
}

/// CIMD-10, CIMD-5: keys at an address of their own, guarded as the document's.
#[tokio::test]
async fn its_keys_may_lie_elsewhere() {
    let (server, key) = (clinic().await, new_key());
    let keys = kit::key_server::KeyServer::with(&[&key]);
    let keyed = Keyed::start(&key);
    let elsewhere = json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": keys.url });
    keyed.0.gives(&keyed.0.changed(&elsewhere));
    let answer = keyed.exchanges(&server, &key).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(keys.fetches(), 1);
}

/// CIMD-10, CIMD-14: wherever it comes, its document is read anew when its time is over.
#[tokio::test]
async fn at_each_endpoint_a_document_of_now_counts() {
    kit::journeys::a_document_everywhere().await;
}

/// CIMD-20.
#[tokio::test]
async fn an_ehr_launches_it_by_its_address_alone() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    let app = agent.app(&server);
    let ehr = kit::Ehr::of(&server);
    let unnamed = ehr.launches_patient("amy-shaw").await;
    assert_page(&server.get(&app.with_launch("launch patient/*.rs", &unnamed)).await, 400, "of any app");
    let named = ehr.launches(json!({ "patient": "amy-shaw", "client_id": agent.client_id })).await;
    let answer =
        Person::named(&server, "hannah").goes_through(&app.with_launch("launch patient/*.rs", &named), None).await;
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.0["patient"], "amy-shaw");
}

/// CIMD-11.
#[tokio::test]
async fn its_answers_go_where_its_document_says_and_to_any_port_of_its_persons_machine() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    for (redirect_uri, good) in [
        (CALLBACK, true),
        ("http://127.0.0.1:5123/callback", true),
        ("http://localhost:5123/callback", true),
        ("http://localhost/callback", true),
        ("https://agent.example/callback/", false),
        ("https://agent.example:8443/callback", false),
        ("http://127.0.0.1:5123/other", false),
        ("http://localhost:5123/other", false),
        ("https://localhost:5123/callback", false),
        ("http://localhost.evil.example/callback", false),
        ("http://localhost:80@evil.example/callback", false),
        ("https://evil.example/callback", false),
    ] {
        let app = App { redirect_uri: Box::leak(redirect_uri.to_owned().into_boxed_str()), ..agent.app(&server) };
        let answer = asks(&app).await;
        match good {
            true => assert_goes_on(&answer, redirect_uri),
            false => assert_page(&answer, 400, redirect_uri),
        }
    }
    server
        .tenant_becomes(|tenant| {
            tenant.client_documents.as_mut().expect("documents").localhost_any_port = false;
        })
        .await;
    let app = App { redirect_uri: "http://localhost:5123/callback", ..agent.app(&server) };
    assert_page(&asks(&app).await, 400, "with the switch off");
}

/// Where such an app lives is in its document, which a preflight does not name; no cookie comes, so its page may read what it is told.
#[tokio::test]
async fn the_page_of_an_app_that_nobody_registered_may_ask_and_read_refusals() {
    use axum::http::Method;
    let (server, agent) = (clinic().await, DocumentServer::start());
    let allowed = |answer: &kit::Answer| answer.header("access-control-allow-origin").map(str::to_owned);
    let origin = "https://agent.example";
    let preflight = async |server: &TestServer, path: &str, origin: &str| {
        let headers =
            [("origin", origin), ("access-control-request-method", "POST"), ("access-control-request-headers", "dpop")];
        server.request(Method::OPTIONS, path, &headers, "").await
    };
    for path in ["/clinic/token", "/clinic/userinfo", "/clinic/revoke"] {
        for (origin, may) in
            [(origin, true), ("http://localhost:4000", true), ("http://agent.example", false), ("null", false)]
        {
            let answer = preflight(&server, path, origin).await;
            assert_eq!(allowed(&answer), may.then(|| origin.to_owned()), "{path} {origin}");
        }
    }
    let form = [("grant_type", "authorization_code"), ("code", "x"), ("client_id", agent.client_id)];
    let refused = server.post("/clinic/token", &form, &[("origin", origin)]).await;
    assert_eq!((refused.refusal(), allowed(&refused)), ("400 invalid_grant".to_owned(), Some(origin.to_owned())));
    // Where no such apps are taken, the registered ones alone.
    let other = TestServer::start().await;
    assert_eq!(allowed(&preflight(&other, "/clinic/token", origin).await), None);
}
