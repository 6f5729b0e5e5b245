//! From a code to the last token of a grant.

mod authorization_code;
mod client_credentials;
mod grant_index;
mod implicit;
mod password;
mod refresh_token;
mod revocation;
mod shortened;
mod state;
mod token;

use crate::given::{FHIR, NOW, ParseSet, app, tenant};
use rules::{
    client::{
        Client,
        document::{changes::DocumentThen, origin::DocumentOrigin},
        redirect_uri::RedirectUri,
    },
    grant::{Approval, Decision, FreshSecrets, Grant, GrantId, GrantState, Issuance, Refreshable},
    launch::LaunchContext,
    oauth::error::OAuthError,
    secret::{Secret, SecretHash},
    tenant::AuthenticationMethod,
    user::Account,
};

pub const REDIRECT_URI: &str = "https://app.example/callback";

/// What Amy has said yes to, for the app of the clinic.
pub fn approval(refresh: Refreshable) -> Approval {
    Approval {
        hti: None,
        sub: "sub-of-amy".into(),
        account: Some(Account { username: "amy".into(), provider: None, issuer: None }),
        name: Some("Amy Shaw".into()),
        fhir_user: Some(format!("{FHIR}/Patient/amy-shaw")),
        auth_time: NOW.plus(-10),
        approved_at: NOW,
        amr: Vec::new(),
        acr: None,
        vouched_by: None,
        scope: "openid fhirUser patient/*.rs".parse_set(),
        context: LaunchContext { patient: Some("amy-shaw".into()), ..LaunchContext::default() },
        aud: FHIR.into(),
        resource: None,
        lasts_until: None,
        redirect_uri: REDIRECT_URI.into(),
        code_challenge: None,
        dpop_jkt: None,
        nonce: Some("nonce".into()),
        refresh,
        explanation: None,
        document: None,
    }
}

fn grant(refresh: Refreshable, state: GrantState) -> Grant {
    Grant {
        tenant: tenant().id,
        id: GrantId::random(),
        client_id: app().client_id,
        approval: approval(refresh),
        listed_until: NOW,
        state,
    }
}

fn with_redirect(client: Client) -> Client {
    Client { redirect_uris: vec![RedirectUri::register(REDIRECT_URI, false).unwrap()], ..client }
}

/// A code that is good for a minute.
fn code_issued(code: &Secret) -> GrantState {
    GrantState::CodeIssued { code: code.hash(), expires_at: NOW.plus(60) }
}

/// Tokens were issued, and there is no refresh token.
fn redeemed() -> GrantState {
    GrantState::Redeemed {
        code: Some(SecretHash::of("code")),
        refresh: None,
        revoked_tokens: Vec::new(),
        last_used: NOW,
        live_until: NOW.plus(3600),
        extensions: None,
    }
}

fn fresh() -> FreshSecrets {
    FreshSecrets { family: Secret::new("f".repeat(43)), rotation: Secret::new("r".repeat(43)), salt: "salt".into() }
}

/// A decision in two parts: what the app is told, and what becomes of the grant.
struct Decided {
    outcome: Result<Issuance, OAuthError>,
    next: Option<GrantState>,
}

impl Decided {
    /// What the app is told, and whether anything is written.
    fn refused(self) -> (String, bool) {
        let error = self.outcome.unwrap_err();
        (format!("{} {}", error.code.as_str(), error.description), self.next.is_some())
    }
}

impl From<Decision> for Decided {
    fn from(decision: Decision) -> Decided {
        match decision {
            Decision::Issue(issuance, next) => Decided { outcome: Ok(issuance), next },
            Decision::Refuse(error) => Decided { outcome: Err(error), next: None },
            Decision::Revoke(error, state) | Decision::End(error, state, _) => {
                Decided { outcome: Err(error), next: Some(state) }
            }
        }
    }
}

/// The app, as a document describes it that nobody registered and that has it prove itself no more.
fn of_another_document(grant: &mut Grant, client: &mut Client) {
    let hash = SecretHash::of("document");
    let document = DocumentThen {
        hash: hash.clone(),
        method: AuthenticationMethod::PrivateKeyJwt,
        keys_at: Some("agent.example".into()),
    };
    grant.approval.document = Some(document);
    let host = "agent.example".into();
    client.origin = Some(DocumentOrigin { host, hash, localhost_any_port: true, fresh_until: NOW });
}
