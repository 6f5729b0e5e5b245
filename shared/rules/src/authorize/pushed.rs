//! Pushed authorization requests (RFC 9126): what an app has sent ahead by itself, and the reference that its user's browser brings.

use super::{interaction::Interaction, redirect_target::NotRedirectable};
use crate::{
    client::Client,
    dpop::Thumbprint,
    grant::GrantId,
    oauth::{error::OAuthError, params::Params},
    secret::{Secret, SecretHash},
    tenant::{Policy, Profile, PushedRequests, Tenant, TenantId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use url::form_urlencoded::Serializer;

/// What every reference begins with (RFC 9126 §2.2); a secret follows.
const REFERENCE: &str = "urn:ietf:params:oauth:request_uri:";

/// What a request for authorization is made of. All else that a client sends, such as its credentials, is not kept.
const KEPT: [&str; 20] = [
    "client_id",
    "response_type",
    "response_mode",
    "redirect_uri",
    "scope",
    "state",
    "aud",
    "resource",
    "launch",
    "code_challenge",
    "code_challenge_method",
    "dpop_jkt",
    "nonce",
    "prompt",
    "max_age",
    "id_token_hint",
    "ui_locales",
    "acr_values",
    "login_hint",
    "idp_hint",
];

/// A request that waits for its user's browser.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PushedRequest {
    pub tenant: TenantId,
    /// Hash of the secret in its `request_uri`.
    pub id: SecretHash,
    pub client_id: String,
    /// Those of an authorization request, as the client sent them, as a form. Nothing once they are of no more use.
    pub parameters: String,
    pub state: PushedState,
    pub expires_at: Timestamp,
}

/// It goes forward through these and never back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushedState {
    /// No browser has brought it yet.
    New,
    /// From here on its user has the time of an interaction, however often a page is loaded (RFC 9126 §7.3).
    Opened,
    /// The app has its answer: a code or an error.
    Used {
        /// The grant of an answer that was given at once, so that the same browser can hear it again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answered: Option<GrantId>,
    },
}

impl PushedState {
    /// Counts the states. An item of this kind has the step as its version, so a write that takes it forward need not know how far it is.
    pub fn step(&self) -> u64 {
        match self {
            PushedState::New => 1,
            PushedState::Opened => 2,
            PushedState::Used { .. } => 3,
        }
    }
}

impl PushedRequest {
    /// What this form asks for, under a new secret.
    pub fn new(tenant: &TenantId, client: &Client, form: &Params, secret: &Secret, expires_at: Timestamp) -> Self {
        PushedRequest {
            tenant: tenant.clone(),
            id: secret.hash(),
            client_id: client.client_id.clone(),
            parameters: parameters(form),
            state: PushedState::New,
            expires_at,
        }
    }

    pub fn is_new(&self) -> bool {
        self.state == PushedState::New
    }

    pub fn is_used(&self) -> bool {
        matches!(self.state, PushedState::Used { .. })
    }

    /// The grant that was answered with at once, if it was.
    pub fn answered(&self) -> Option<&GrantId> {
        match &self.state {
            PushedState::Used { answered } => answered.as_ref(),
            PushedState::New | PushedState::Opened => None,
        }
    }

    /// Until when its user may take, for a page that is opened now. Only the first opening begins that time (RFC 9126 §4; FAPI 2.0 Security
    /// Profile §5.3.2.2, note 2).
    pub fn ends_at(&self, interaction_seconds: i64, now: Timestamp) -> Timestamp {
        if self.is_new() { now.plus(interaction_seconds) } else { self.expires_at }
    }

    #[must_use]
    pub fn opened(&self, until: Timestamp) -> PushedRequest {
        PushedRequest { state: PushedState::Opened, expires_at: until, ..self.clone() }
    }

    /// The app has heard of it at once: an error, or the code of this grant.
    #[must_use]
    pub fn used_at_once(&self, answered: Option<&GrantId>, until: Timestamp) -> PushedRequest {
        let parameters = if answered.is_some() { self.parameters.clone() } else { String::new() };
        let state = PushedState::Used { answered: answered.cloned() };
        PushedRequest { parameters, state, expires_at: until, ..self.clone() }
    }

    /// The request that this interaction came of, once it is finished. It ends no earlier than any page of the request.
    pub fn used_by(interaction: &Interaction) -> Option<PushedRequest> {
        let id = interaction.pushed.clone()?;
        Some(PushedRequest {
            tenant: interaction.tenant.clone(),
            id,
            client_id: interaction.request.client_id.clone(),
            parameters: String::new(),
            state: PushedState::Used { answered: None },
            expires_at: interaction.expires_at,
        })
    }
}

/// The `request_uri` of this secret.
pub fn request_uri(secret: &Secret) -> String {
    format!("{REFERENCE}{}", secret.expose())
}

/// The pushed request that a browser's request names, and by whom it must have been pushed. All else that it brings is not read
/// (RFC 9101 §6.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub id: SecretHash,
    pub client_id: String,
}

impl Reference {
    /// None for a request that stands for itself, also where its `request_uri` is of another kind.
    pub fn of(params: &Params, policy: &Policy) -> Result<Option<Reference>, NotRedirectable> {
        let secret = params.get("request_uri").and_then(|uri| uri.strip_prefix(REFERENCE));
        let Some(secret) = secret.filter(|_| policy.pushed_authorization_requests != PushedRequests::Off) else {
            return Ok(None);
        };
        if params.is_repeated("client_id") || params.is_repeated("request_uri") {
            return Err(NotRedirectable::Ambiguous);
        }
        // "client_id" is required beside it (RFC 9126 §4).
        let client_id = params.get("client_id").ok_or(NotRedirectable::NoClientId)?.to_owned();
        Ok(Some(Reference { id: SecretHash::of(secret), client_id }))
    }
}

/// Whether this client may send its user's browser with the request itself (RFC 9126 §5, §6).
pub fn may_ask_directly(client: &Client, tenant: &Tenant) -> Result<(), OAuthError> {
    let policy = &tenant.policy;
    let why = match (policy.pushed_authorization_requests, client.require_pushed_authorization_requests) {
        _ if client.profile_at(tenant) == Profile::Fapi2 => "it is held to FAPI 2.0 (§5.3.2.2)",
        (PushedRequests::Required, _) => "the tenant requires it of every app",
        (PushedRequests::Accepted, true) => "this app is registered to do so",
        (PushedRequests::Accepted, false) | (PushedRequests::Off, _) => return Ok(()),
    };
    Err(OAuthError::invalid_request("the request must be pushed to pushed_authorization_request_endpoint first")
        .because(why))
}

/// Whether an app that is sent this error has had its answer. After a fault of this server the same reference is good still.
pub fn is_final(error: &OAuthError) -> bool {
    error.status() < 429
}

/// What a push is beside an authorization request: it is of the client that has authenticated, and no reference to another (RFC 9126 §2.1).
pub fn may_be_pushed(form: &Params, client: &Client) -> Result<(), OAuthError> {
    if form.has("request_uri") {
        return Err(OAuthError::invalid_request("request_uri can't be pushed: it is the answer to a push"));
    }
    match form.get("client_id") {
        None => Err(OAuthError::invalid_request("client_id is missing")),
        Some(id) if id != client.client_id => {
            Err(OAuthError::invalid_request("client_id differs from that of the client that has authenticated"))
        }
        Some(_) => Ok(()),
    }
}

/// A request that was pushed with a proof is its key's, as if it had named it (RFC 9449 §10.1).
pub fn of_key(form: &Params, proof: Option<&Thumbprint>) -> Result<Params, OAuthError> {
    match (proof, form.get("dpop_jkt")) {
        (None, _) => Ok(form.clone()),
        (Some(key), None) => Ok(form.with("dpop_jkt", key.as_str())),
        (Some(key), Some(named)) if key.as_str() == named => Ok(form.clone()),
        (Some(_), Some(_)) => Err(OAuthError::invalid_request("dpop_jkt names another key than the DPoP proof's")),
    }
}

fn parameters(form: &Params) -> String {
    let asked = form.iter().filter(|(name, _)| KEPT.contains(name));
    Serializer::new(String::new()).extend_pairs(asked).finish()
}
