//! Clients that nobody registered, and the documents that describe them (draft-ietf-oauth-client-id-metadata-document-02).

mod addresses;
mod changes;
mod described;
mod freshness;
mod hosts;
mod reading;

use crate::given::{NOW, ParseSet, tenant};
use rules::{
    client::{
        Client,
        document::{
            address::DocumentAddress,
            described::client,
            hosts::{ClientDocuments, HostPattern},
            read::{ClientDocument, read},
        },
    },
    tenant::Tenant,
};
use serde_json::{Value, json};

const ADDRESS: &str = "https://agent.example/oauth/client.json";
const CALLBACK: &str = "https://agent.example/callback";

fn address(text: &str) -> DocumentAddress<'_> {
    DocumentAddress::parse(text, false).unwrap()
}

/// A tenant that takes documents of everybody.
fn taking() -> Tenant {
    let client_documents = ClientDocuments {
        hosts: vec![HostPattern::Any],
        blocked: Vec::new(),
        scope: "openid offline_access launch/patient patient/*.rs".parse_set(),
        localhost_any_port: true,
    };
    Tenant { client_documents: Some(client_documents), ..tenant() }
}

/// A good document with these members in place of its own, or without those that are null.
fn document(changes: &Value) -> Value {
    let mut document = json!({
        "client_id": ADDRESS, "client_name": "Agent Smith", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none",
    });
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(document.as_object_mut().unwrap().remove(name)),
            value => document[name] = value.clone(),
        }
    }
    document
}

fn reads(changes: &Value) -> Result<ClientDocument, String> {
    read(document(changes).to_string().as_bytes(), address(ADDRESS), false).map_err(|bad| bad.to_string())
}

/// The client of a document like that, at a tenant that takes it.
fn of(changes: &Value) -> Client {
    client(&taking(), address(ADDRESS), &reads(changes).unwrap(), NOW.plus(60)).unwrap()
}
