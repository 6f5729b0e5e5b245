//! `admit tenant resource-metadata`: what a FHIR server, or a resource before one, at another host publishes about who guards it (RFC 9728), and how it refuses.

use crate::{failure::Failure, out::Out, target::Target};
use rules::{
    oauth::protected_resource::{Unmet, at, challenges, metadata, metadata_url, usual_scope_of},
    tenant::{Guarded, Tenant},
};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use url::Url;

pub async fn resource_metadata(
    target: &Target,
    out: &Out,
    tenant: &str,
    server: Option<&str>,
    gateway_responses: bool,
) -> Result<(), Failure> {
    let tenant = target.tenant(tenant).await?;
    let server = chosen(&tenant, server)?;
    if gateway_responses {
        let responses = GatewayResponse::of(&tenant, server);
        out.answer(&json_of(&responses), yaml_of(&responses));
        return Ok(());
    }
    let url = metadata_url(server.url()).ok_or_else(|| Failure::failed(format!("{} is no URL", server.url())))?;
    let document = metadata(&tenant, server);
    let is_published_here = is_published_here(&tenant, server, &url);
    let (no_token, bad_token, not_this) = refusals(&tenant, server);
    let json = json!({
        "metadata_url": url,
        "metadata": document,
        "published_here": is_published_here,
        "challenges": { "no_token": no_token, "bad_token": bad_token, "not_allowed": not_this },
    });
    out.answer(&json, serde_json::to_string_pretty(&document).unwrap_or_default());
    if out.json {
        return Ok(());
    }
    out.note(match is_published_here {
        true => format!("This server publishes it itself, at\n  {url}"),
        false => format!("To be served to everybody, without credentials and as application/json, at\n  {url}"),
    });
    for (when, lines) in [
        ("401 without a token", no_token),
        ("401 for a token that is not good", bad_token),
        (
            "403, to which `error=\"insufficient_scope\"` and the `scope` that is needed are added where more scope would do",
            not_this,
        ),
    ] {
        let lines: Vec<String> = lines.iter().map(|line| format!("  WWW-Authenticate: {line}")).collect();
        out.note(format!("With each {when}:\n{}", lines.join("\n")));
    }
    Ok(())
}

/// The one that was named, or the only one.
fn chosen<'t>(tenant: &'t Tenant, name: Option<&str>) -> Result<Guarded<'t>, Failure> {
    let guarded: Vec<Guarded<'t>> = tenant.guarded().collect();
    let all = guarded.iter().map(|one| one.name()).collect::<Vec<_>>().join(", ");
    let id = tenant.id.as_str();
    match (name, guarded.as_slice()) {
        (None, [only]) => Ok(*only),
        (None, []) => Err(Failure::failed(format!("{id} has no FHIR server"))),
        (None, _) => Err(Failure::usage(format!("{id} has several FHIR servers and resources; name one of {all}"))),
        (Some(name), all_of_them) => {
            let found = all_of_them.iter().find(|one| one.name() == name).copied();
            found.ok_or_else(|| Failure::failed(format!("{id} has no FHIR server or resource {name}; it has {all}")))
        }
    }
}

fn is_published_here(tenant: &Tenant, server: Guarded<'_>, url: &str) -> bool {
    let of_issuer = |url: &Url| url.origin() == tenant_origin(tenant);
    let Some(url) = Url::parse(url).ok().filter(of_issuer) else { return false };
    at(tenant, url.path()).is_some_and(|found| found.name() == server.name())
}

fn tenant_origin(tenant: &Tenant) -> url::Origin {
    Url::parse(tenant.issuer.as_str()).map_or_else(|_| url::Origin::new_opaque(), |issuer| issuer.origin())
}

/// The challenges to a request without a token, to a bad token, and to one that does not open this.
fn refusals(tenant: &Tenant, server: Guarded<'_>) -> (Vec<String>, Vec<String>, Vec<String>) {
    let usual = &usual_scope_of(tenant, server);
    let of = |unmet: Unmet<'_>| challenges(tenant, server.url(), &unmet);
    (of(Unmet::NoToken { usual }), of(Unmet::BadToken), of(Unmet::NotThis))
}

/// How a REST API of API Gateway answers where its authorizer has refused. It knows no more than that, so what is said is the same for
/// each request: where there is no good token, what to ask for; where the token does not do, who can give another.
struct GatewayResponse {
    name: &'static str,
    kind: &'static str,
    /// What is sent, in the quotes in which API Gateway has fixed values.
    headers: [(&'static str, String); 3],
}

impl GatewayResponse {
    fn of(tenant: &Tenant, server: Guarded<'_>) -> [GatewayResponse; 2] {
        let (no_token, _, not_this) = refusals(tenant, server);
        let response = |name, kind, challenges: Vec<String>| GatewayResponse {
            name,
            kind,
            headers: [
                // A response has each header once. Several challenges may stand in one (RFC 9110 §11.6.1).
                ("WWW-Authenticate", format!("'{}'", challenges.join(", "))),
                ("Access-Control-Allow-Origin", "'*'".to_owned()),
                ("Access-Control-Expose-Headers", "'WWW-Authenticate'".to_owned()),
            ],
        };
        [
            response("FhirUnauthorized", "UNAUTHORIZED", no_token),
            response("FhirAccessDenied", "ACCESS_DENIED", not_this),
        ]
    }

    fn parameters(&self) -> impl Iterator<Item = (String, &str)> {
        self.headers.iter().map(|(name, value)| (format!("gatewayresponse.header.{name}"), value.as_str()))
    }
}

/// Resources of a CloudFormation template.
fn json_of(responses: &[GatewayResponse]) -> Value {
    let resources = responses.iter().map(|response| {
        let parameters: Map<String, Value> = response.parameters().map(|(name, value)| (name, json!(value))).collect();
        let properties = json!({
            "RestApiId": { "Ref": "FhirApi" }, "ResponseType": response.kind, "ResponseParameters": parameters,
        });
        let resource = json!({ "Type": "AWS::ApiGateway::GatewayResponse", "Properties": properties });
        (response.name.to_owned(), resource)
    });
    Value::Object(resources.collect())
}

fn yaml_of(responses: &[GatewayResponse]) -> String {
    let mut text = String::new();
    for response in responses {
        let (name, kind) = (response.name, response.kind);
        let _ = writeln!(text, "{name}:\n  Type: AWS::ApiGateway::GatewayResponse\n  Properties:");
        let _ = writeln!(text, "    RestApiId: !Ref FhirApi\n    ResponseType: {kind}\n    ResponseParameters:");
        for (name, value) in response.parameters() {
            let _ = writeln!(text, "      {name}: '{}'", value.replace('\'', "''"));
        }
    }
    text
}
