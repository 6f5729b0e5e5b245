//! What API Gateway asks, in each of the forms that it asks in.

use rules::dpop::TokenScheme;
use serde_json::Value;
use url::form_urlencoded;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gateway {
    /// Payload format 2.0.
    Http,
    /// A REST API's TOKEN or REQUEST authorizer, or an HTTP API's with payload format 1.0.
    Rest,
}

#[derive(Debug)]
pub struct Asked {
    pub gateway: Gateway,
    /// Of the one request that a policy may allow.
    pub arn: String,
    pub method: String,
    /// Without the stage.
    pub path: String,
    /// None where nobody tells it.
    pub query: Option<Vec<(String, String)>>,
    /// What a conditional create searches by.
    pub if_none_exist: Option<String>,
    /// Whether a header asks the FHIR server to take it for another method.
    pub overrides_method: bool,
    pub token: Option<(TokenScheme, String)>,
    /// The values of the header DPoP. A TOKEN authorizer is told of none.
    pub proofs: Vec<String>,
}

impl Asked {
    pub fn read(event: &Value) -> Option<Asked> {
        match event["version"].as_str() {
            Some("2.0") => of_http_api(event),
            _ if event["type"] == "TOKEN" => of_token(event),
            _ => of_request(event),
        }
    }
}

fn of_http_api(event: &Value) -> Option<Asked> {
    let path = event["rawPath"].as_str()?;
    let stage = event["requestContext"]["stage"].as_str().filter(|stage| *stage != "$default");
    let path = match stage.and_then(|stage| path.strip_prefix('/')?.strip_prefix(stage)) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => rest,
        _ => path,
    };
    let query = event["rawQueryString"].as_str().unwrap_or_default();
    Some(Asked {
        gateway: Gateway::Http,
        arn: text(&event["routeArn"]),
        method: event["requestContext"]["http"]["method"].as_str()?.to_owned(),
        path: path.to_owned(),
        query: Some(form_urlencoded::parse(query.as_bytes()).into_owned().collect()),
        if_none_exist: header(event, "if-none-exist").map(str::to_owned),
        overrides_method: METHOD_OVERRIDES.iter().any(|name| header(event, name).is_some()),
        token: header(event, "authorization").and_then(token),
        proofs: proofs(event),
    })
}

/// The ARN is all that a TOKEN authorizer is told: `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH`.
fn of_token(event: &Value) -> Option<Asked> {
    let arn = event["methodArn"].as_str()?;
    let mut parts = arn.splitn(6, ':').nth(5)?.splitn(4, '/').skip(2);
    let (method, path) = (parts.next()?, parts.next().unwrap_or_default());
    Some(Asked {
        gateway: Gateway::Rest,
        arn: arn.to_owned(),
        method: method.to_owned(),
        path: format!("/{path}"),
        query: None,
        // It may be one: nobody can tell.
        if_none_exist: Some(String::new()),
        overrides_method: false,
        token: event["authorizationToken"].as_str().and_then(token),
        proofs: Vec::new(),
    })
}

fn of_request(event: &Value) -> Option<Asked> {
    // Two tokens: nobody knows which of them the FHIR server reads.
    let tokens = several_of(event, "authorization");
    let token = header(event, "authorization").and_then(token).filter(|_| tokens < 2);
    let several = event["multiValueQueryStringParameters"].as_object();
    let query = several.into_iter().flatten().flat_map(|(name, values)| {
        let values = values.as_array().into_iter().flatten().filter_map(Value::as_str);
        values.map(|value| (name.clone(), value.to_owned()))
    });
    let one = event["queryStringParameters"].as_object().filter(|_| several.is_none());
    let one = one.into_iter().flatten().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    Some(Asked {
        gateway: Gateway::Rest,
        arn: text(&event["methodArn"]),
        method: event["httpMethod"].as_str()?.to_owned(),
        path: event["path"].as_str()?.to_owned(),
        query: Some(query.chain(one).collect()),
        if_none_exist: header(event, "if-none-exist").map(str::to_owned),
        overrides_method: METHOD_OVERRIDES.iter().any(|name| header(event, name).is_some()),
        token,
        proofs: proofs(event),
    })
}

/// Read by some servers and frameworks.
const METHOD_OVERRIDES: [&str; 3] = ["x-http-method-override", "x-http-method", "x-method-override"];

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Its name in any case: a REST API hands headers on as the client wrote them.
fn header<'a>(event: &'a Value, name: &str) -> Option<&'a str> {
    let headers = event["headers"].as_object()?;
    headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?.1.as_str()
}

/// How often a header came: a REST API gives the last one alone, and all beside it.
fn several_of(event: &Value, name: &str) -> usize {
    let headers = event["multiValueHeaders"].as_object().into_iter().flatten();
    headers
        .filter(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, values)| values.as_array().map_or(0, Vec::len))
        .sum()
}

fn token(header: &str) -> Option<(TokenScheme, String)> {
    TokenScheme::of_header(header).map(|(scheme, token)| (scheme, token.to_owned()))
}

/// All that came: an HTTP API joins them with commas, a REST API lists them beside the last.
fn proofs(event: &Value) -> Vec<String> {
    let several = event["multiValueHeaders"].as_object().into_iter().flatten();
    let several = several.filter(|(known, _)| known.eq_ignore_ascii_case("dpop"));
    let several: Vec<String> = several
        .flat_map(|(_, values)| values.as_array().into_iter().flatten())
        .filter_map(|value| value.as_str().map(str::to_owned))
        .collect();
    match several.is_empty() {
        true => header(event, "dpop").map(str::to_owned).into_iter().collect(),
        false => several,
    }
}
