//! User-access brands as an operator writes them (SMART App Launch 2.2, brands): by which names people know a tenant, and where they find
//! their records.

use serde::{Deserialize, Serialize};

/// What a tenant publishes of itself for people who look for it in an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserAccess {
    /// Where app developers configure access to its endpoints.
    pub developers: String,
    /// Whether the bundle of the whole deployment has it too.
    #[serde(default, skip_serializing_if = "is_false")]
    pub listed: bool,
    pub brands: Vec<Brand>,
}

/// A name by which people know an organization, and where they find their records under it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brand {
    pub name: String,
    pub identifiers: Vec<Identifier>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website_absent: Option<Absent>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<Category>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_license: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Address>,
    /// A value among the identifiers of the brand whose portal this one's people use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_of: Option<String>,
    /// Names of FHIR servers of the tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fhir_servers: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub portals: Vec<Portal>,
}

/// Where people see their records and manage who else does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Portal {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_absent: Option<Absent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url_absent: Option<Absent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_license: Option<String>,
    /// Of those of its brand; absent: all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fhir_servers: Option<Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identifier {
    pub system: String,
    pub value: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// Why a value is not there; no other reason may be given (SMART 2.2, brands, data absent reasons).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Absent {
    AskedDeclined,
    AskedUnknown,
}

impl Absent {
    pub const ALL: [Absent; 2] = [Absent::AskedDeclined, Absent::AskedUnknown];

    pub fn as_str(self) -> &'static str {
        match self {
            Absent::AskedDeclined => "asked-declined",
            Absent::AskedUnknown => "asked-unknown",
        }
    }
}

/// The value set `user-access-category`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Category {
    #[serde(rename = "prov")]
    Provider,
    #[serde(rename = "ins")]
    Insurance,
    #[serde(rename = "laboratory")]
    Laboratory,
    #[serde(rename = "imaging")]
    Imaging,
    #[serde(rename = "pharmacy")]
    Pharmacy,
    #[serde(rename = "health-information-network")]
    Network,
    #[serde(rename = "health-data-aggregator")]
    Aggregator,
}

impl Category {
    pub const ALL: [Category; 7] = [
        Category::Provider,
        Category::Insurance,
        Category::Laboratory,
        Category::Imaging,
        Category::Pharmacy,
        Category::Network,
        Category::Aggregator,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Category::Provider => "prov",
            Category::Insurance => "ins",
            Category::Laboratory => "laboratory",
            Category::Imaging => "imaging",
            Category::Pharmacy => "pharmacy",
            Category::Network => "health-information-network",
            Category::Aggregator => "health-data-aggregator",
        }
    }

    pub fn display(self) -> &'static str {
        match self {
            Category::Provider => "Healthcare Provider",
            Category::Insurance => "Insurance Company",
            Category::Laboratory => "Laboratory",
            Category::Imaging => "Imaging Center",
            Category::Pharmacy => "Pharmacy",
            Category::Network => "Health Information Network",
            Category::Aggregator => "Health Data Aggregator",
        }
    }
}

fn is_false(value: &bool) -> bool {
    !value
}
