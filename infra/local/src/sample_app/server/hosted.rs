//! Which confidential apps of the sample tenants this server plays, and with which credentials.

use super::key::PrivateKey;
use crate::{failure::Failure, own_secret::own_secret};
use admin::tenant_file::TenantItems;
use rules::{
    client::{Client, ClientAuthentication, redirect_uri::RedirectUri},
    secret::Secret,
    tenant::GrantType,
};

pub struct HostedApp {
    pub client_id: String,
    pub name: String,
    pub credential: Credential,
    /// What the app asks for.
    pub scope: String,
    /// Under which its pages are.
    pub path: String,
}

pub enum Credential {
    Secret(Secret),
    Key(PrivateKey),
}

/// The private halves of the keys in the sample tenants.
const KEYS: [&str; 4] = [
    include_str!("../../../tenants/keys/riverside-asymmetric-app.json"),
    include_str!("../../../tenants/keys/riverside-backend-service.json"),
    include_str!("../../../tenants/keys/home-asymmetric-app.json"),
    include_str!("../../../tenants/keys/home-backend-service.json"),
];

/// Plays the apps that it can: gives each a second secret or reads its private key, and adds this server's addresses.
pub fn host(items: &mut TenantItems, base: &str) -> Result<Vec<HostedApp>, Failure> {
    let tenant = items.tenant.id.as_str().to_owned();
    let mut apps = Vec::new();
    for client in &mut items.clients {
        let Some(credential) = credential(client)? else { continue };
        let path = format!("/app/{tenant}/server/{}", client.client_id);
        if client.may_use(GrantType::AuthorizationCode) {
            let here = RedirectUri::register(&format!("{base}{path}/callback"), true)?;
            client.redirect_uris.push(here);
            let bye = RedirectUri::register(&format!("{base}{path}/signed-out"), true)?;
            client.post_logout_redirect_uris.push(bye);
            client.launch_urls.push(format!("{base}{path}/launch"));
        }
        let (client_id, name) = (client.client_id.clone(), client.client_name.clone());
        apps.push(HostedApp { client_id, name, credential, scope: client.scope.to_string(), path });
    }
    Ok(apps)
}

fn credential(client: &mut Client) -> Result<Option<Credential>, Failure> {
    match &mut client.authentication {
        ClientAuthentication::None => Ok(None),
        ClientAuthentication::ClientSecretBasic { secrets } | ClientAuthentication::ClientSecretPost { secrets } => {
            // Only the hash of the file's own secret is known; several may be live.
            let (secret, hash) = own_secret()?;
            secrets.push(hash);
            Ok(Some(Credential::Secret(secret)))
        }
        ClientAuthentication::PrivateKeyJwt { keys: rules::client::RegisteredKeys::Jwks(set) } => {
            let mut keys = KEYS.iter().filter_map(|jwk| PrivateKey::read(jwk));
            let mine = keys.find(|key| set.keys.iter().any(|public| public.kid == key.kid));
            Ok(mine.map(Credential::Key))
        }
        ClientAuthentication::PrivateKeyJwt { .. } => Ok(None),
    }
}
