//! How a client proves who it is: the method, and exactly the keys or secrets that go with it.

use super::{
    client_keys::registered_keys,
    fields::Fields,
    reading::quoted,
    secrets::{SecretKeys, secrets},
};
use rules::{
    client::{ClientAuthentication, RegisteredKeys},
    tenant::{AuthenticationMethod, Policy},
};

const SECRETS: SecretKeys =
    SecretKeys { one: "client_secret", several: "client_secrets", hashes: "client_secret_hashes" };
const KEYS: [&str; 2] = ["jwks", "jwks_uri"];

/// RFC 7591 §2, `token_endpoint_auth_method`. It must be said: its default there, a secret, fits few SMART apps.
pub fn authentication(fields: &Fields<'_>, policy: &Policy) -> Option<ClientAuthentication> {
    let choices = AuthenticationMethod::ALL.map(|method| (method.as_str(), method));
    let expected = "\"none\", \"client_secret_basic\", \"client_secret_post\" or \"private_key_jwt\"";
    let name = fields.required("token_endpoint_auth_method", expected)?;
    let method = fields.reading.choice(name, &choices)?;
    if !policy.client_authentication_methods.contains(&method) {
        let expected = "a method of `client_authentication_methods` in [policy]";
        fields.reading.mistake(name.at, quoted(name.value), expected);
        return None;
    }
    match method {
        AuthenticationMethod::None => {
            refuse(fields, &SECRETS.all(), "no secret for a public client");
            refuse(fields, &KEYS, "no keys for a public client");
            Some(ClientAuthentication::None)
        }
        AuthenticationMethod::ClientSecretBasic => {
            refuse(fields, &KEYS, "keys with `private_key_jwt` alone");
            Some(ClientAuthentication::ClientSecretBasic { secrets: required_secrets(fields)? })
        }
        AuthenticationMethod::ClientSecretPost => {
            refuse(fields, &KEYS, "keys with `private_key_jwt` alone");
            Some(ClientAuthentication::ClientSecretPost { secrets: required_secrets(fields)? })
        }
        AuthenticationMethod::PrivateKeyJwt => {
            refuse(fields, &SECRETS.all(), "no secret beside `private_key_jwt`");
            Some(ClientAuthentication::PrivateKeyJwt { keys: keys(fields, policy)? })
        }
    }
}

fn refuse(fields: &Fields<'_>, names: &[&str], expected: &str) {
    for name in names.iter().filter(|name| fields.has(name)) {
        fields.reading.mistake(fields.place(name), format!("`{name}`"), expected);
    }
}

fn required_secrets(fields: &Fields<'_>) -> Option<Vec<rules::secret::ChosenSecretHash>> {
    if !SECRETS.all().iter().any(|name| fields.has(name)) {
        let expected = "client_secret = \"…\", client_secrets = [\"new\", \"old\"] or client_secret_hashes";
        fields.reading.mistake(fields.at, "no `client_secret`", expected);
        return None;
    }
    Some(secrets(fields, &SECRETS))
}

fn keys(fields: &Fields<'_>, policy: &Policy) -> Option<RegisteredKeys> {
    registered_keys(fields, policy, || {
        let expected = "jwks_uri = \"https://…\" or jwks = { keys = […] } for `private_key_jwt`";
        fields.reading.mistake(fields.at, "neither `jwks` nor `jwks_uri`", expected);
    })
}
