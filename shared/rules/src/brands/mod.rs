//! User-access brands (SMART App Launch 2.2, brands): what is published of the names by which people know a tenant, and of the FHIR servers
//! at which their apps find it.

mod bundle;
mod published;
mod servers;

pub use bundle::{MOST_BYTES, entries};
pub use published::{PublishedBrands, deployment_bundle, text_of};
pub use servers::{hosted, servers_of, servers_of_portal};
