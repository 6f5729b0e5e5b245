//! What a file said when it was last applied: the list of its clients and users, and the secrets that it gave them. So a
//! file can take away what it brought, and nothing else; and what a command or a person has changed since stays.

use rules::{
    client::{Client, ClientAuthentication},
    secret::ChosenSecretHash,
    tenant::TenantId,
    time::Timestamp,
    user::User,
};
use serde::{Deserialize, Serialize};
use server::store::{Item, Key, Store, StoreError, Versioned, item, schema};

/// One line of the list, in a partition of its own that no function reads.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Applied {
    pub tenant: TenantId,
    pub kind: Kind,
    /// A `client_id`, or a user's name in lower case.
    pub id: String,
    /// As the file had them, hashed.
    pub secrets: Vec<ChosenSecretHash>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Client,
    User,
}

impl Item for Applied {
    fn key(&self) -> Key {
        let kind = match self.kind {
            Kind::Client => "CLIENT",
            Kind::User => "USER",
        };
        Key { pk: partition(&self.tenant), sk: format!("{kind}#{}", self.id) }
    }
}

fn partition(tenant: &TenantId) -> String {
    format!("{}#APPLIED", tenant.as_str())
}

impl Applied {
    pub fn client(client: &Client) -> Applied {
        let secrets = secrets(client).to_vec();
        Applied { tenant: client.tenant.clone(), kind: Kind::Client, id: client.client_id.clone(), secrets }
    }

    pub fn user(user: &User) -> Applied {
        let secrets = vec![user.password.clone()];
        Applied { tenant: user.tenant.clone(), kind: Kind::User, id: user.username.to_lowercase(), secrets }
    }

    pub async fn all(store: &Store, tenant: &TenantId, now: Timestamp) -> Result<Vec<Versioned<Applied>>, StoreError> {
        let items = store.partition(&partition(tenant)).await?;
        items.iter().filter_map(|found| item::read(found, now).transpose()).collect()
    }

    /// The key of the item that the line is about.
    pub fn about(&self) -> Key {
        match self.kind {
            Kind::Client => schema::client(&self.tenant, &self.id),
            Kind::User => schema::user(&self.tenant, &self.id),
        }
    }
}

/// The secrets of a client that has some.
pub fn secrets(client: &Client) -> &[ChosenSecretHash] {
    match &client.authentication {
        ClientAuthentication::ClientSecretBasic { secrets } | ClientAuthentication::ClientSecretPost { secrets } => {
            secrets
        }
        ClientAuthentication::None | ClientAuthentication::PrivateKeyJwt { .. } => &[],
    }
}

pub fn secrets_mut(client: &mut Client) -> Option<&mut Vec<ChosenSecretHash>> {
    match &mut client.authentication {
        ClientAuthentication::ClientSecretBasic { secrets } | ClientAuthentication::ClientSecretPost { secrets } => {
            Some(secrets)
        }
        ClientAuthentication::None | ClientAuthentication::PrivateKeyJwt { .. } => None,
    }
}
