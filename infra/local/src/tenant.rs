//! A tenant as the local server knows it.

use crate::{fhir::LocalFhir, sample_app::HostedApp, simulate::Memory};
use admin::tenant_file::{TenantFile, TenantItems};
use rules::{client::Client, secret::Secret, signing_keys::SigningKeyRecord};
use std::sync::{Arc, Mutex, PoisonError};

/// The launcher's name as an EHR of every tenant that is served here.
pub const LAUNCHER: &str = "admit-launcher";

/// It keeps the file beside the items, because the file has the passwords that the launcher shows.
pub struct LocalTenant {
    pub file: TenantFile,
    pub items: TenantItems,
    /// The first of its FHIR servers that is served here.
    pub fhir: Option<LocalFhir>,
    /// What the launcher, an EHR like any other, calls `launchContext` with.
    pub launcher_secret: Secret,
    /// And what it signs with for whom it vouches. New at each start, like the secret.
    pub launcher_key: SigningKeyRecord,
    /// Confidential apps that this server plays.
    pub apps: Vec<HostedApp>,
    /// Apps that are in the table and not in the file: registered in the browser, now or in an earlier run.
    pub registered: Mutex<Vec<Client>>,
    /// For a tenant that says `simulate = true`: which flows have a problem.
    pub simulated: Option<Arc<Memory>>,
}

impl LocalTenant {
    /// Apps that are in no file.
    pub fn registered(&self) -> Vec<Client> {
        self.registered.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All apps that can be launched.
    pub fn clients(&self) -> Vec<Client> {
        let registered = self.registered.lock().unwrap_or_else(PoisonError::into_inner);
        self.items.clients.iter().chain(registered.iter()).cloned().collect()
    }
}
