//! `[client_documents]`: which unregistered apps may come, and what they may have at most.

use super::{
    client::{is_for_unregistered, scope_set},
    fields::{Fields, Shape},
    reading::Text,
};
use rules::{
    client::document::hosts::{Blocked, ClientDocuments, HostPattern},
    tenant::{AuthenticationMethod, GrantType, Policy},
};

const CLIENT_DOCUMENTS: Shape<'_> =
    Shape { name: "[client_documents]", keys: &["hosts", "blocked", "scope", "localhost_any_port"] };

pub fn client_documents(root: &Fields<'_>, policy: &Policy) -> Option<ClientDocuments> {
    let (at, table) = root.table("client_documents")?;
    let fields = Fields::new(root.reading, at, table, &CLIENT_DOCUMENTS);
    check_what_is_offered(&fields, policy);
    let hosts = hosts(&fields);
    let blocked = texts(&fields, "blocked", Blocked::parse);
    let scope = fields.required("scope", "\"what such an app may have at most\"").and_then(|text| {
        let scope = scope_set(fields.reading, text)?;
        is_for_unregistered(fields.reading, text, &scope);
        Some(scope)
    });
    let localhost_any_port = !fields.has("localhost_any_port") || fields.flag("localhost_any_port");
    Some(ClientDocuments { hosts, blocked, scope: scope?, localhost_any_port })
}

fn hosts(fields: &Fields<'_>) -> Vec<HostPattern> {
    if !fields.has("hosts") {
        let expected = "hosts = [\"claude.ai\", \"*.example.org\"], or hosts = [\"*\"] for the documents of everybody";
        fields.reading.mistake(fields.at, "no `hosts`", expected);
    } else if fields.get("hosts").is_some_and(|value| value.get_ref().as_array().is_some_and(|list| list.is_empty())) {
        fields.reading.mistake(fields.place("hosts"), "no host", "at least one, or no [client_documents]");
    }
    texts(fields, "hosts", HostPattern::parse)
}

fn texts<T>(fields: &Fields<'_>, name: &str, parse: fn(&str) -> Result<T, &'static str>) -> Vec<T> {
    let texts = fields.texts(name);
    fields.reading.unique("each once", texts.iter().copied(), str::to_owned);
    let read = |text: Text<'_>| parse(text.value).map_err(|expected| fields.reading.wrong(text, expected)).ok();
    texts.into_iter().filter_map(read).collect()
}

/// A switch that could let nobody in is a mistake.
fn check_what_is_offered(fields: &Fields<'_>, policy: &Policy) {
    if !policy.grant_types.contains(&GrantType::AuthorizationCode) {
        let expected =
            "`authorization_code` among the grant_types of [policy], or no [client_documents]: such apps get a code";
        fields.reading.mistake(fields.at, "[client_documents] without the grant type `authorization_code`", expected);
    }
    let lets_in = [AuthenticationMethod::None, AuthenticationMethod::PrivateKeyJwt];
    if !lets_in.into_iter().any(|method| policy.lets_authenticate_by(method)) {
        let expected = "`none` or `private_key_jwt` among the client_authentication_methods of [policy], or no \
                        [client_documents]: no secret can be in a public document";
        fields.reading.mistake(fields.at, "[client_documents] with secrets alone", expected);
    }
}
