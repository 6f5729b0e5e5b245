//! User-access brands as an operator writes them (SMART App Launch 2.2, brands): by which names people know a tenant, and where they find
//! their records.

use serde::{Deserialize, Serialize};

/// What a tenant publishes of itself for people who look for it in an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserAccess {
    /// Where app developers configure access to its endpoints; absent: the page that the tenant has for them here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub developers: Option<String>,
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
    pub categories: Vec<BrandCategory>,
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
pub enum BrandCategory {
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

impl BrandCategory {
    pub const ALL: [BrandCategory; 7] = [
        BrandCategory::Provider,
        BrandCategory::Insurance,
        BrandCategory::Laboratory,
        BrandCategory::Imaging,
        BrandCategory::Pharmacy,
        BrandCategory::Network,
        BrandCategory::Aggregator,
    ];

    pub fn code(self) -> &'static str {
        match self {
            BrandCategory::Provider => "prov",
            BrandCategory::Insurance => "ins",
            BrandCategory::Laboratory => "laboratory",
            BrandCategory::Imaging => "imaging",
            BrandCategory::Pharmacy => "pharmacy",
            BrandCategory::Network => "health-information-network",
            BrandCategory::Aggregator => "health-data-aggregator",
        }
    }

    pub fn display(self) -> &'static str {
        match self {
            BrandCategory::Provider => "Healthcare Provider",
            BrandCategory::Insurance => "Insurance Company",
            BrandCategory::Laboratory => "Laboratory",
            BrandCategory::Imaging => "Imaging Center",
            BrandCategory::Pharmacy => "Pharmacy",
            BrandCategory::Network => "Health Information Network",
            BrandCategory::Aggregator => "Health Data Aggregator",
        }
    }
}

fn is_false(value: &bool) -> bool {
    !value
}
