//! The form, and the lines of a tenant file that say the same.

use admin::private_key::{NewPair, new_pair};
use rules::{
    client::{Client, ClientAuthentication, RegisteredKeys, redirect_uri::RedirectUri},
    oauth::params::Params,
    secret::Secret,
    tenant::SigningAlg,
};
use serde_json::{Value, json};

#[derive(Clone, Debug, Default)]
pub struct Form {
    pub tenant: String,
    pub client_id: String,
    pub client_name: String,
    /// `public`, `secret`, `key`, or `new_key` for one that is made here.
    pub kind: String,
    pub redirect_uris: String,
    pub launch_url: String,
    pub jwks: String,
    pub scope: String,
}

pub struct Lines {
    pub text: String,
    /// Made for the app if it needs one. Nobody keeps it here.
    pub made: Option<Made>,
}

pub enum Made {
    Secret(String),
    /// The private half, as a JWK.
    Key(Value),
}

const USUAL_SCOPE: &str = "launch launch/patient openid fhirUser offline_access patient/*.rs";

impl Form {
    pub fn read(params: &Params) -> Form {
        let text = |name: &str| params.get(name).unwrap_or_default().trim().to_owned();
        Form {
            tenant: text("tenant"),
            client_id: text("client_id"),
            client_name: text("client_name"),
            kind: text("kind"),
            redirect_uris: text("redirect_uris"),
            launch_url: text("launch_url"),
            jwks: text("jwks"),
            scope: text("scope"),
        }
    }

    /// What most apps under development need.
    pub fn suggested(params: &Params, tenant: &str) -> Form {
        let given = Form::read(params);
        let or = |given: String, usual: &str| if given.is_empty() { usual.to_owned() } else { given };
        Form {
            tenant: or(given.tenant, tenant),
            client_id: or(given.client_id, "my-app"),
            client_name: or(given.client_name, "My App"),
            kind: or(given.kind, "public"),
            redirect_uris: or(given.redirect_uris, "http://127.0.0.1:3000/callback"),
            launch_url: or(given.launch_url, "http://127.0.0.1:3000/launch"),
            jwks: given.jwks,
            scope: or(given.scope, USUAL_SCOPE),
        }
    }

    /// What was filled in when this app was registered.
    pub fn of(client: &Client) -> Form {
        let kind = match &client.authentication {
            ClientAuthentication::None => "public",
            ClientAuthentication::ClientSecretBasic { .. } | ClientAuthentication::ClientSecretPost { .. } => "secret",
            ClientAuthentication::PrivateKeyJwt { .. } => "key",
        };
        let jwks = match &client.authentication {
            ClientAuthentication::PrivateKeyJwt { keys: RegisteredKeys::JwksUri(uri) } => uri.clone(),
            ClientAuthentication::PrivateKeyJwt { keys: RegisteredKeys::Jwks(set) } => json!(set).to_string(),
            _ => String::new(),
        };
        Form {
            client_id: client.client_id.clone(),
            client_name: client.client_name.clone(),
            kind: kind.to_owned(),
            redirect_uris: client.redirect_uris.iter().map(RedirectUri::as_str).collect::<Vec<_>>().join("\n"),
            launch_url: client.launch_urls.first().cloned().unwrap_or_default(),
            jwks,
            scope: client.scope.to_string(),
            ..Form::default()
        }
    }

    pub fn lines(&self) -> Lines {
        let redirect_uris: Vec<&str> = self.redirect_uris.split_whitespace().collect();
        let is_loopback = |url: &str| url.starts_with("http:");
        let pair = (self.kind == "new_key").then(|| new_pair(SigningAlg::ES384)).flatten();
        let (method, secret) = match self.kind.as_str() {
            "secret" => ("client_secret_basic", Some(Secret::random().expose().to_owned())),
            "key" | "new_key" => ("private_key_jwt", None),
            _ => ("none", None),
        };
        let mut lines = vec!["[[clients]]".to_owned()];
        let mut put = |name: &str, value: Value| lines.push(format!("{name} = {value}"));
        put("client_id", json!(self.client_id));
        put("client_name", json!(self.client_name));
        put("token_endpoint_auth_method", json!(method));
        if let Some(secret) = &secret {
            put("client_secret", json!(secret));
        }
        put("redirect_uris", json!(redirect_uris));
        if !self.launch_url.is_empty() {
            put("launch_urls", json!([self.launch_url]));
        }
        if redirect_uris.iter().any(|uri| is_loopback(uri)) || is_loopback(&self.launch_url) {
            put("allow_loopback", json!(true));
        }
        put("scope", json!(self.scope.split_whitespace().collect::<Vec<_>>().join(" ")));
        match &pair {
            Some(pair) => lines.push(keys(std::slice::from_ref(&pair.public))),
            None if self.kind == "key" => lines.push(self.keys()),
            None => {}
        }
        let key = pair.map(|NewPair { private, .. }| Made::Key(private));
        Lines { text: lines.join("\n") + "\n", made: secret.map(Made::Secret).or(key) }
    }

    /// An address of keys, or the keys themselves; a table in TOML writes its members with `=`.
    fn keys(&self) -> String {
        let set: Value = serde_json::from_str(&self.jwks).unwrap_or_default();
        match set["keys"].as_array() {
            Some(set) => keys(set),
            None => format!("jwks_uri = {}", json!(self.jwks)),
        }
    }
}

fn keys(set: &[Value]) -> String {
    let member = |(name, value): (&String, &Value)| format!("{} = {value}", json!(name));
    let table = |key: &Value| {
        let members = key.as_object().into_iter().flatten().filter(|(_, value)| value.is_string()).map(member);
        format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
    };
    format!("jwks = {{ keys = [\n  {}\n] }}", set.iter().map(table).collect::<Vec<_>>().join(",\n  "))
}
