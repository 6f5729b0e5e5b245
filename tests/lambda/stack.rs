//! The alarms of `infra/template.yaml` on real lines of the functions' logs, and its routes on the functions.

use kit::{App, Deployed, Person, app::Proof, template::Template};
use rules::tenant::paths::PathForm;
use serde_json::Value;

/// The alarms on guessing and on replays count lines of the logs: real lines of the functions must match their filters.
#[tokio::test]
async fn a_lockout_and_a_replay_are_counted() {
    let deployed = Deployed::start().await;
    let server = &deployed.server;
    let app = App::public(server);
    let code = app.code("amy", "launch/patient patient/*.rs", None).await;
    app.exchanges(&code).await;
    app.redeems(&code).await;
    let wrong =
        App { proof: Proof::Basic("wrong-secret-of-more-than-thirty-two-characters"), ..App::symmetric(server) };
    for _ in 0..12 {
        wrong.sends_refresh("x", None).await;
    }
    let mut guesser = Person::named(server, "rosa");
    guesser.password = "wrong".to_owned();
    let page = guesser.goes_to(&app.standalone("patient/*.rs"), "password", None).await;
    for _ in 0..12 {
        guesser.submits(&page, &[("username", "rosa"), ("password", "wrong")]).await;
    }
    let output = deployed.ends().await;
    let lines: Vec<Value> = output.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    for (name, expected) in [("TokenReplaysRefused", 1), ("TokenLockedOut", 1), ("AuthorizeLockedOut", 1)] {
        let filter = Template::of_the_stack().document["Resources"][name]["Properties"]["FilterPattern"]
            .as_str()
            .expect("a pattern");
        let filter = filter.trim_start_matches('{').trim_end_matches('}');
        let matching = lines.iter().filter(|line| holds(filter, line)).count();
        assert!(matching >= expected, "{name} matches {matching} lines:\n{output}");
        assert!(matching < lines.len() / 2, "{name} matches too much");
    }
}

/// CloudWatch's filter patterns, as far as the template goes: `=`, `*` at the ends of a text, `&&`, `||`, brackets.
fn holds(pattern: &str, line: &Value) -> bool {
    let pattern = pattern.trim();
    if let Some((left, right)) = pattern.split_once("&&") {
        return holds(left, line) && holds(right, line);
    }
    if let Some((left, right)) = pattern.trim_matches(['(', ')']).split_once("||") {
        return holds(left, line) || holds(right, line);
    }
    let (path, value) = pattern.split_once(" = ").expect("a comparison");
    let path = path.trim().trim_start_matches("$.").replace('.', "/");
    let found = line.pointer(&format!("/{path}")).unwrap_or(&Value::Null);
    let Some(text) = value.trim().strip_prefix('"').and_then(|value| value.strip_suffix('"')) else {
        return serde_json::from_str::<Value>(value.trim()).is_ok_and(|value| *found == value);
    };
    let found = found.as_str().unwrap_or_default();
    match (text.strip_prefix('*'), text.strip_suffix('*')) {
        (Some(_), Some(_)) => found.contains(text.trim_matches('*')),
        (None, Some(start)) => found.starts_with(start),
        (Some(end), None) => found.ends_with(end),
        (None, None) => found == text,
    }
}

#[tokio::test]
async fn every_route_leads_to_a_function_that_serves_it() {
    let deployed = Deployed::start().await;
    for function in Template::of_the_stack().functions.values() {
        for route in &function.routes {
            let path = route.replace("{tenant}", "clinic").replace("{proxy+}", "style.css");
            let found = Template::of_the_stack().function_for(&path).map(|function| &function.binary);
            assert_eq!(found, Some(&function.binary), "{route}");
            // 303: who manages their apps signs in first.
            let answer = deployed.server.get(&path).await;
            let is_served = match answer.status {
                // Clinic's issuer is of another form.
                404 if PathForm::of_route(route) == PathForm::Koppeltaal => {
                    answer.body.contains("there is no such authorization server")
                }
                // By the function and not by the gateway: clinic's FHIR servers are elsewhere, it takes no
                // pushed requests, has introspection at its usual path, and publishes neither brands nor a page for developers.
                404 => [
                    "introspection is at another path here",
                    "no FHIR server at this address",
                    "takes no pushed authorization requests",
                    "no brands are published here",
                    "no documentation at this address",
                ]
                .iter()
                .any(|said| answer.body.contains(said)),
                status => matches!(status, 200 | 303 | 400 | 401 | 405),
            };
            assert!(is_served, "{route} answers {} {}", answer.status, answer.body);
        }
    }
}
