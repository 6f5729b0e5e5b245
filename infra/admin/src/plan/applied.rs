//! The clients and users of a file when it was last applied, with the secrets that it gave them. So a file can remove what it
//! brought, and nothing else, and the changes that a command or a person made since stay.

use crate::tenant_file::client_secrets;
use rules::{
    client::Client,
    secret::{ChosenSecretHash, SecretHash},
    tenant::TenantId,
    time::Timestamp,
    user::User,
};
use serde::{Deserialize, Serialize};
use server::store::{Item, Key, Store, StoreError, Versioned, item};

/// One client or user that a file brought, or somebody whose secret a command has replaced since, in a partition of its own that no function reads.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AppliedItem {
    pub tenant: TenantId,
    pub kind: AppliedKind,
    /// A `client_id`, a user's name in lower case, or the name of an EHR, a FHIR server or a provider.
    pub id: String,
    /// As the file had them, hashed.
    pub secrets: Vec<ChosenSecretHash>,
    /// When a command has set it otherwise than the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_since: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AppliedKind {
    Client,
    User,
    /// This and the next two are there while a command has given another secret than the file.
    Ehr,
    FhirServer,
    Provider,
}

impl Item for AppliedItem {
    fn key(&self) -> Key {
        let kind = match self.kind {
            AppliedKind::Client => "CLIENT",
            AppliedKind::User => "USER",
            AppliedKind::Ehr => "EHR",
            AppliedKind::FhirServer => "FHIR_SERVER",
            AppliedKind::Provider => "PROVIDER",
        };
        // A sort key ends at 1024 bytes, and a client_id may be as long.
        let id = if self.id.len() <= 255 { self.id.clone() } else { SecretHash::of(&self.id).as_str().to_owned() };
        Key { pk: partition(&self.tenant), sk: format!("{kind}#{id}") }
    }
}

fn partition(tenant: &TenantId) -> String {
    format!("{}#APPLIED", tenant.as_str())
}

impl AppliedItem {
    pub fn client(client: &Client) -> AppliedItem {
        let secrets = client_secrets(client).to_vec();
        AppliedItem {
            tenant: client.tenant.clone(),
            kind: AppliedKind::Client,
            id: client.client_id.clone(),
            secrets,
            set_since: None,
        }
    }

    pub fn user(user: &User) -> AppliedItem {
        let secrets = vec![user.password.clone()];
        AppliedItem {
            tenant: user.tenant.clone(),
            kind: AppliedKind::User,
            id: user.username.to_lowercase(),
            secrets,
            set_since: None,
        }
    }

    pub async fn all(
        store: &Store,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<Vec<Versioned<AppliedItem>>, StoreError> {
        let items = store.partition(&partition(tenant)).await?;
        items.iter().filter_map(|found| item::read(found, now).transpose()).collect()
    }
}
