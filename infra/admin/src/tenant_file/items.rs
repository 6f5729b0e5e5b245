//! The items that a tenant file describes, the names in it, and the logins for the local server.

use rules::{
    client::{Client, ClientAuthentication as Authentication},
    identity_provider::secret::ProviderSecret,
    secret::ChosenSecretHash,
    tenant::Tenant,
    user::User,
};
use std::fmt;

/// A tenant and all that belongs to it, as the table has it.
#[derive(Clone, Debug)]
pub struct TenantItems {
    pub tenant: Tenant,
    pub clients: Vec<Client>,
    pub users: Vec<User>,
    pub provider_secrets: Vec<ProviderSecret>,
}

/// The names in a file. The items under them are read from the table even if no earlier file has brought them.
#[derive(Default)]
pub struct ItemNames {
    pub clients: Vec<String>,
    pub users: Vec<String>,
    pub providers: Vec<String>,
}

impl ItemNames {
    pub fn of(items: &TenantItems) -> ItemNames {
        ItemNames {
            clients: items.clients.iter().map(|client| client.client_id.clone()).collect(),
            users: items.users.iter().map(|user| user.username.clone()).collect(),
            providers: items.provider_secrets.iter().map(|secret| secret.provider.clone()).collect(),
        }
    }
}

/// Somebody who can sign in, with the password that is in the file.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    pub username: String,
    pub password: String,
    pub name: String,
    pub fhir_user: Option<String>,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("username", &self.username).finish_non_exhaustive()
    }
}

/// The secrets of a client that authenticates by one; else none.
pub fn client_secrets(client: &Client) -> &[ChosenSecretHash] {
    match &client.authentication {
        Authentication::ClientSecretBasic { secrets } | Authentication::ClientSecretPost { secrets } => secrets,
        Authentication::None | Authentication::PrivateKeyJwt { .. } => &[],
    }
}

pub fn client_secrets_mut(client: &mut Client) -> Option<&mut Vec<ChosenSecretHash>> {
    match &mut client.authentication {
        Authentication::ClientSecretBasic { secrets } | Authentication::ClientSecretPost { secrets } => Some(secrets),
        Authentication::None | Authentication::PrivateKeyJwt { .. } => None,
    }
}
