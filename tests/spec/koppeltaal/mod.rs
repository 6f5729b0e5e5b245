//! Koppeltaal: the server decides a backend service's scopes by its role (TOP-KT-005c).

mod discovery;

use kit::{App, TestServer, app::claims};

const ROLES: &str = r#"
[[roles]]
name = "module"
[[roles.permissions]]
resource = "Patient"
actions = "r"
reach = "all"
[[roles.permissions]]
resource = "RelatedPerson"
actions = "cru"
[[roles.permissions]]
resource = "Task"
actions = "r"
reach = "granted"
granted = ["a", "b"]
"#;
const GRANTED: &str = "system/Patient.rs system/RelatedPerson.crus?resource-origin=Device/backend \
                       system/Task.rs?resource-origin=Device/a,Device/b";

async fn server() -> TestServer {
    let with_role =
        |toml: String| toml.replace("client_id = \"backend\"", "client_id = \"backend\"\nrole = \"module\"") + ROLES;
    TestServer::start_with(with_role).await
}

/// KT-1, KT-3, KT-4: "the granted scope is set by the AS from the application's role, not by the client".
#[tokio::test]
async fn a_client_gets_exactly_its_roles_scopes_whatever_it_asks_for() {
    let server = server().await;
    let app = App::backend(&server);
    for asked in ["system/*.cruds", "*", "system/Patient.rs", "__introspect"] {
        let answer = app.asks_for_itself(asked).await;
        assert_eq!((answer.status, answer.json()["scope"].as_str()), (200, Some(GRANTED)), "{asked}");
    }
    let empty = app.posts("token", &[("grant_type", "client_credentials"), ("scope", "")]).await;
    assert_eq!(empty.json()["scope"], GRANTED);
}

/// KT-6, KT-7: azp, 300 seconds, no refresh token.
#[tokio::test]
async fn the_token_names_its_client_lives_300_seconds_and_has_no_refresh_token() {
    let server = server().await;
    let answer = App::backend(&server).asks_for_itself("").await.json();
    assert_eq!(answer["expires_in"], 300);
    assert!(answer.get("refresh_token").is_none());
    let claims = claims(answer["access_token"].as_str().expect("a token"));
    assert_eq!(claims["azp"], "backend");
    assert_eq!(claims["exp"].as_i64(), claims["iat"].as_i64().map(|iat| iat + 300));
}

/// KT-I3, where the tenant's policy says so; to a FHIR server an id_token stays nothing (OIDC-16).
#[tokio::test]
async fn a_client_may_introspect_its_id_token_and_a_fhir_server_may_not() {
    let allowed = |toml: String| {
        toml.replacen("[[fhir_servers]]", "[policy]\nintrospect_id_tokens = true\n\n[[fhir_servers]]", 1)
    };
    let server = TestServer::start_with(allowed).await;
    let app = App::symmetric(&server);
    let tokens = app.gets_tokens("amy", "openid launch/patient patient/*.rs", None).await;
    let id_token = tokens.0["id_token"].as_str().expect("an id_token");
    let answer = app.posts("introspect", &[("token", id_token)]).await.json();
    assert_eq!((&answer["active"], &answer["sub"]), (&true.into(), &tokens.claims("id_token")["sub"]));
    assert_eq!(app.introspected(id_token).await["active"], false);
    let second = App::backend(&server);
    assert_eq!(second.posts("introspect", &[("token", id_token)]).await.json()["active"], true);
}
