//! The web server of an app that nobody registered, with the document that describes it. It answers like a `KeyServer`: as a test wishes.

use crate::{
    App, TestServer,
    app::Proof,
    key_server::{KeyServer, Reply},
};
use serde_json::{Value, json};

pub struct DocumentServer {
    pub web: KeyServer,
    /// The address of the document, which is the app's `client_id`. It lives as long as the tests.
    pub client_id: &'static str,
}

/// Where the app gets its answer.
pub const CALLBACK: &str = "https://agent.example/callback";

impl DocumentServer {
    /// With a good document of a public app.
    pub fn start() -> DocumentServer {
        let web = KeyServer::with(&[]);
        let url = format!("http://127.0.0.1:{}/oauth/client.json", web.port);
        let server = DocumentServer { web, client_id: Box::leak(url.into_boxed_str()) };
        server.gives(&server.document());
        server
    }

    /// What it gives at first; tests change one member.
    pub fn document(&self) -> Value {
        json!({
            "client_id": self.client_id,
            "client_name": "Agent Smith",
            "redirect_uris": [CALLBACK, "http://localhost/callback", "http://127.0.0.1:4000/callback"],
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
        })
    }

    /// The document with these members in place of its own, or without those that are null.
    pub fn changed(&self, changes: &Value) -> Value {
        let mut document = self.document();
        for (name, value) in changes.as_object().expect("an object") {
            match value {
                Value::Null => drop(document.as_object_mut().expect("an object").remove(name)),
                value => document[name] = value.clone(),
            }
        }
        document
    }

    pub fn gives(&self, document: &Value) {
        self.web.answers(Reply::of(document));
    }

    pub fn fetches(&self) -> usize {
        self.web.fetches()
    }

    /// The app, at the tenant `clinic`.
    pub fn app<'a>(&self, server: &'a TestServer) -> App<'a> {
        App { client_id: self.client_id, redirect_uri: CALLBACK, proof: Proof::Public, ..App::public(server) }
    }
}

/// Clinic takes documents of these hosts, on this machine too, up to this scope.
pub fn taking_documents(toml: &str, hosts: &str, scope: &str) -> String {
    format!("{toml}\n[policy]\nloopback_key_sets = true\n\n[client_documents]\nhosts = {hosts}\nscope = \"{scope}\"\n")
}
