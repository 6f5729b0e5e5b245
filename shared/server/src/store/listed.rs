//! Where an item stands in its tenant's lists.

use super::key_part::KeyPart;
use aws_sdk_dynamodb::types::AttributeValue;
use rules::tenant::TenantId;

/// The index, and its partition and sort keys, which only listed items have.
pub const INDEX: &str = "Lists";
pub const INDEX_PK: &str = "list_pk";
pub const INDEX_SK: &str = "list_sk";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum List {
    Clients,
    Users,
    /// What people have made their own.
    Credentials,
    /// By the client that has them.
    Grants,
    /// Remembered ones, by the client that they are remembered for.
    Consents,
    /// By the `sub` of the person who is signed in.
    Sessions,
    /// What tenants publish of themselves: the one list that is no tenant's but the deployment's.
    Brands,
}

impl List {
    pub fn as_str(self) -> &'static str {
        match self {
            List::Clients => "CLIENT",
            List::Users => "USER",
            List::Credentials => "CREDENTIALS",
            List::Grants => "GRANT",
            List::Consents => "CONSENT",
            List::Sessions => "SESSION",
            List::Brands => "BRANDS",
        }
    }
}

/// Where an item stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pk: String,
    sk: String,
}

/// A sort key of DynamoDB has at most 1,024 bytes.
const PART: KeyPart = KeyPart { most_bytes: 450 };

impl Listed {
    /// In a list that nobody asks a part of.
    pub fn new(tenant: &TenantId, list: List, id: &str) -> Listed {
        Listed { pk: pk(tenant, list), sk: PART.written(id) }
    }

    /// In the part of the list that is this client's or this person's.
    pub fn of(tenant: &TenantId, list: List, whose: &str, id: &str) -> Listed {
        Listed { pk: pk(tenant, list), sk: format!("{}{}", part(whose), PART.written(id)) }
    }

    /// In a list of the whole deployment.
    pub fn of_deployment(tenant: &TenantId, list: List) -> Listed {
        Listed { pk: pk_of_deployment(list), sk: PART.written(tenant.as_str()) }
    }

    pub(super) fn attributes(&self) -> [(&'static str, AttributeValue); 2] {
        [(INDEX_PK, AttributeValue::S(self.pk.clone())), (INDEX_SK, AttributeValue::S(self.sk.clone()))]
    }
}

pub(super) fn pk(tenant: &TenantId, list: List) -> String {
    format!("{}#{}", tenant.as_str(), list.as_str())
}

/// No tenant's list begins so: a tenant's name is not empty.
pub(super) fn pk_of_deployment(list: List) -> String {
    format!("#{}", list.as_str())
}

/// What the sort keys of one client's or person's part begin with. A written id holds no `#`, so none begins like another.
pub(super) fn part(whose: &str) -> String {
    format!("{}#", PART.written(whose))
}
