//! Requests as API Gateway hands them to a function, and a function's answers as it hands them back. Each event is a
//! recorded one (`tests/fixtures/events`) with this request put into it.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, Response, request::Parts},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use url::form_urlencoded;

/// Which gateway stands before the functions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Front {
    /// What `infra/template.yaml` makes: an HTTP API, its `$default` stage.
    HttpApi,
    /// An HTTP API with a stage that has a name, which is then part of every path.
    HttpApiStage(&'static str),
    /// A REST API, whose stage is never part of `path`.
    RestApi,
}

/// The request as this gateway's event.
pub fn event(front: Front, parts: &Parts, body: &[u8]) -> Value {
    match front {
        Front::HttpApi => http_api("$default", parts.uri.path(), parts, body),
        Front::HttpApiStage(stage) => http_api(stage, &format!("/{stage}{}", parts.uri.path()), parts, body),
        Front::RestApi => rest_api(parts, body),
    }
}

/// Payload format 2.0: names in lower case, values of one name joined, cookies apart, bodies that are not text in base64.
fn http_api(stage: &str, path: &str, parts: &Parts, body: &[u8]) -> Value {
    let mut event = recorded(include_str!("../../fixtures/events/http_api.json"));
    event["rawPath"] = json!(path);
    event["rawQueryString"] = json!(parts.uri.query().unwrap_or_default());
    event["requestContext"]["stage"] = json!(stage);
    event["requestContext"]["http"]["path"] = json!(path);
    event["requestContext"]["http"]["method"] = json!(parts.method.as_str());
    for name in parts.headers.keys() {
        let values = values(&parts.headers, name);
        match name.as_str() {
            "cookie" => event["cookies"] = json!(values.iter().flat_map(|v| v.split("; ")).collect::<Vec<_>>()),
            name => event["headers"][name] = json!(values.join(",")),
        }
    }
    if event["cookies"] == json!([]) {
        event.as_object_mut().expect("an object").remove("cookies");
    }
    let content_type = values(&parts.headers, &HeaderName::from_static("content-type")).concat();
    let is_text = ["text/", "application/json", "application/xml", "application/javascript"]
        .iter()
        .any(|text| content_type.starts_with(text));
    if !body.is_empty() {
        let text = std::str::from_utf8(body).ok().filter(|_| is_text);
        event["isBase64Encoded"] = json!(text.is_none());
        event["body"] = json!(text.map_or_else(|| STANDARD.encode(body), str::to_owned));
    }
    event
}

/// Payload format 1.0: names as the client wrote them, every header and parameter twice, bodies as text.
fn rest_api(parts: &Parts, body: &[u8]) -> Value {
    let mut event = recorded(include_str!("../../fixtures/events/rest_api.json"));
    let stage = event["requestContext"]["stage"].as_str().expect("a stage").to_owned();
    event["path"] = json!(parts.uri.path());
    event["httpMethod"] = json!(parts.method.as_str());
    event["requestContext"]["httpMethod"] = json!(parts.method.as_str());
    event["requestContext"]["path"] = json!(format!("/{stage}{}", parts.uri.path()));
    for name in parts.headers.keys() {
        let values = values(&parts.headers, name);
        event["headers"][title_case(name.as_str())] = json!(values.last());
        event["multiValueHeaders"][title_case(name.as_str())] = json!(values);
    }
    let (mut one, mut several) = (Map::new(), Map::new());
    for (name, value) in form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
        one.insert(name.to_string(), json!(value));
        let all = several.entry(name.to_string()).or_insert(json!([]));
        all.as_array_mut().expect("an array").push(json!(value));
    }
    if !one.is_empty() {
        event["queryStringParameters"] = Value::Object(one);
        event["multiValueQueryStringParameters"] = Value::Object(several);
    }
    if !body.is_empty() {
        event["body"] = json!(String::from_utf8_lossy(body));
    }
    event
}

/// The function's answer as the client gets it.
pub fn response(answer: &Value) -> Response<Body> {
    let status = answer["statusCode"].as_u64().unwrap_or_else(|| panic!("no statusCode in {answer}"));
    let mut response = Response::builder().status(u16::try_from(status).expect("a status"));
    let several = answer["multiValueHeaders"].as_object().into_iter().flatten();
    let several = several.flat_map(|(name, values)| values.as_array().into_iter().flatten().map(move |v| (name, v)));
    for (name, value) in answer["headers"].as_object().into_iter().flatten().chain(several) {
        response = response.header(name, value.as_str().expect("headers are text"));
    }
    for cookie in answer["cookies"].as_array().into_iter().flatten() {
        response = response.header("set-cookie", cookie.as_str().expect("cookies are text"));
    }
    let body = answer["body"].as_str().unwrap_or_default();
    let body = match answer["isBase64Encoded"].as_bool() {
        Some(true) => STANDARD.decode(body).expect("base64"),
        _ => body.as_bytes().to_vec(),
    };
    response.body(Body::from(body)).expect("a response")
}

fn recorded(text: &str) -> Value {
    serde_json::from_str(text).expect("the fixture is JSON")
}

fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Vec<&'a str> {
    headers.get_all(name).iter().map(|value| value.to_str().expect("headers are text")).collect()
}

fn title_case(name: &str) -> String {
    let upper = |part: &str| part[..1].to_ascii_uppercase() + &part[1..];
    name.split('-').map(upper).collect::<Vec<_>>().join("-")
}
