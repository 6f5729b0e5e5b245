//! What lies where in the table, one line a kind.

pub use super::tenants::*;

use super::{
    Item, Key, List, Listed, StoreError,
    item::{self, Attributes},
};
use rules::{
    authorize::{interaction::Interaction, pushed::PushedRequest, remembered::RememberedConsent},
    client::{
        Client,
        document::{freshness::usable_until, read::ClientDocument},
    },
    credentials::{Credentials, CredentialsId},
    grant::{Grant, GrantId},
    identity_provider::secret::ProviderSecret,
    jwk::{KeySet, PassedOverKey},
    launch::Launch,
    secret::SecretHash,
    session::{Session, SessionId, SessionState},
    tenant::TenantId,
    time::Timestamp,
    token::AccessTokenClaims,
    user::User,
};
use serde::{Deserialize, Serialize};

pub fn client(tenant: &TenantId, client_id: &str) -> Key {
    Key::new(tenant, "CLIENT", client_id)
}

impl Item for Client {
    fn key(&self) -> Key {
        client(&self.tenant, &self.client_id)
    }

    fn listed(&self) -> Option<Listed> {
        Some(Listed::new(&self.tenant, List::Clients, &self.client_id))
    }
}

pub fn user(tenant: &TenantId, username: &str) -> Key {
    Key::new(tenant, "USER", &username.to_lowercase())
}

impl Item for User {
    fn key(&self) -> Key {
        user(&self.tenant, &self.username)
    }

    fn listed(&self) -> Option<Listed> {
        Some(Listed::new(&self.tenant, List::Users, &self.username.to_lowercase()))
    }
}

pub fn credentials(tenant: &TenantId, id: &CredentialsId) -> Key {
    Key::new(tenant, "CREDENTIALS", id.as_str())
}

impl Item for Credentials {
    fn key(&self) -> Key {
        credentials(&self.tenant, &self.id)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        self.forget_at()
    }

    fn listed(&self) -> Option<Listed> {
        Some(Listed::new(&self.tenant, List::Credentials, &self.sub))
    }
}

pub fn provider_secret(tenant: &TenantId, provider: &str) -> Key {
    Key::new(tenant, "PROVIDER", provider)
}

impl Item for ProviderSecret {
    fn key(&self) -> Key {
        provider_secret(&self.tenant, &self.provider)
    }
}

pub fn interaction(tenant: &TenantId, id: &SecretHash) -> Key {
    Key::new(tenant, "INTERACTION", id.as_str())
}

impl Item for Interaction {
    fn key(&self) -> Key {
        interaction(&self.tenant, &self.id)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

pub fn pushed(tenant: &TenantId, id: &SecretHash) -> Key {
    Key::new(tenant, "PUSHED", id.as_str())
}

impl Item for PushedRequest {
    fn key(&self) -> Key {
        pushed(&self.tenant, &self.id)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

pub fn launch(tenant: &TenantId, handle: &SecretHash) -> Key {
    Key::new(tenant, "LAUNCH", handle.as_str())
}

impl Item for Launch {
    fn key(&self) -> Key {
        launch(&self.tenant, &self.handle)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

pub fn grant(tenant: &TenantId, id: &GrantId) -> Key {
    Key::new(tenant, "GRANT", &id.0)
}

impl Item for Grant {
    fn key(&self) -> Key {
        grant(&self.tenant, &self.id)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.forget_at())
    }

    fn listed(&self) -> Option<Listed> {
        Some(Listed::of(&self.tenant, List::Grants, &self.client_id, &self.id.0))
    }
}

/// What a person has allowed shares a partition: one query reads the list of their grants and what is remembered.
pub fn allowed_by(tenant: &TenantId, sub: &str) -> Key {
    Key::new(tenant, "ALLOWED", sub)
}

pub fn session(tenant: &TenantId, id: &SessionId) -> Key {
    Key::new(tenant, "SESSION", &id.0)
}

impl Item for Session {
    fn key(&self) -> Key {
        session(&self.tenant, &self.id)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.ends_at)
    }

    fn listed(&self) -> Option<Listed> {
        let SessionState::Open(open) = &self.state else { return None };
        Some(Listed::of(&self.tenant, List::Sessions, &open.user.sub, &self.id.0))
    }
}

/// A client assertion that was used (ASYM-7).
#[derive(Debug, Serialize, Deserialize)]
pub struct UsedAssertion {
    pub tenant: TenantId,
    pub client_id: String,
    pub jti: SecretHash,
    pub expires_at: Timestamp,
}

impl Item for UsedAssertion {
    fn key(&self) -> Key {
        // The hash has a fixed length, so no client_id and jti of one client can spell those of another.
        Key::new(&self.tenant, "JTI", &format!("{}#{}", self.jti.as_str(), self.client_id))
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

/// An EHR's word for its user that was used. Nobody's client assertion has the same key: that one begins with a hash.
#[derive(Debug, Serialize, Deserialize)]
pub struct UsedUserAssertion {
    pub tenant: TenantId,
    pub ehr: String,
    pub jti: SecretHash,
    pub expires_at: Timestamp,
}

impl Item for UsedUserAssertion {
    fn key(&self) -> Key {
        Key::new(&self.tenant, "JTI", &format!("vouch#{}#{}", self.jti.as_str(), self.ehr))
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

/// An HTI token that a code was issued for (HTI-7).
#[derive(Debug, Serialize, Deserialize)]
pub struct UsedHti {
    pub tenant: TenantId,
    pub portal: String,
    pub jti: SecretHash,
    pub expires_at: Timestamp,
}

pub fn used_hti(tenant: &TenantId, portal: &str, jti: &SecretHash) -> Key {
    Key::new(tenant, "HTI", &format!("{}#{portal}", jti.as_str()))
}

impl Item for UsedHti {
    fn key(&self) -> Key {
        used_hti(&self.tenant, &self.portal, &self.jti)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

/// An access token that belongs to no grant (a backend service's) and was revoked.
#[derive(Debug, Serialize, Deserialize)]
pub struct RevokedAccessToken {
    pub tenant: TenantId,
    pub jti: String,
    pub expires_at: Timestamp,
}

pub fn revoked_access_token(tenant: &TenantId, jti: &str) -> Key {
    Key::new(tenant, "REVOKED", jti)
}

impl Item for RevokedAccessToken {
    fn key(&self) -> Key {
        revoked_access_token(&self.tenant, &self.jti)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

/// A counter of wrong secrets; a number beside the key and no body (`Store::count`).
pub fn failed_attempts(tenant: &TenantId, target: &SecretHash) -> Key {
    Key::new(tenant, "ATTEMPTS", target.as_str())
}

/// What an opaque access token stands for; the token itself is known by its hash alone.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReferenceToken {
    pub tenant: TenantId,
    pub token: SecretHash,
    pub claims: AccessTokenClaims,
}

pub fn reference_token(tenant: &TenantId, token: &str) -> Key {
    Key::new(tenant, "TOKEN", SecretHash::of(token).as_str())
}

impl Item for ReferenceToken {
    fn key(&self) -> Key {
        Key::new(&self.tenant, "TOKEN", self.token.as_str())
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.claims.exp)
    }
}

/// A client's key set as its server gave it, for all instances of the functions (ASYM-11).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FetchedKeySet {
    pub tenant: TenantId,
    pub url: SecretHash,
    pub keys: KeySet,
    /// What `keys` itself doesn't write.
    #[serde(default)]
    pub passed_over: Vec<PassedOverKey>,
    pub fetched_at: Timestamp,
    /// Whether an older set still held, and a `kid` that it lacked made us ask; or junk did, where no set may be kept.
    #[serde(default)]
    pub for_unknown_kid: bool,
    /// As the server's `Cache-Control` said.
    pub expires_at: Timestamp,
}

pub fn fetched_key_set(tenant: &TenantId, url: &str) -> Key {
    Key::new(tenant, "JWKS", SecretHash::of(url).as_str())
}

impl Item for FetchedKeySet {
    fn key(&self) -> Key {
        Key::new(&self.tenant, "JWKS", self.url.as_str())
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

/// A client's document as its server gave it, for all instances of the functions. The address is in it by its hash alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FetchedDocument {
    pub tenant: TenantId,
    pub address: SecretHash,
    pub document: ClientDocument,
    pub fresh_until: Timestamp,
}

pub fn fetched_document(tenant: &TenantId, address: &str) -> Key {
    Key::new(tenant, "CLIENTDOC", SecretHash::of(address).as_str())
}

impl Item for FetchedDocument {
    fn key(&self) -> Key {
        Key::new(&self.tenant, "CLIENTDOC", self.address.as_str())
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(usable_until(self.fresh_until))
    }
}

/// A document is being asked for; until then, no other instance asks.
#[derive(Debug, Serialize, Deserialize)]
pub struct DocumentFetch {
    pub tenant: TenantId,
    pub address: SecretHash,
    pub until: Timestamp,
}

impl Item for DocumentFetch {
    fn key(&self) -> Key {
        Key::new(&self.tenant, "CLIENTDOC", &format!("fetch:{}", self.address.as_str()))
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.until)
    }
}

/// Where an item stands that says nothing of it itself, because it is older than the lists.
pub fn listed_as(key: &Key, found: &Attributes, now: Timestamp) -> Result<Option<Listed>, StoreError> {
    match key.pk.split('#').nth(1) {
        Some("CLIENT") => listing_of::<Client>(found, now),
        Some("USER") => listing_of::<User>(found, now),
        Some("CREDENTIALS") => listing_of::<Credentials>(found, now),
        Some("GRANT") => listing_of::<Grant>(found, now),
        Some("SESSION") => listing_of::<Session>(found, now),
        Some("ALLOWED") if key.sk.starts_with("CONSENT#") => listing_of::<RememberedConsent>(found, now),
        _ => Ok(None),
    }
}

fn listing_of<T: Item>(found: &Attributes, now: Timestamp) -> Result<Option<Listed>, StoreError> {
    Ok(item::read::<T>(found, now)?.and_then(|read| read.value.listed()))
}
