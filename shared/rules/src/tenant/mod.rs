//! A tenant is an issuer: its exact name, the FHIR servers it guards, its policy.

pub mod appearance;
mod b2b;
mod dpop;
mod ended;
mod id;
mod language;
mod lives;
mod patient_picker;
mod policy;
mod profile;
mod record;
pub mod role;
mod signing_alg;

pub use b2b::B2b;
pub use dpop::{DpopReplay, DpopUse};
pub use ended::{AccessOf, EndedAccess, GivenAccess};
pub use id::{Issuer, TenantId};
pub use language::Language;
pub use lives::{CONFIGURATION_AGE, FormerLife};
pub use patient_picker::PatientPicker;
pub use policy::*;
pub use profile::Profile;
pub use record::TenantRecord;
pub use signing_alg::SigningAlg;

use crate::{
    client::document::hosts::ClientDocuments,
    dpop::{NonceFor, NonceKey, Nonces},
    hash_work::HashWork,
    identity_provider::IdentityProvider,
    secret::ChosenSecretHash,
    time::Timestamp,
    user::User,
};
use appearance::Appearance;
use role::Role;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// An authorization server. One item of the table; everything that differs between tenants is in here.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tenant {
    pub id: TenantId,
    pub issuer: Issuer,
    pub name: String,
    /// The first one is the default where a request may leave `aud` out.
    pub fhir_servers: Vec<FhirServer>,
    pub ehrs: Vec<Ehr>,
    /// Where its people sign in, besides here.
    #[serde(default)]
    pub identity_providers: Vec<IdentityProvider>,
    pub policy: Policy,
    /// Whether a `client_id` may be the address of a document, and whose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_documents: Option<ClientDocuments>,
    /// What its community has agreed on for organizations that ask by themselves.
    #[serde(default, skip_serializing_if = "B2b::is_default")]
    pub b2b: B2b,
    #[serde(default)]
    pub pages: Appearance,
    /// What backend services may do by what they are, instead of by what they ask.
    pub roles: Vec<Role>,
    /// Origins of all registered browser apps: a preflight carries no `client_id` (Fetch §3.2.2).
    pub origins: BTreeSet<String>,
    /// How long the longest-lived token of any client lives, by the settings of today.
    pub longest_token_seconds: i64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_token_seconds: Vec<FormerLife>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_grant_seconds: Vec<FormerLife>,
    /// What was ended for many at once. Commands write it; no file does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<EndedAccess>,
    /// What DPoP nonces are made with, once `dpop_nonce` was on. No file holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_nonce_key: Option<NonceKey>,
    /// What each refusal of a password or a short secret takes: as much as comparing with the costliest that the file has.
    #[serde(default)]
    pub refusal_work: HashWork,
}

impl Tenant {
    /// The FHIR server that `aud` names: one trailing slash aside, exactly (SMART App Launch 2.2, §2.0.9).
    pub fn fhir_server(&self, aud: &str) -> Option<&FhirServer> {
        self.fhir_servers.iter().find(|server| same_server(&server.url, aud))
    }

    /// Whether any of its tokens can be bound to a key. Where none can, a proof is a header that nobody reads.
    pub fn takes_dpop(&self) -> bool {
        self.fhir_servers.iter().any(|server| !server.dpop.is_off())
    }

    /// What holds for tokens with this audience. One that is for this server itself can be bound if any can.
    pub fn dpop_at(&self, aud: &str) -> DpopUse {
        match self.fhir_server(aud) {
            Some(server) => server.dpop,
            None if self.takes_dpop() => DpopUse::Accepted,
            None => DpopUse::Off,
        }
    }

    /// The nonces that proofs must hold, where the tenant asks for any.
    pub fn dpop_nonces(&self, of: NonceFor, now: Timestamp) -> Option<Nonces<'_>> {
        let key = self.dpop_nonce_key.as_ref().filter(|_| self.policy.dpop_nonce)?;
        Some(Nonces { key, of, now })
    }
}

impl Tenant {
    /// Where a user's `fhir_user` and `patients` are. An item that was written before users named a server means the only one.
    pub fn fhir_server_of<'a>(&'a self, user: &'a User) -> Option<&'a str> {
        match (&user.fhir_server, self.fhir_servers.as_slice()) {
            (Some(own), _) => Some(own),
            (None, [only]) => Some(&only.url),
            (None, _) => None,
        }
    }

    /// How long the longest-lived token that may be about lives.
    pub fn longest_token(&self, now: Timestamp) -> i64 {
        FormerLife::longest(self.longest_token_seconds, &self.former_token_seconds, now)
    }

    /// The same of a grant between two uses, of a session, and of a remembered consent. `today` is what the settings of today allow.
    pub fn longest_grant(&self, today: i64, now: Timestamp) -> i64 {
        FormerLife::longest(today, &self.former_grant_seconds, now)
    }

    /// A moment at which every session that was made until `now` has ended. One may be as old as a former setting allowed, and one that
    /// is being made may go by the settings that an instance still has in memory.
    pub fn end_of_sessions_so_far(&self, now: Timestamp) -> Timestamp {
        let longest = self.longest_grant(self.policy.session_seconds, now);
        now.plus(longest.saturating_add(CONFIGURATION_AGE))
    }

    /// Whether this was given before a moment at which all such access ended.
    pub fn has_ended(&self, access: &GivenAccess<'_>) -> bool {
        self.ended.iter().any(|ended| ended.includes(access))
    }
}

/// Whether two URLs name one FHIR server.
pub fn same_server(a: &str, b: &str) -> bool {
    without_slash(a) == without_slash(b)
}

/// The same of a `resource` (RFC 8707), which may have its scheme and host in any case (RFC 3986 §6.2.2.1). SMART's `aud` may not.
pub fn same_resource(a: &str, b: &str) -> bool {
    let ((a_origin, a_path), (b_origin, b_path)) = (origin_and_path(a), origin_and_path(b));
    a_origin.eq_ignore_ascii_case(b_origin) && without_slash(a_path) == without_slash(b_path)
}

fn origin_and_path(url: &str) -> (&str, &str) {
    let authority = url.find("://").map_or(0, |scheme| scheme + 3);
    let end = url[authority..].find('/').map_or(url.len(), |slash| authority + slash);
    url.split_at(end)
}

/// The FHIR server below whose base an absolute URL lies, and the rest of the URL. The longest base counts, where one lies below
/// another.
pub fn below<'s, 't>(servers: &'s [FhirServer], url: &'t str) -> Option<(&'s FhirServer, &'t str)> {
    let rest =
        |server: &'s FhirServer| Some((server, url.strip_prefix(without_slash(&server.url))?.strip_prefix('/')?));
    servers.iter().filter_map(rest).max_by_key(|(server, _)| server.url.len())
}

fn without_slash(url: &str) -> &str {
    url.strip_suffix('/').unwrap_or(url)
}

/// A FHIR base that this tenant guards: a valid `aud`, and a caller of `introspect`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FhirServer {
    pub name: String,
    pub url: String,
    /// As its CapabilityStatement says it, `4.0.1` for R4.
    pub fhir_version: String,
    /// Live secrets for `introspect` and `launchContext` by Basic; two of them while one is being replaced.
    pub secrets: Vec<ChosenSecretHash>,
    /// For a data store of AWS HealthLake.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub healthlake: Option<HealthLakeRoles>,
    /// Whether it verifies DPoP proofs.
    #[serde(default, skip_serializing_if = "DpopUse::is_off")]
    pub dpop: DpopUse,
}

/// IAM roles in which HealthLake carries out what a token allows (HL-7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthLakeRoles {
    /// For tokens whose scopes read and search alone.
    pub read: String,
    /// For all others; without it they read.
    pub write: Option<String>,
}

/// An EHR that may hand over its context at `launchContext`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ehr {
    pub name: String,
    pub secrets: Vec<ChosenSecretHash>,
}
