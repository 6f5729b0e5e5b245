//! `docs/openapi.yaml` describes every route, its methods, each member of the answers that are recorded, and each request of the
//! collection beside it.

use crate::layout::{functions, routes};
use axum::{body::Body, http::Method};
use kit::{TestServer, template::yaml};
use rules::tenant::paths::PathForm;
use serde_json::Value;
use std::{collections::BTreeSet, fs, path::Path, sync::OnceLock};

const TEXT: &str = include_str!("../../docs/openapi.yaml");
const RECORDED: &str = include_str!("../fixtures/recorded.txt");
const METHODS: [(&str, Method); 4] =
    [("get", Method::GET), ("post", Method::POST), ("put", Method::PUT), ("delete", Method::DELETE)];

fn description() -> &'static Value {
    static DESCRIPTION: OnceLock<Value> = OnceLock::new();
    DESCRIPTION.get_or_init(|| yaml(TEXT))
}

fn paths() -> impl Iterator<Item = (&'static str, &'static Value)> {
    description()["paths"].as_object().expect("paths").iter().map(|(path, item)| (path.as_str(), item))
}

/// What stands at the end of a reference, or the value itself.
fn resolved(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str() {
        None => value,
        Some(reference) => {
            let pointer = reference.strip_prefix('#').expect("a reference within the file");
            resolved(description().pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere")))
        }
    }
}

#[test]
fn each_route_of_the_functions_is_described_and_no_other() {
    let of_functions = |form| -> BTreeSet<String> {
        let routes = functions().into_iter().flat_map(|function| routes(&function));
        routes.filter(|route| PathForm::of_route(route) == form).map(|route| route.replace("{*", "{")).collect()
    };
    let described: BTreeSet<String> = paths().map(|(path, _)| path.to_owned()).collect();
    assert_eq!(described, of_functions(PathForm::Own));
    // Each path of Koppeltaal's form is one of these in another spelling.
    for route in of_functions(PathForm::Koppeltaal) {
        let own = route
            .replace("/api/v1/{tenant}/oauth2", "/{tenant}")
            .replace("/api/v1/{tenant}/fhir/r4/", "/{tenant}/fhir/")
            .replace("/{tenant}/v2/", "/{tenant}/fhir/");
        assert!(described.contains(&own), "{route}");
    }
}

#[test]
fn each_reference_leads_somewhere_and_each_operation_has_its_own_name() {
    fn walk(value: &'static Value) {
        match value {
            Value::Object(members) => {
                resolved(value);
                members.values().for_each(walk);
            }
            Value::Array(entries) => entries.iter().for_each(walk),
            _ => {}
        }
    }
    walk(description());
    let mut names = BTreeSet::new();
    for (path, item) in paths() {
        for operation in METHODS.iter().filter_map(|(name, _)| item.get(name)) {
            let name = operation["operationId"].as_str().unwrap_or_else(|| panic!("{path}: no operationId"));
            assert!(names.insert(name), "{name} stands twice");
        }
        // Each placeholder of the path is a parameter.
        for placeholder in path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
            let parameters = item["parameters"].as_array().unwrap_or_else(|| panic!("{path}: no parameters"));
            assert!(
                parameters.iter().any(|parameter| resolved(parameter)["name"] == placeholder),
                "{path}: {placeholder}"
            );
        }
    }
}

/// A method that is described is answered, and one that is not is refused.
#[tokio::test]
async fn each_method_is_described_that_a_route_takes() {
    let server = TestServer::start().await;
    for (path, item) in paths() {
        let url = [("{tenant}", "clinic"), ("{interaction}", "x"), ("{provider}", "x"), ("{rest}", "fhir")]
            .iter()
            .fold(path.to_owned(), |url, (name, value)| url.replace(name, value));
        for (name, method) in &METHODS {
            let status = server.request(method.clone(), &url, &[], Body::empty()).await.status;
            match item.get(name) {
                Some(_) => assert_ne!(status, 405, "{name} {path}"),
                // An endpoint that is off says 404 to everything.
                None => assert!([404, 405].contains(&status), "{name} {path}: {status}"),
            }
        }
    }
}

/// Which operation a recorded answer is of: by what stands above it.
fn operation_of(what: &str) -> Option<(&'static str, &'static str)> {
    let path = match what {
        "/clinic/.well-known/smart-configuration" => "/{tenant}/.well-known/smart-configuration",
        "/clinic/fhir/.well-known/smart-configuration" => "/{tenant}/fhir/.well-known/smart-configuration",
        "/clinic/.well-known/openid-configuration" => "/{tenant}/.well-known/openid-configuration",
        "/.well-known/openid-configuration/clinic" => "/.well-known/openid-configuration/{tenant}",
        "/.well-known/oauth-authorization-server/clinic" => "/.well-known/oauth-authorization-server/{tenant}",
        _ if what.starts_with("/.well-known/oauth-protected-resource/") => {
            "/.well-known/oauth-protected-resource/{tenant}/{rest}"
        }
        "a request for authorization" => "/{tenant}/authorize",
        _ if what.starts_with("authorize ") => "/{tenant}/authorize",
        "a code" | "a refresh" | "a used code" | "a backend service" | "a refusal to a page" => "/{tenant}/token",
        _ if what.starts_with("token ") => "/{tenant}/token",
        _ if what.starts_with("introspect") => "/{tenant}/introspect",
        _ if what.starts_with("userinfo") => "/{tenant}/userinfo",
        _ if what.starts_with("launchContext") => "/{tenant}/launchContext",
        "revocation" => "/{tenant}/revoke",
        _ => return None,
    };
    let is_read = path.contains("well-known") || path.ends_with("authorize") || path.ends_with("userinfo");
    Some((path, if is_read { "get" } else { "post" }))
}

/// The members that a schema names, and those that must be there, with those of its parts.
fn members(schema: &'static Value, named: &mut BTreeSet<&'static str>, required: &mut BTreeSet<&'static str>) {
    let schema = resolved(schema);
    named.extend(schema["properties"].as_object().into_iter().flat_map(|members| members.keys().map(String::as_str)));
    required.extend(schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str));
    schema["allOf"].as_array().into_iter().flatten().for_each(|part| members(part, named, required));
}

#[test]
fn each_member_of_each_recorded_answer_is_described() {
    let mut seen = 0;
    for section in RECORDED.split("== ").skip(1) {
        let mut lines = section.lines();
        let what = lines.next().expect("a name");
        let Some((path, method)) = operation_of(what) else { continue };
        let status = lines.next().expect("a status");
        let response = &description()["paths"][path][method]["responses"][status];
        assert!(response.is_object(), "{what}: {method} {path} says nothing of {status}");
        let response = resolved(response);
        let headers: Vec<&str> = lines.clone().take_while(|line| !line.is_empty()).collect();
        for (header, name) in [("admit-refusal: ", "Admit-Refusal"), ("location: ", "Location")] {
            let came = headers.iter().any(|line| line.starts_with(header));
            // A page says its reference in words too.
            let is_page = response["content"].get("text/html").is_some();
            assert!(!came || is_page || response["headers"].get(name).is_some(), "{what}: {name} is not described");
        }
        let Some(body) = lines.find(|line| line.starts_with('{')) else { continue };
        let body: Value = serde_json::from_str(body).expect("JSON");
        let body = body.as_object().expect("an object");
        let (mut named, mut required) = (BTreeSet::new(), BTreeSet::new());
        members(&response["content"]["application/json"]["schema"], &mut named, &mut required);
        for member in body.keys() {
            assert!(named.contains(member.as_str()), "{what}: `{member}` is not described");
        }
        for member in required {
            assert!(body.contains_key(member), "{what}: `{member}` is missing");
        }
        seen += 1;
    }
    assert!(seen > 25, "{seen}");
}

/// The lines of a block of a request in the collection, each a name and a value.
fn block<'a>(request: &'a str, name: &str) -> Vec<(&'a str, &'a str)> {
    let block =
        request.split(&format!("\n{name} {{\n")).nth(1).and_then(|rest| rest.split("\n}").next()).unwrap_or_default();
    block.lines().filter_map(|line| line.trim().split_once(": ")).collect()
}

#[test]
fn each_request_of_the_collection_is_described() {
    let mut seen = 0;
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/collection")).expect("the collection")
    {
        let file = entry.expect("an entry").path();
        if file.extension().is_none_or(|end| end != "bru") {
            continue;
        }
        let request = fs::read_to_string(&file).expect("a request");
        let found = METHODS.iter().find_map(|(method, _)| {
            let url = block(&request, method).into_iter().find(|(name, _)| *name == "url")?.1;
            Some((*method, url.split('?').next()?.replace("{{base}}", "").replace("{{tenant}}", "{tenant}")))
        });
        let (method, path) = found.unwrap_or_else(|| panic!("{}: no URL", file.display()));
        let operation = &description()["paths"][&path][method];
        assert!(operation.is_object(), "{}: {method} {path} is not described", file.display());
        let mut known = BTreeSet::new();
        let form = &operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"];
        members(form, &mut known, &mut BTreeSet::new());
        known.extend(
            operation["parameters"].as_array().into_iter().flatten().filter_map(|one| resolved(one)["name"].as_str()),
        );
        for (name, _) in [block(&request, "body:form-urlencoded"), block(&request, "params:query")].concat() {
            assert!(known.contains(name), "{}: `{name}` is not described", file.display());
        }
        seen += 1;
    }
    assert!(seen > 5, "{seen}");
}
