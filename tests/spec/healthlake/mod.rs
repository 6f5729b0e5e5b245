//! The identity provider of AWS HealthLake: its documented events, and what any doubt comes to.

use healthlake::{IdentityProvider, IsAuthorized};
use kit::{App, Person, TestServer};
use serde_json::{Value, json};

const DATASTORE: &str = "https://healthlake.us-east-1.amazonaws.com/datastore/f1e2d3c4/r4/";
const READ: &str = "arn:aws:iam::123456789012:role/healthlake-read";
const WRITE: &str = "arn:aws:iam::123456789012:role/healthlake-write";

/// Clinic, with a data store for its FHIR server.
async fn start() -> TestServer {
    start_with(|toml| toml).await
}

async fn start_with(change: impl Fn(String) -> String) -> TestServer {
    TestServer::start_with(|toml| {
        let roles = format!("healthlake_read_role = \"{READ}\"\nhealthlake_write_role = \"{WRITE}\"");
        let store = format!(
            "[[fhir_servers]]\nname = \"store\"\nurl = \"{DATASTORE}\"\n{roles}\n\n[[fhir_servers]]\nname = \"clinic-fhir\""
        );
        change(toml.replacen("[[fhir_servers]]\nname = \"clinic-fhir\"", &store, 1))
    })
    .await
}

fn provider(server: &TestServer, form: IsAuthorized) -> IdentityProvider {
    IdentityProvider::new(server.server.clone(), form, Vec::new())
}

/// As the developer guide has it, with what else was seen in it.
fn event(token: &str) -> Value {
    json!({
        "datastoreEndpoint": DATASTORE,
        "datastoreId": "f1e2d3c4",
        "datastoreTypeVersion": "R4",
        "operationName": "SearchWithGet",
        "bearerToken": token,
    })
}

async fn asks(server: &TestServer, event: Value) -> Value {
    let Ok(answer) = provider(server, IsAuthorized::Boolean).answers(event).await;
    answer
}

async fn backend_token(server: &TestServer, scope: &str) -> String {
    let answer = App::backend(server).asks_for_itself(scope).await.json();
    answer["access_token"].as_str().unwrap_or_else(|| panic!("no token: {answer}")).to_owned()
}

fn is_a_no(answer: &Value) -> bool {
    answer["authPayload"]["isAuthorized"] == json!(false)
        && answer["authPayload"]["aud"] == DATASTORE
        && answer["authPayload"]["scope"] == ""
        && answer["iamRoleARN"] == ""
}

/// HL-2.
#[tokio::test]
async fn an_active_token_is_authorized_in_both_forms() {
    let server = start().await;
    let token = backend_token(&server, "system/*.rs").await;
    for (form, yes) in [(IsAuthorized::Boolean, json!(true)), (IsAuthorized::Text, json!("true"))] {
        let Ok(answer) = provider(&server, form).answers(event(&token)).await;
        let now = server.now().0;
        let expected = json!({
            "authPayload": {
                "iss": "https://auth.example/clinic",
                "aud": DATASTORE,
                "iat": now,
                "nbf": now,
                "exp": now + 300,
                "isAuthorized": yes,
                "uid": "backend",
                "scope": "system/*.rs",
            },
            "iamRoleARN": READ,
        });
        assert_eq!(answer, expected);
    }
}

#[tokio::test]
async fn a_no_has_both_forms_too() {
    let server = start().await;
    for (form, no) in [(IsAuthorized::Boolean, json!(false)), (IsAuthorized::Text, json!("false"))] {
        let Ok(answer) = provider(&server, form).answers(event("nonsense")).await;
        assert_eq!(answer["authPayload"]["isAuthorized"], no);
        for member in ["aud", "nbf", "exp", "scope"] {
            assert!(!answer["authPayload"][member].is_null(), "{member}");
        }
    }
}

#[tokio::test]
async fn the_users_own_resource_and_the_patient_come_along_and_other_scopes_do_not() {
    let of_people = |server: &str| format!("fhir_server = \"{server}\"");
    let server = start_with(|toml| toml.replace(&of_people("clinic-fhir"), &of_people("store"))).await;
    let scope = "openid fhirUser launch/patient offline_access patient/*.rs";
    let app = App::public(&server);
    let request = kit::app::with(app.request(scope), "aud", Some(DATASTORE));
    let mut amy = Person::named(&server, "amy");
    let answer = amy.goes_through(&kit::app::authorize_url(&request), None).await;
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    let payload = asks(&server, event(tokens.access_token())).await["authPayload"].clone();
    assert_eq!((&payload["scope"], &payload["patient"]), (&json!("patient/*.rs"), &json!("amy-shaw")));
    assert_eq!(payload["fhirUser"], format!("{DATASTORE}Patient/amy-shaw"));
    app.posts("revoke", &[("token", tokens.access_token())]).await;
    assert!(is_a_no(&asks(&server, event(tokens.access_token())).await));
}

/// HL-7.
#[tokio::test]
async fn the_role_is_that_of_the_scopes() {
    let server = start_with(|toml| toml.replace("system/*.rs", "system/*.cruds")).await;
    for (scope, role) in [("system/Observation.rs", READ), ("system/Observation.cruds", WRITE)] {
        let token = backend_token(&server, scope).await;
        assert_eq!(asks(&server, event(&token)).await["iamRoleARN"], role, "{scope}");
    }
}

#[tokio::test]
async fn an_expired_and_a_revoked_token_are_not_authorized() {
    let server = start().await;
    let token = backend_token(&server, "system/*.rs").await;
    App::backend(&server).posts("revoke", &[("token", &token)]).await;
    assert!(is_a_no(&asks(&server, event(&token)).await));
    let token = backend_token(&server, "system/*.rs").await;
    server.passes(301);
    assert!(is_a_no(&asks(&server, event(&token)).await));
}

#[tokio::test]
async fn a_token_of_another_tenant_or_for_another_server_is_not_authorized() {
    let server = start().await;
    // Clinic's own, for its other FHIR server.
    let tokens = App::public(&server).gets_tokens("amy", "launch/patient patient/*.rs", None).await;
    assert!(is_a_no(&asks(&server, event(tokens.access_token())).await));
    // A good one, at a data store that is not clinic's.
    let token = backend_token(&server, "system/*.rs").await;
    let mut foreign = event(&token);
    foreign["datastoreEndpoint"] = json!("https://healthlake.us-east-1.amazonaws.com/datastore/another/r4/");
    let answer = asks(&server, foreign).await;
    assert_eq!(answer["authPayload"]["isAuthorized"], false);
    // Signed by clinic's key, as if the tenant `other` had issued it.
    let tenant = server.server.tenant("clinic", server.now()).await.expect("a table").expect("a tenant");
    let mut claims = kit::app::claims(&token);
    claims["iss"] = json!("https://auth.example/other");
    let kind = rules::jws::TokenKind::AccessToken;
    let forged = server.server.signer.sign(&tenant, kind, &claims).await.expect("a signature");
    assert!(is_a_no(&asks(&server, event(forged.expose())).await));
}

/// The five tokens that may come, each in both forms of `isAuthorized` (HL-3, HL-6).
#[tokio::test]
async fn each_kind_of_token_has_its_answer_in_both_forms() {
    let server = start().await;
    let expired = backend_token(&server, "system/*.rs").await;
    server.passes(301);
    let (active, revoked) = (backend_token(&server, "system/*.rs").await, backend_token(&server, "system/*.rs").await);
    App::backend(&server).posts("revoke", &[("token", &revoked)]).await;
    let proof = kit::app::assertion_form(
        &App::backend(&server).assertion().with_claim("aud", json!("https://auth.example/other/token")).sign(),
    );
    let mut form = vec![("grant_type", "client_credentials"), ("scope", "system/*.rs")];
    form.extend(proof.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let of_other = server.post("/other/token", &form, &[]).await.json();
    let of_other = of_other["access_token"].as_str().unwrap_or_else(|| panic!("no token: {of_other}")).to_owned();
    let elsewhere = "https://healthlake.us-east-1.amazonaws.com/datastore/another/r4/";
    for (case, token, endpoint, expected) in [
        ("active", &active, DATASTORE, true),
        ("expired", &expired, DATASTORE, false),
        ("revoked", &revoked, DATASTORE, false),
        ("of another tenant", &of_other, DATASTORE, false),
        ("at another data store", &active, elsewhere, false),
    ] {
        for form in [IsAuthorized::Boolean, IsAuthorized::Text] {
            let mut event = event(token);
            event["datastoreEndpoint"] = json!(endpoint);
            let Ok(answer) = provider(&server, form).answers(event).await;
            let said = if form == IsAuthorized::Text { json!(expected.to_string()) } else { json!(expected) };
            let payload = &answer["authPayload"];
            assert_eq!((&payload["isAuthorized"], &payload["aud"]), (&said, &json!(endpoint)), "{case}, {form:?}");
            assert_eq!(answer["iamRoleARN"], if expected { READ } else { "" }, "{case}, {form:?}");
            for member in ["iat", "nbf", "exp"] {
                assert!(payload[member].is_i64(), "{case}: {member}");
            }
        }
    }
}

/// Each operation that the guide names, and ones that it does not: an open list (HL-1).
#[tokio::test]
async fn the_operation_may_be_any() {
    let server = start().await;
    let token = backend_token(&server, "system/*.rs").await;
    for operation in
        ["SearchWithGet", "SearchWithPost", "ReadResource", "CreateResource", "UpdateResource", "", "ünknown"]
    {
        let mut event = event(&token);
        event["operationName"] = json!(operation);
        assert_eq!(asks(&server, event).await["authPayload"]["isAuthorized"], true, "{operation}");
    }
}

/// Every member of the event replaced by every odd value: an answer, and never a yes that it should not be.
#[tokio::test]
async fn an_event_that_is_spoilt_anywhere_has_an_answer() {
    let server = start().await;
    let token = backend_token(&server, "system/*.rs").await;
    let huge = "x".repeat(6_000_000);
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    let odd = || {
        [
            json!(null),
            json!(true),
            json!(0),
            json!(-1),
            json!(1e308),
            json!(""),
            json!(" "),
            json!("\u{0}"),
            json!("\u{feff}"),
            json!("é\u{202e}🩺"),
            json!("Bearer"),
            json!("..."),
            json!("eyJ.eyJ.eyJ"),
            json!("//..//"),
            json!("_-_."),
            json!("/////4A.gP8.gA"),
            json!([]),
            json!([[], {}]),
            json!({}),
            json!({ "bearerToken": "t" }),
            json!(huge),
            deep.clone(),
        ]
    };
    for member in ["datastoreEndpoint", "operationName", "bearerToken"] {
        for value in odd() {
            let text = value.is_string();
            let mut spoilt = event(&token);
            spoilt[member] = value;
            let answer = asks(&server, spoilt).await;
            match (text, member) {
                (false, _) => assert_eq!(answer, json!({}), "{member}"),
                (true, "operationName") => assert_eq!(answer["authPayload"]["isAuthorized"], true),
                (true, _) => assert_eq!(answer["authPayload"]["isAuthorized"], false, "{member}"),
            }
        }
        let mut without = event(&token);
        without.as_object_mut().expect("members").remove(member);
        assert_eq!(asks(&server, without).await, json!({}), "without {member}");
    }
    // What else is in it is nobody's business.
    for member in ["datastoreId", "datastoreTypeVersion", "datastoreName", "somethingNew"] {
        for value in odd() {
            let mut more = event(&token);
            more[member] = value;
            assert_eq!(asks(&server, more).await["authPayload"]["isAuthorized"], true, "{member}");
        }
    }
}

#[tokio::test]
async fn a_trailing_slash_more_or_less_is_the_same_data_store() {
    let server = start().await;
    let token = backend_token(&server, "system/*.rs").await;
    let mut event = event(&token);
    event["datastoreEndpoint"] = json!(DATASTORE.trim_end_matches('/'));
    let answer = asks(&server, event).await;
    assert_eq!(answer["authPayload"]["isAuthorized"], true);
    assert_eq!(answer["authPayload"]["aud"], DATASTORE.trim_end_matches('/'));
}

#[tokio::test]
async fn whatever_comes_there_is_an_answer() {
    let server = start().await;
    for odd in
        [json!(null), json!([]), json!("text"), json!({}), json!({ "bearerToken": "t" }), json!({ "bearerToken": 1 })]
    {
        assert_eq!(asks(&server, odd).await, json!({}));
    }
    for token in ["", "a", "a.b", "a.b.c", "at_unknown", "\u{0}", &"x".repeat(100_000), "eyJhbGciOiJub25lIn0.e30."] {
        assert!(is_a_no(&asks(&server, event(token)).await), "{token:.20}");
    }
    let token = backend_token(&server, "system/*.rs").await;
    server.loses_its_table();
    assert!(is_a_no(&asks(&server, event(&token)).await));
}

#[tokio::test]
async fn a_question_costs_one_read() {
    let server = start().await;
    let token = backend_token(&server, "system/*.rs").await;
    server.calls.take();
    assert_eq!(asks(&server, event(&token)).await["authPayload"]["isAuthorized"], true);
    assert_eq!(server.calls.take(), ["GetItem"]);
    // Where tenant and client are in memory no more, they are read with it.
    server.passes(200);
    assert_eq!(asks(&server, event(&token)).await["authPayload"]["isAuthorized"], true);
    assert_eq!(server.calls.take(), ["Query", "BatchGetItem"]);
}

#[tokio::test]
async fn a_reference_token_is_found_where_its_tenant_is_named() {
    let server = start_with(|toml| {
        toml.replacen("client_id = \"backend\"", "client_id = \"backend\"\naccess_token_format = \"reference\"", 1)
    })
    .await;
    let token = backend_token(&server, "system/*.rs").await;
    assert!(is_a_no(&asks(&server, event(&token)).await));
    let named = IdentityProvider::new(server.server.clone(), IsAuthorized::Boolean, vec!["clinic".to_owned()]);
    let Ok(answer) = named.answers(event(&token)).await;
    assert_eq!(answer["authPayload"]["isAuthorized"], true);
}

#[tokio::test]
async fn a_role_that_is_none_is_a_mistake_in_the_tenant_file() {
    for roles in ["healthlake_read_role = \"admin\"", "healthlake_write_role = \"arn:aws:iam::123456789012:role/w\""] {
        let text =
            format!("id = \"t\"\nname = \"T\"\n[[fhir_servers]]\nname = \"f\"\nurl = \"https://f.example\"\n{roles}");
        let parsed =
            admin::tenant_file::parse("t.toml", &text).and_then(|file| file.resolve("https://auth.example").map(drop));
        assert!(parsed.is_err(), "{roles}");
    }
}

/// DPOP-18: a data store is told the token alone.
#[tokio::test]
async fn a_token_that_is_bound_to_a_key_is_a_no() {
    let server = start().await;
    let token = backend_token(&server, "system/*.rs").await;
    let clinic = server.server.tenant("clinic", server.now()).await.expect("the table").expect("a tenant");
    let mut claims = kit::app::claims(&token);
    claims["cnf"] = json!({ "jkt": "A".repeat(43) });
    let bound = server.server.signer.sign(&clinic, rules::jws::TokenKind::AccessToken, &claims).await.expect("a token");
    assert!(is_a_no(&asks(&server, event(bound.expose())).await));
    assert!(!is_a_no(&asks(&server, event(&token)).await));
}
