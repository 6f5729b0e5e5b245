//! The sample tenants: the first files a newcomer edits must be good ones.

use admin::tenant_file::{TenantFile, load};
use rules::{
    client::{ClientAuthentication, RegisteredKeys},
    tenant::GrantType,
};
use serde_json::Value;
use std::path::{Path, PathBuf};

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../local/tenants")
}

pub fn samples() -> Vec<TenantFile> {
    load(&folder()).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

#[test]
fn they_load_and_resolve_on_a_laptop_and_in_a_deployment() {
    assert_eq!(samples().iter().map(TenantFile::id).collect::<Vec<_>>(), ["home", "lakeside", "riverside"]);
    for base in ["http://127.0.0.1:9000", "https://auth.example"] {
        for sample in samples() {
            sample.resolve(base).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        }
    }
}

#[test]
fn every_password_opens_its_account() {
    for sample in samples() {
        let users = sample.resolve("http://127.0.0.1:9000").unwrap().users;
        assert_eq!(users.len(), sample.logins().len());
        for (user, login) in users.iter().zip(sample.logins()) {
            assert_eq!(user.username, login.username);
            assert!(user.password.matches(&login.password));
        }
    }
}

#[test]
fn each_has_every_kind_of_app_but_the_one_that_takes_them_unregistered() {
    for sample in samples() {
        if sample.id() == "lakeside" {
            let tenant = sample.resolve("http://127.0.0.1:9000").unwrap().tenant;
            assert!(tenant.client_documents.is_some() && tenant.takes_dpop());
            continue;
        }
        let clients = sample.resolve("http://127.0.0.1:9000").unwrap().clients;
        let find = |id: &str| clients.iter().find(|client| client.client_id == id).unwrap();
        assert!(find("sample-app").is_public() && find("sample-app").may_use(GrantType::RefreshToken));
        assert!(find("test-app").redirect_uris[0].matches("http://127.0.0.1:51234/callback"));
        assert!(matches!(find("symmetric-app").authentication, ClientAuthentication::ClientSecretBasic { .. }));
        assert!(matches!(find("asymmetric-app").authentication, ClientAuthentication::PrivateKeyJwt { .. }));
        assert_eq!(Vec::from_iter(find("backend-service").grant_types.clone()), [GrantType::ClientCredentials]);
    }
}

#[test]
fn each_private_key_beside_them_belongs_to_its_client() {
    for sample in samples() {
        for client in sample.resolve("http://127.0.0.1:9000").unwrap().clients {
            let ClientAuthentication::PrivateKeyJwt { keys: RegisteredKeys::Jwks(keys) } = &client.authentication
            else {
                continue;
            };
            let file = folder().join(format!("keys/{}-{}.json", sample.id(), client.client_id));
            let private: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
            let public = serde_json::to_value(&keys.keys[0]).unwrap();
            for (member, value) in public.as_object().unwrap() {
                assert_eq!(private[member], *value, "{} {member}", client.client_id);
            }
            assert!(private["d"].is_string());
        }
    }
}
