//! He writes scopes so that one part of the server reads less in them than another: encoded spaces, tabs, other cases,
//! queries that widen. A scope is decoded once, split at spaces alone, and granted by what it means (SCP-15, SCP-6).

use super::*;
use kit::{
    Person,
    app::{authorize_url, with},
};

/// What amy's app gets for this wish, or the error.
async fn granted(server: &TestServer, app: &App<'_>, scope: &str) -> Result<String, String> {
    let mut person = Person::named(server, "amy");
    let answer = match person.opens(&authorize_url(&with(app.request("x"), "scope", Some(scope)))).await {
        kit::browser::Place::App(answer) => answer,
        _ => person.goes_through(&app.standalone(scope), None).await,
    };
    match answer.query("code") {
        Some(code) => Ok(app.exchanges(&code).await.scope().to_owned()),
        None => Err(answer.query("error").unwrap_or_default()),
    }
}

/// RFC 6749 §3.3: only a space separates. Whatever else looks like one is part of a name that nobody knows.
#[tokio::test]
async fn only_a_space_separates() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    for separator in
        ["\t", "\n", "\r\n", "%20", "+", "%2B", "\u{a0}", "\u{2003}", "\u{200b}", ",", ";", "\u{0}", "\"", "\\"]
    {
        let scope = format!("patient/Patient.rs launch/patient patient/Observation.rs{separator}patient/*.cruds");
        let granted = granted(&server, &app, &scope).await;
        assert_eq!(granted.as_deref(), Ok("patient/Patient.rs launch/patient"), "{separator:?}");
    }
}

/// RFC 6749 §3.3: "case-sensitive strings".
#[tokio::test]
async fn other_cases_are_other_scopes() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    for scope in
        ["PATIENT/*.rs", "patient/*.RS", "Patient/*.rs", "patient/observation.rs", "OPENID", "Offline_Access", "LAUNCH"]
    {
        let granted = granted(&server, &app, &format!("launch/patient patient/Patient.rs {scope}")).await;
        assert_eq!(granted.as_deref(), Ok("launch/patient patient/Patient.rs"), "{scope}");
    }
}

/// SCP-11: `system/` is for backend services alone, though this app's registration even has it.
#[tokio::test]
async fn a_user_can_not_give_system_scopes() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let wish = "launch/patient patient/Patient.rs system/*.rs system/Patient.rs system/*.read";
    assert_eq!(granted(&server, &app, wish).await.as_deref(), Ok("launch/patient patient/Patient.rs"));
    assert_eq!(granted(&server, &app, "system/*.rs").await, Err("invalid_scope".to_owned()));
}

/// And a backend service gets no user's scopes.
#[tokio::test]
async fn a_backend_service_gets_no_users_scopes() {
    let server = TestServer::start_with(|toml| {
        toml.replace(
            "system/*.rs system/*.read system/Task.cruds",
            "system/*.rs patient/*.rs user/*.rs openid offline_access",
        )
    })
    .await;
    let backend = App::backend(&server);
    let answer = backend.asks_for_itself("system/Patient.rs patient/*.rs user/*.rs openid offline_access launch").await;
    assert_eq!(answer.json()["scope"], "system/Patient.rs");
    assert!(answer.json().get("refresh_token").is_none());
    assert_refused(&backend.asks_for_itself("patient/*.rs").await, 400, "invalid_scope");
}

/// `second-app` may read, and nothing makes it write: other letters, v1, a list of everything, the same under a query.
#[tokio::test]
async fn reading_can_not_be_spelled_as_writing() {
    let server = TestServer::start().await;
    let app = App::second(&server);
    for wish in [
        "patient/*.cruds",
        "patient/*.*",
        "patient/Observation.cruds",
        "patient/*.cruds?_id=x",
        "patient/*.c patient/*.u patient/*.d patient/*.rs",
        "patient/*.write patient/*.read",
        "http://smarthealthit.org/fhir/scopes/patient/*.cruds",
        "patient/*.dus patient/*.srduc patient/*.rs",
    ] {
        if let Ok(granted) = granted(&server, &app, &format!("launch/patient {wish}")).await {
            for scope in granted.split(' ').filter(|scope| scope.contains("patient/") && !scope.contains("launch")) {
                let permissions = scope.rsplit('.').next().unwrap_or_default().split('?').next().unwrap_or_default();
                assert!(["rs", "r", "s", "read"].contains(&permissions), "{wish}: {granted}");
            }
        }
    }
}

/// An app that may see laboratory results sees nothing else, however it asks.
#[tokio::test]
async fn a_limited_app_can_not_widen_its_query() {
    let category = "http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
    let allowed = format!("patient/Observation.rs?category={category}");
    let registered = "scope = \"openid fhirUser launch launch/patient offline_access patient/*.rs\"\n";
    let limited = format!("scope = \"launch/patient {allowed}\"\n");
    let server = TestServer::start_with(|toml| toml.replacen(registered, &limited, 1)).await;
    let app = App::second(&server);
    assert_eq!(
        granted(&server, &app, &format!("launch/patient {allowed}")).await,
        Ok(format!("launch/patient {allowed}"))
    );
    for wish in ["patient/Observation.rs", "patient/*.rs", "patient/Observation.cruds", "patient/*.read"] {
        let granted = granted(&server, &app, &format!("launch/patient {wish}")).await.expect("something is left");
        assert!(granted.contains("?category=") && granted.contains("laboratory"), "{wish}: {granted}");
        assert!(!granted.contains("Observation.rs ") && !granted.contains("cruds"), "{wish}: {granted}");
    }
    let vital = allowed.replace("laboratory", "vital-signs");
    for wish in [
        vital.clone(),
        format!("{allowed}&"),
        format!("{allowed},http://terminology.hl7.org/CodeSystem/observation-category|vital-signs"),
        "patient/Observation.rs?category=".to_owned(),
        "patient/Observation.rs?".to_owned(),
        "patient/Observation.rs?category:not=x".to_owned(),
        "patient/Observation.rs?code=1".to_owned(),
        "patient/Condition.rs".to_owned(),
    ] {
        // Whatever is left of it is bounded by what is allowed: FHIR joins several parameters by "and".
        if let Ok(granted) = granted(&server, &app, &format!("launch/patient {wish}")).await {
            let bound = format!("category={category}");
            for scope in granted.split(' ').filter(|scope| *scope != "launch/patient") {
                let (rights, query) = scope.split_once('?').unwrap_or((scope, ""));
                assert!(
                    rights == "patient/Observation.rs" && query.split('&').any(|one| one == bound),
                    "{wish}: {granted}"
                );
            }
        }
    }
}

/// What is granted is said in the answer as it is in the token, and nothing is decoded again on the way.
#[tokio::test]
async fn an_encoded_scope_survives_untouched() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let scope = "launch/patient patient/Observation.rs?code=a%20b%26c%7Cd";
    let mut person = Person::named(&server, "amy");
    let answer = person.goes_through(&app.standalone(scope), None).await;
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.scope(), scope);
    assert_eq!(tokens.claims("access_token")["scope"], scope);
    assert_eq!(app.introspected(tokens.access_token()).await["scope"], scope);
}

/// OIDC-15 MUST NOT: an id_token without `openid`, a `fhirUser` without it.
#[tokio::test]
async fn an_identity_can_not_be_had_by_a_look_alike() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    for look_alike in ["OpenID", "openid/", "openid%20", "open id", "openid?"] {
        let mut person = Person::named(&server, "amy");
        let url = app.standalone(&format!("launch/patient patient/Patient.rs fhirUser {look_alike}"));
        let answer = person.goes_through(&url, None).await;
        let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
        assert!(tokens.0.get("id_token").is_none(), "{look_alike}");
        assert!(tokens.claims("access_token").get("fhirUser").is_none(), "{look_alike}");
    }
}

/// TOK-10: if nothing can truthfully be granted, nobody is asked and no empty token is made.
#[tokio::test]
async fn a_wish_of_which_nothing_is_left_gives_no_token() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    for wish in ["fhirUser", "profile", "fhirUser profile", "offline_access", "", "nonsense", "launch/imagingstudy"] {
        let mut person = Person::named(&server, "amy");
        let answer = person.opens(&app.standalone(wish)).await;
        let answer = match answer {
            kit::browser::Place::App(answer) => answer,
            _ => person.goes_through(&app.standalone(wish), None).await,
        };
        assert_eq!(answer.query("error").as_deref(), Some("invalid_scope"), "{wish}");
    }
}
