//! Everything there is to do, in this process, as the function that does it: what the policies of the template are held to.

use axum::{body::Body, http::Method};
use healthlake::{IdentityProvider, IsAuthorized};
use kit::{
    App, Assertion, Authenticator, Ehr, Person, Provider, TestServer,
    app::{Proof, authorize_url, with},
    assertion,
    browser::Page,
    dpop::DpopKey,
    ehr,
    http::basic,
    journeys::{JOURNEYS, a_document_everywhere, as_it_is, opaque},
    key_server::KeyServer,
    kms::emulated,
    policies::acting_as,
    server::{ISSUER, PASSWORD},
    signing_keys::{audit_key, move_to_kms, sealing_key},
};
use rotate_keys::run;
use rules::tenant::{KeyCustody, SigningAlg};
use serde_json::json;
use server::{
    audit::{opened::Opener, sealed::Sealer},
    bootstrap::KeyKeeper,
    keys::{make::KeyMaker, signer::Custodian},
};
use std::pin::Pin;

const SCOPE: &str = "openid launch/patient offline_access patient/*.rs";

pub async fn everything_there_is_to_do() {
    for journey in JOURNEYS {
        let server = TestServer::start_with(journey.tenant).await.forgetful();
        (journey.walk)(&server).await;
    }
    for custody in [KeyCustody::Kms, KeyCustody::Sealed] {
        boxed(|| keys_in_kms(custody)).await;
    }
    boxed(two_taps).await;
    boxed(reference_tokens_everywhere).await;
    boxed(bound_tokens_everywhere).await;
    boxed(callers_of_every_kind).await;
    boxed(an_ehr_that_vouches).await;
    boxed(wrong_secrets_everywhere).await;
    boxed(a_key_set_behind_a_url).await;
    boxed(a_document_everywhere).await;
    boxed(a_sign_in_at_a_provider).await;
    boxed(a_launch_of_a_portal).await;
    boxed(a_year_of_refreshing).await;
    boxed(brands_of_one_and_of_all).await;
    boxed(a_persons_own_sign_in).await;
    for tenant in [as_it_is, opaque] {
        boxed(|| at_the_doors_of_fhir_apis(tenant)).await;
    }
    boxed(an_event_in_the_audit_trail).await;
}

/// On the heap from the beginning: one function that holds all of them would need a stack for their sum.
fn boxed<F: Future>(walk: impl FnOnce() -> F) -> Pin<Box<F>> {
    Box::pin(walk())
}

async fn brands_of_one_and_of_all() {
    let brands = "[user_access]\ndevelopers = \"https://a.example\"\nlisted = true\n[[user_access.brands]]\nname = \"A\"\n\
                  identifiers = [{ system = \"urn:x\", value = \"a\" }]\nwebsite = \"https://a.example\"\n\
                  addresses = [{ city = \"B\" }]\nportals = [{ name = \"C\", url = \"https://c.example\" }]\n";
    let change = |toml: String| toml.replacen("[[fhir_servers]]", &format!("{brands}[[fhir_servers]]"), 1);
    let server = TestServer::start_with(change).await;
    for path in ["/clinic/brands.json", "/brands.json"] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
}

/// The tokens of apps and of the patient picker; and a year of rotation.
async fn keys_in_kms(custody: KeyCustody) {
    let mut server = TestServer::start_with(as_it_is).await;
    move_to_kms(&server.server, custody).await;
    server = server.second_instance_with(Custodian::Laptop(Some(emulated()))).forgetful();
    App::public(&server).gets_tokens("hannah", SCOPE, Some("wei-chen")).await;
    let maker = KeyMaker::Kms {
        client: emulated(),
        stack: Some(kit::stack_keys::STACK.to_owned()),
        sealing_key: Some(sealing_key().await),
    };
    let keeper = KeyKeeper { maker, audit_key: Some(audit_key().await) };
    for _ in 0..40 {
        server.passes(10 * 86_400);
        acting_as("rotate-keys", run(&server.server, &keeper)).await.expect("rotated");
    }
}

/// The second one asks whether the code of the first is still good.
async fn two_taps() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let page = amy.goes_to(&App::public(&server).standalone(SCOPE), "decision", None).await;
    let first = amy.submits(&page, &[("decision", "allow")]).await.app();
    assert_eq!(amy.submits(&page, &[("decision", "allow")]).await.app().location(), first.location());
}

/// At every endpoint that takes an access token, those of apps and those of backend services, opaque and not.
async fn reference_tokens_everywhere() {
    // With the clients in memory, and without.
    for (tenant, remembers) in [(as_it_is as fn(String) -> String, false), (opaque, false), (as_it_is, true)] {
        let server = TestServer::start_with(tenant).await;
        let server = if remembers { server } else { server.forgetful() };
        let app = App::public(&server);
        let launch = Ehr::of(&server).launches_patient("amy-shaw").await;
        let url = app.with_launch("launch openid online_access patient/*.rs", &launch);
        let answer = Person::named(&server, "hannah").goes_through(&url, None).await;
        let online = app.exchanges(&answer.query("code").expect("a code")).await;
        let own = App::backend(&server).asks_for_itself("__launch.create __introspect").await.json();
        let own = own["access_token"].as_str().expect("a token");
        for token in [online.access_token(), own] {
            let header = format!("Bearer {token}");
            let headers = [("authorization", header.as_str())];
            server.request(Method::GET, "/clinic/userinfo", &headers, Body::empty()).await;
            server.post("/clinic/launchContext", &[("patient", "amy-shaw")], &headers).await;
            server.post("/clinic/introspect", &[("token", token)], &headers).await;
        }
        app.revokes(online.access_token()).await;
        App::backend(&server).revokes(own).await;
    }
}

/// Each function that takes bound tokens notes their proofs; the token endpoint also looks whether one was used.
async fn bound_tokens_everywhere() {
    let url = "url = \"{fhir}\"\n";
    let server = TestServer::start_with(|toml| toml.replacen(url, &format!("{url}dpop = \"accepted\"\n"), 1)).await;
    let (server, key) = (server.forgetful(), DpopKey::new());
    let app = App::public(&server).with_key(&key);
    let code = app.code("amy", SCOPE, None).await;
    let tokens = app.exchanges(&code).await;
    let headers = |method: &str, url: &str, token: &str| {
        let proof = key.proof(&server, method, url).of_token(token).sign();
        [("authorization".to_owned(), format!("DPoP {token}")), ("dpop".to_owned(), proof)]
    };
    let token = tokens.access_token();
    let sent = headers("GET", &format!("{ISSUER}/userinfo"), token);
    let answer = server.request(Method::GET, "/clinic/userinfo", &pairs(&sent), Body::empty()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let own = App::backend(&server).with_key(&key).asks_for_itself("__launch.create __introspect").await.json();
    let own = own["access_token"].as_str().expect("a token");
    for (endpoint, form) in [("launchContext", ("patient", "amy-shaw")), ("introspect", ("token", token))] {
        let sent = headers("POST", &format!("{ISSUER}/{endpoint}"), own);
        let answer = server.post(&format!("/clinic/{endpoint}"), &[form], &pairs(&sent)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    let base = server.fhir.url.clone();
    let authorizer = authorizer::Authorizer::new(server.server.clone(), &format!("clinic={base}"), true);
    let path = base.splitn(4, '/').nth(3).unwrap_or_default();
    let [(_, authorization), (_, proof)] = headers("GET", &format!("{base}/Patient/amy-shaw"), token);
    let request = json!({
        "version": "2.0", "rawPath": format!("/{path}/Patient/amy-shaw"), "rawQueryString": "",
        "headers": { "authorization": authorization, "dpop": proof },
        "requestContext": { "http": { "method": "GET", "sourceIp": "192.0.2.1" }, "stage": "$default" },
    });
    let asked = authorizer.expect("a good setting");
    let answer = acting_as("authorizer", asked.answers(request)).await.expect("an answer");
    assert_eq!(answer["isAuthorized"], true, "{answer}");
    assert_eq!(app.redeems(&code).await.refusal(), "400 invalid_grant");
}

async fn callers_of_every_kind() {
    let server = TestServer::start_with(as_it_is).await.forgetful();
    let context = json!({ "patient": "amy-shaw", "client_id": "public-app" });
    Ehr::of(&server).sends(&context).await;
    let symmetric = App::symmetric(&server);
    let tokens = symmetric.gets_tokens("amy", SCOPE, None).await;
    symmetric.posts("introspect", &[("token", tokens.access_token())]).await;
    let asymmetric = App::asymmetric(&server, SigningAlg::ES384);
    let tokens = asymmetric.gets_tokens("amy", SCOPE, None).await;
    asymmetric.posts("introspect", &[("token", tokens.access_token())]).await;
    asymmetric.revokes(tokens.access_token()).await;
}

/// With its keys behind a URL; and the app stays while the person is signed in at the EHR.
async fn an_ehr_that_vouches() {
    let keys = KeyServer::with(&[assertion::key(ehr::ALG)]);
    let server = TestServer::start_with(|toml| {
        let policy = "[policy]\nloopback_key_sets = true\n[[fhir_servers]]";
        ehr::vouching(&toml, &format!("jwks_uri = \"{}\"", keys.url)).replacen("[[fhir_servers]]", policy, 1)
    })
    .await
    .forgetful();
    let app = App::public(&server);
    let word = ehr::word(&server).sign();
    let context = json!({ "patient": "amy-shaw", "client_id": "public-app", "user_assertion": word });
    let url = app.with_launch("launch openid online_access user/*.rs", &Ehr::of(&server).launches(context).await);
    let answer = Person::named(&server, "nobody").goes_through(&url, None).await;
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    app.refreshes(tokens.refresh_token()).await;
}

async fn wrong_secrets_everywhere() {
    let server = TestServer::start_with(as_it_is).await.forgetful();
    let wrong =
        App { proof: Proof::Basic("wrong-secret-of-more-than-thirty-two-characters"), ..App::symmetric(&server) };
    wrong.sends_refresh("x", None).await;
    wrong.revokes("x").await;
    wrong.posts("introspect", &[("token", "x")]).await;
    let ehr = Ehr { credentials: basic("clinic-ehr", "wrong"), ..Ehr::of(&server) };
    ehr.sends(&json!({ "patient": "amy-shaw" })).await;
}

/// Fetched by each function that authenticates clients: each begins with nothing in memory or in the table.
async fn a_key_set_behind_a_url() {
    let keys = KeyServer::with(&[assertion::key(SigningAlg::ES384)]);
    for endpoint in ["token", "introspect", "revoke"] {
        let server = TestServer::start_with(|toml| {
            let own = "jwks = {es384}\ngrant_types = [\"client_credentials\"]";
            let behind = format!("jwks_uri = \"{}\"\ngrant_types = [\"client_credentials\"]", keys.url);
            format!("{}\n[policy]\nloopback_key_sets = true\n", toml.replace(own, &behind))
        })
        .await
        .forgetful();
        let form = [("grant_type", "client_credentials"), ("scope", "system/*.rs"), ("token", "x")];
        let form = if endpoint == "token" { &form[..2] } else { &form[2..] };
        assert_eq!(App::backend(&server).posts(endpoint, form).await.status, 200, "{endpoint}");
    }
}

async fn a_sign_in_at_a_provider() {
    let provider = Provider::start().await;
    let lines = "token_endpoint_auth_method = \"client_secret_basic\"\nclient_secret = \"a-secret-of-the-provider-of-more-than-32\"\nfhir_user_claim = \"fhirUser\"";
    let section = provider.in_tenant_file("okta", lines);
    let policy = "[policy]\nloopback_key_sets = true\nlocal_sign_in = false";
    let server = TestServer::start_with(|toml| format!("{toml}{section}\n{policy}\n")).await.forgetful();
    let mut person = Person::named(&server, "somebody");
    let location = person.opens(&App::public(&server).standalone(SCOPE)).await.app().location().to_owned();
    let claims = json!({ "sub": "00u-amy", "name": "Amy", "fhirUser": "Patient/amy-shaw" });
    let back = provider.signs_in(&location, claims, server.now().0);
    let answer = person.goes_through(&back, None).await;
    App::public(&server).exchanges(&answer.query("code").expect("a code")).await;
}

/// The module's person signs in at a provider, and the module reads its launch.
async fn a_launch_of_a_portal() {
    let provider = Provider::start().await;
    let lines = "token_endpoint_auth_method = \"none\"\nfhir_user_claim = \"fhirUser\"";
    let section = provider.in_tenant_file("idp", lines);
    let portal = format!(
        "[[clients]]\nclient_id = \"portal\"\nclient_name = \"Portal\"\ntoken_endpoint_auth_method = \"private_key_jwt\"\njwks = {}\n\
         grant_types = [\"client_credentials\"]\nscope = \"system/Task.cru\"\nmay_launch = true\n",
        assertion::jwks(SigningAlg::RS384)
    );
    let hti = "[hti]\ndevice = \"admit\"\n[[hti.sign_in]]\nuser_type = \"Patient\"\nprovider = \"idp\"\n\
               [policy]\nloopback_key_sets = true\n";
    let server = TestServer::start_with(|toml| format!("{toml}{section}{portal}{hti}")).await.forgetful();
    let amy = json!({ "resourceType": "Patient", "id": "amy-shaw" });
    server.fhir.answers_at("/Patient/amy-shaw", 200, amy.to_string());
    let module = App::asymmetric(&server, SigningAlg::ES384);
    let token = Assertion::new(SigningAlg::RS384, "portal", "Device/es384-app", server.now().0)
        .with_claim("sub", json!("Patient/amy-shaw"))
        .with_claim("resource", json!("Task/1"))
        .sign();
    let request = with(module.request("launch openid fhirUser"), "launch", Some(&token));
    let mut person = Person::named(&server, "somebody");
    let location = person.opens(&authorize_url(&request)).await.app().location().to_owned();
    let claims = json!({ "sub": "00u-amy", "fhirUser": "Patient/amy-shaw" });
    let back = provider.signs_in(&location, claims, server.now().0);
    let answer = person.opens(&back).await.app();
    module.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(module.posts("introspect", &[("token", &token)]).await.json()["active"], true);
}

/// The line of a grant in its person's list is written anew now and then.
async fn a_year_of_refreshing() {
    let server = TestServer::start_with(as_it_is).await.forgetful();
    let app = App::public(&server);
    let mut tokens = app.gets_tokens("amy", SCOPE, None).await;
    for _ in 0..36 {
        server.passes(10 * 86_400);
        tokens = app.refreshes(tokens.refresh_token()).await;
    }
}

/// What a person changes at `/account`, and a passkey that signs in with nothing else.
async fn a_persons_own_sign_in() {
    let policy = "[policy]\nsecond_factor = \"optional\"\npasskeys = true\n";
    let server = TestServer::start_with(|toml| format!("{toml}\n{policy}")).await.forgetful();
    let mut amy = Person::named(&server, "amy");
    let page = amy.goes_to(&format!("{ISSUER}/account"), "current", None).await;
    let page = amy.submits(&page.with("do", "add-passkey"), &[]).await.page();
    let mut device = Authenticator::new();
    let new = device.creates(&page.passkey_options());
    let page = amy.submits(&page.with("do", "passkey"), &pairs(&new)).await.page();
    amy.submits(&page.with("do", "leave"), &[]).await;
    let mut somebody = Person::named(&server, "nobody");
    let page = somebody.opens(&App::public(&server).standalone(SCOPE)).await.page();
    let page = somebody.submits(&page, &pairs(&device.asserts(&page.passkey_options()))).await.page();
    assert!(page.asks("decision"), "{}", page.answer.body);
    changes_the_password(&server).await;
}

async fn changes_the_password(server: &TestServer) {
    let new = "a lantern in the long grass";
    let mut rosa = Person::named(server, "rosa");
    let page: Page = rosa.goes_to(&format!("{ISSUER}/account"), "current", None).await;
    let page = rosa.submits(&page, &[("current", PASSWORD), ("new", new), ("again", new)]).await.page();
    assert!(page.answer.body.contains("Your password is changed"), "{}", page.answer.body);
}

fn pairs(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// HealthLake and API Gateway ask about tokens of a user, of a session and of a backend service.
async fn at_the_doors_of_fhir_apis(tenant: fn(String) -> String) {
    let server = TestServer::start_with(|toml| {
        let name = "[[fhir_servers]]\nname = \"clinic-fhir\"";
        let role = "healthlake_read_role = \"arn:aws:iam::123456789012:role/healthlake-read\"";
        tenant(toml.replacen(name, &format!("{name}\n{role}"), 1))
    })
    .await
    .forgetful();
    let app = App::public(&server);
    let by_user = app.gets_tokens("amy", "openid launch/patient patient/*.rs", None).await;
    let launch = Ehr::of(&server).launches_patient("amy-shaw").await;
    let url = app.with_launch("launch openid online_access patient/*.rs", &launch);
    let answer = Person::named(&server, "hannah").goes_through(&url, None).await;
    let online = app.exchanges(&answer.query("code").expect("a code")).await;
    let own = App::backend(&server).asks_for_itself("system/*.rs").await.json();
    let own = own["access_token"].as_str().expect("a token");
    let base = server.fhir.url.clone();
    let healthlake = IdentityProvider::new(server.server.clone(), IsAuthorized::Boolean, vec!["clinic".to_owned()]);
    let authorizer = authorizer::Authorizer::new(server.server.clone(), &format!("clinic={base}"), true);
    let authorizer = authorizer.expect("a good setting");
    let path = base.splitn(4, '/').nth(3).unwrap_or_default();
    let tokens = [by_user.access_token(), online.access_token(), own];
    // With the clients in memory, and without.
    for (token, remembers) in tokens.iter().flat_map(|token| [(token, false), (token, true)]) {
        if !remembers {
            server.server.forget_configuration();
        }
        let question = json!({ "datastoreEndpoint": base, "operationName": "ReadResource", "bearerToken": token });
        let Ok(answer) = acting_as("healthlake", healthlake.answers(question)).await;
        assert_eq!(answer["authPayload"]["isAuthorized"], true, "{answer}");
        if !remembers {
            server.server.forget_configuration();
        }
        let request = json!({
            "version": "2.0", "rawPath": format!("/{path}/Patient/amy-shaw"), "rawQueryString": "",
            "headers": { "authorization": format!("Bearer {token}") },
            "requestContext": { "http": { "method": "GET", "sourceIp": "192.0.2.1" }, "stage": "$default" },
        });
        let answer = acting_as("authorizer", authorizer.answers(request)).await.expect("an answer");
        assert_eq!(answer["isAuthorized"], true, "{answer}");
    }
}

/// Whoever decides seals it, with what their first touch of the table finds there.
async fn an_event_in_the_audit_trail() {
    let server = TestServer::start().await;
    let (key, store, now) = (audit_key().await, &server.server.store, server.now());
    acting_as("rotate-keys", key.publish(store, now)).await.expect("the key is in the table");
    for function in ["authorize", "token", "introspect", "revoke", "launch-context", "rotate-keys"] {
        let line = acting_as(function, Sealer::new(store.clone()).seal("an event", now)).await.expect("sealed");
        let opener = Opener::new(emulated(), &key.key);
        assert_eq!(acting_as("audit", opener.open(&line)).await.as_deref(), Ok("an event"), "{function}");
    }
}
