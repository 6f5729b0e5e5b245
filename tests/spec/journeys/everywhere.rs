//! The journeys that the log is searched after in `secrecy`, but for the launches: managing, signing out, legacy grants, a
//! provider's people, HealthLake, the authorizer, the rotation of keys. What they used comes back with them.

use healthlake::{IdentityProvider, IsAuthorized};
use kit::{App, Person, Provider, TestServer, server::PASSWORD, signing_keys};
use serde_json::json;

const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs";
const EMAIL: &str = "amy.shaw@mail.example";

/// What was used, by what it is.
pub async fn all() -> Vec<(&'static str, String)> {
    let mut used = manages_and_signs_out().await;
    used.extend(legacy_grants().await);
    used.extend(at_a_provider().await);
    used.extend(at_the_doors_of_fhir_apis().await);
    used
}

async fn manages_and_signs_out() -> Vec<(&'static str, String)> {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    amy.goes_through(&App::public(&server).standalone(SCOPE), None).await;
    let page = amy.opens("/clinic/manage").await.page();
    amy.submits(&page, &[("client_id", "public-app"), ("decision", "take-away")]).await;
    let denied = amy.goes_to(&App::second(&server).standalone("launch/patient patient/*.rs"), "decision", None).await;
    amy.submits(&denied, &[("decision", "deny")]).await.app();
    let page = amy.opens("/clinic/logout").await.page();
    amy.submits(&page, &[("sign_out", "yes")]).await.end();
    amy.cookies.values().filter(|cookie| cookie.len() > 8).map(|cookie| ("cookie", cookie.clone())).collect()
}

async fn legacy_grants() -> Vec<(&'static str, String)> {
    let server = TestServer::start_with(|toml| {
        let policy = "name = \"Test Clinic\"\npolicy = { grant_types = [\"password\", \"authorization_code\", \"refresh_token\", \"client_credentials\"] }";
        let usual = "client_id = \"public-app\"\nclient_name = \"Growth Chart\"\ntoken_endpoint_auth_method = \"none\"\ngrant_types = [";
        let toml = toml.replacen("name = \"Test Clinic\"", policy, 1);
        toml.replacen(usual, &format!("{usual}\"password\", "), 1)
    })
    .await;
    let mut used = Vec::new();
    for password in [PASSWORD, "wrong-password-hunter2"] {
        let form = [
            ("grant_type", "password"),
            ("client_id", "public-app"),
            ("username", "amy"),
            ("password", password),
            ("scope", "patient/*.rs"),
        ];
        let answer = server.post("/clinic/token", &form, &[]).await;
        used.extend(answer.json()["access_token"].as_str().map(|token| ("token", token.to_owned())));
    }
    server.passes(91 * 86_400);
    rotate_keys::rotate_all(&server.server, &signing_keys::maker().await).await.expect("keys are rotated");
    used
}

async fn at_a_provider() -> Vec<(&'static str, String)> {
    let provider = Provider::start().await;
    let section =
        provider.in_tenant_file("okta", "token_endpoint_auth_method = \"none\"\nfhir_user_claim = \"fhirUser\"");
    let policy = "[policy]\nloopback_key_sets = true\nlocal_sign_in = false\n";
    let server = TestServer::start_with(|toml| format!("{toml}{section}\n{policy}")).await;
    let subject = "00u-amys-subject";
    for fhir_user in ["Patient/amy-shaw", "Patient/not an id"] {
        let mut amy = Person::named(&server, "somebody");
        let location = amy.opens(&App::public(&server).standalone(SCOPE)).await.app().location().to_owned();
        let claims = json!({ "sub": subject, "name": "Amy Shaw", "email": EMAIL, "fhirUser": fhir_user });
        let back = provider.signs_in(&location, claims, server.now().0);
        amy.opens(&back).await;
    }
    vec![("provider's subject", subject.to_owned()), ("e-mail", EMAIL.to_owned())]
}

async fn at_the_doors_of_fhir_apis() -> Vec<(&'static str, String)> {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let token = tokens.access_token();
    let base = server.fhir.url.clone();
    let healthlake = IdentityProvider::new(server.server.clone(), IsAuthorized::Boolean, Vec::new());
    let question = json!({ "datastoreEndpoint": base, "operationName": "ReadResource", "bearerToken": token });
    let Ok(_) = healthlake.answers(question).await;
    let authorizer = authorizer::Authorizer::new(server.server.clone(), &format!("clinic={base}"), true);
    let authorizer = authorizer.expect("a good setting");
    let path = base.splitn(4, '/').nth(3).unwrap_or_default();
    for id in ["amy-shaw", "wei-chen"] {
        let event = json!({
            "version": "2.0", "rawPath": format!("/{path}/Patient/{id}"), "rawQueryString": "name=searched-name",
            "headers": { "authorization": format!("Bearer {token}") },
            "requestContext": { "http": { "method": "GET", "sourceIp": "192.0.2.1" }, "stage": "$default" },
        });
        authorizer.answers(event).await.expect("an answer");
    }
    vec![("token", token.to_owned())]
}
