//! What a user approved, from its authorization code to its revocation: one item, one version.

pub mod authorization_code;
pub mod client_credentials;
pub mod grant_index;
mod id;
pub mod implicit;
mod issuance;
pub mod password;
pub mod refresh_token;
pub mod revocation;
pub mod shortened;
pub mod token;

pub use id::GrantId;
pub use issuance::{FreshSecrets, Issuance};

use crate::{
    client::{AccessTokenFormat, Client, document::changes::DocumentThen},
    dpop::Thumbprint,
    extensions::carried::Extensions,
    hti::HtiContext,
    launch::LaunchContext,
    length::grantable,
    oauth::error::{ErrorCode, OAuthError},
    scope::ScopeSet,
    secret::SecretHash,
    session::SessionId,
    tenant::{GrantType, Tenant, TenantId, same_resource},
    time::Timestamp,
    user::{Account, FhirUser, FhirUserType},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Grant {
    pub tenant: TenantId,
    pub id: GrantId,
    pub client_id: String,
    pub approval: Approval,
    /// The end of its line in the person's list (`listed`).
    #[serde(default = "never")]
    pub listed_until: Timestamp,
    pub state: GrantState,
}

/// What the user said yes to, and what the code is bound to (AUTHZ-13). Never changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Approval {
    pub sub: String,
    #[serde(default)]
    pub account: Option<Account>,
    /// What they are called, where the app may know it: `profile` was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Absolute URL of the user's own resource, if they have one.
    pub fhir_user: Option<String>,
    pub auth_time: Timestamp,
    #[serde(default = "never")]
    pub approved_at: Timestamp,
    /// How the user proved who they are, for the id_token.
    #[serde(default)]
    pub amr: Vec<String>,
    #[serde(default)]
    pub acr: Option<String>,
    /// The EHR that vouched for the user, who did not sign in here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vouched_by: Option<String>,
    pub scope: ScopeSet,
    pub context: LaunchContext,
    /// What a portal said when it launched the app, instead of the context above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hti: Option<HtiContext>,
    /// The base URL of the FHIR server whose records it opens, as the tenant writes it. The tokens are for that server, unless there is a
    /// resource.
    pub aud: String,
    /// The URL of the resource before it that the tokens are for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    pub redirect_uri: String,
    pub code_challenge: Option<String>,
    /// The key that must be proven where the code is exchanged (RFC 9449 §10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<Thumbprint>,
    pub nonce: Option<String>,
    pub refresh: Refreshable,
    /// The end of it all, where the person chose one: no token lives longer (DUR-3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasts_until: Option<Timestamp>,
    /// Where the log says why less was granted than asked, if it was.
    pub explanation: Option<String>,
    /// Of a client that nobody registered: its document as it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentThen>,
}

/// Whether and how long the app may come back without the user (RFR-11).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refreshable {
    Never,
    /// `offline_access`
    Offline,
    /// `online_access`: while the user's session is open, at the latest until then.
    Online {
        until: Timestamp,
        #[serde(default)]
        session: Option<SessionId>,
    },
}

impl Approval {
    /// Whom the tokens are for.
    pub fn audience(&self) -> &str {
        self.resource.as_deref().unwrap_or(&self.aud)
    }

    /// What the app learns beside its tokens: the launch context, or what the portal said that launched it.
    pub fn context_members(&self) -> Map<String, Value> {
        match (&self.hti, serde_json::to_value(&self.context)) {
            (Some(hti), _) => hti.members(),
            (None, Ok(Value::Object(members))) => members,
            (None, _) => Map::new(),
        }
    }

    /// The seconds that a token which could live for so long does.
    pub fn seconds_left(&self, seconds: i64, now: Timestamp) -> i64 {
        self.lasts_until.map_or(seconds, |end| seconds.min(end.since(now).max(0)))
    }

    /// The person's own resource, relative to the FHIR server.
    pub fn own_resource(&self) -> Option<FhirUser> {
        let relative = self.fhir_user.as_deref()?.strip_prefix(self.aud.trim_end_matches('/'))?.strip_prefix('/')?;
        FhirUser::try_from(relative.to_owned()).ok()
    }

    /// The patient whose record it opens, unless that is the person's own.
    pub fn record_of_another(&self) -> Option<&str> {
        let patient = self.context.patient.as_deref()?;
        let is_own = |own: FhirUser| own.resource == FhirUserType::Patient && own.id == patient;
        (!self.own_resource().is_some_and(is_own)).then_some(patient)
    }

    /// The session that this approval ends with, if it does.
    pub fn session(&self) -> Option<&SessionId> {
        match &self.refresh {
            Refreshable::Online { session, .. } => session.as_ref(),
            Refreshable::Never | Refreshable::Offline => None,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum GrantState {
    CodeIssued {
        code: SecretHash,
        expires_at: Timestamp,
    },
    Redeemed {
        /// Kept to recognise a second use; none where the grant came without a code (implicit, password).
        code: Option<SecretHash>,
        refresh: Option<RefreshFamily>,
        /// Single access tokens that were revoked while the grant lives on.
        revoked_tokens: Vec<RevokedToken>,
        /// When the app last came for tokens.
        #[serde(default = "never")]
        last_used: Timestamp,
        /// No token of this grant lives longer.
        live_until: Timestamp,
        /// What the assertion brought with which the app first came: its later tokens carry it too.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        extensions: Option<Extensions>,
    },
    Revoked {
        at: Timestamp,
        why: RevocationReason,
        live_until: Timestamp,
    },
}

/// One chain of refresh tokens. A token is `family` + `rotation`; a caller who presents the right family with an old rotation
/// has a token that was once good: reuse. A wrong family is nobody's token and revokes nothing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RefreshFamily {
    pub family: SecretHash,
    pub current: SecretHash,
    pub previous: Option<Superseded>,
    pub idle_until: Timestamp,
    pub ends_at: Option<Timestamp>,
    /// Whether each refresh gets another refresh token. As it was when the first one was issued (FAPI 2.0 §5.3.2.1 item 9).
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub rotates: bool,
    /// The key that the newest access token is bound to. A public client must prove it again at each refresh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_key: Option<Thumbprint>,
}

/// The rotation before the current one. With `salt` its holder, and nobody else, can be given the same successor again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Superseded {
    pub rotation: SecretHash,
    pub salt: String,
    pub at: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RevokedToken {
    pub jti: String,
    pub expires_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationReason {
    CodeReplayed,
    RefreshTokenReused,
    ByClient,
    ByUser,
    ByOperator,
    /// The client is another than the one that was let in, by what its document says now.
    DocumentChanged,
}

fn yes() -> bool {
    true
}

fn is_yes(it: &bool) -> bool {
    *it
}

/// For grants that were written before the member existed.
fn never() -> Timestamp {
    Timestamp(0)
}

impl GrantState {
    /// Tokens were issued for the first time: with what is kept of the code, if there was one.
    fn redeemed(
        code: Option<SecretHash>,
        refresh: Option<RefreshFamily>,
        extensions: Option<Extensions>,
        access_token_seconds: i64,
        now: Timestamp,
    ) -> GrantState {
        let access_token_end = now.plus(access_token_seconds);
        let live_until = refresh.as_ref().map_or(access_token_end, |family| family.idle_until.max(access_token_end));
        GrantState::Redeemed { code, refresh, revoked_tokens: Vec::new(), last_used: now, live_until, extensions }
    }
}

impl Grant {
    /// When the table may forget it: not while any token of it could be presented (TOK-7).
    pub fn forget_at(&self) -> Timestamp {
        match &self.state {
            GrantState::CodeIssued { expires_at, .. } => expires_at.plus(600),
            GrantState::Redeemed { live_until, .. } | GrantState::Revoked { live_until, .. } => *live_until,
        }
    }

    /// Whether an app can still do something with it: exchange its code, refresh, or use an access token of it.
    pub fn is_live(&self, now: Timestamp) -> bool {
        match &self.state {
            GrantState::CodeIssued { expires_at, .. } => !expires_at.is_past(now),
            GrantState::Redeemed { live_until, .. } => !live_until.is_past(now),
            GrantState::Revoked { .. } => false,
        }
    }

    /// What the assertion brought with which the app first came.
    pub fn extensions(&self) -> Option<&Extensions> {
        match &self.state {
            GrantState::Redeemed { extensions, .. } => extensions.as_ref(),
            GrantState::CodeIssued { .. } | GrantState::Revoked { .. } => None,
        }
    }

    /// Whether its app learns who launched it, and gets nothing that opens anything (TOP-KT-007).
    pub fn gets_no_access_token(&self, client: &Client) -> bool {
        self.approval.hti.is_some() && client.access_token_format == AccessTokenFormat::Noop
    }

    /// How the app came to it. Only at the redirect endpoint is there an address, and only a code is kept to recognise a second use.
    pub fn way(&self) -> GrantType {
        match &self.state {
            _ if self.approval.redirect_uri.is_empty() => GrantType::Password,
            GrantState::Redeemed { code: None, .. } => GrantType::Implicit,
            GrantState::CodeIssued { .. } | GrantState::Redeemed { .. } | GrantState::Revoked { .. } => {
                GrantType::AuthorizationCode
            }
        }
    }

    /// Whether an access token of this grant is still good.
    pub fn honours(&self, jti: &str) -> bool {
        match &self.state {
            GrantState::Redeemed { revoked_tokens, .. } => !revoked_tokens.iter().any(|token| token.jti == jti),
            GrantState::CodeIssued { .. } | GrantState::Revoked { .. } => false,
        }
    }
}

/// What the app may still have of what was approved: the operator may have taken scopes from it since, or from the resource that the
/// tokens are for.
pub fn still_registered(
    approved: &ScopeSet,
    client: &Client,
    tenant: &Tenant,
    aud: &str,
) -> Result<ScopeSet, OAuthError> {
    let allowed = grantable(approved, &client.scope)?.without_powers();
    let allowed = tenant.guarded_at(aud).map_or_else(ScopeSet::default, |guarded| guarded.within(allowed));
    if allowed.is_empty() {
        return Err(OAuthError::invalid_scope("this app may no longer have any of these scopes")
            .because(format!("what it is registered for: {}", client.scope)));
    }
    Ok(allowed)
}

/// Why the client is not the one that was let in, by what its document says now.
fn broken(grant: &Grant, client: &Client) -> Option<&'static str> {
    grant.approval.document.as_ref()?.is_broken_by(client)
}

/// `resource` may say again whom the tokens are for, and nobody else (RFC 8707 §2.2).
fn check_resource(grant: &Grant, resource: Option<&str>) -> Result<(), OAuthError> {
    match resource {
        Some(resource) if !same_resource(resource, grant.approval.audience()) => {
            Err(OAuthError::new(ErrorCode::InvalidTarget, "resource is not the server that the user approved")
                .because(format!("expected {}, and another came", grant.approval.audience())))
        }
        _ => Ok(()),
    }
}

fn unknown_resource() -> OAuthError {
    OAuthError::new(ErrorCode::InvalidTarget, "resource is not a FHIR server that this client may have tokens for")
}

/// What a rule decides about a grant that an app comes with. A refusal can have a state to write, too.
#[derive(Debug)]
pub enum Decision {
    /// Tokens, and the grant's next state if it changes.
    Issue(Issuance, Option<GrantState>),
    Refuse(OAuthError),
    /// What may be used once came again, so somebody else has it: the grant ends.
    Revoke(OAuthError, GrantState),
    /// There was no misuse, but what the grant was given for is gone, for this reason: it ends.
    End(OAuthError, GrantState, &'static str),
}
