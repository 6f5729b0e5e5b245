//! What the grant of the model is about.

use super::given::{FHIR, ParseSet, amy};
use rules::{
    grant::{Approval, Refreshable},
    launch::LaunchContext,
    secret::SecretHash,
    time::Timestamp,
    user::Account,
};

pub const REDIRECT_URI: &str = "https://app.example/callback";
pub const VERIFIER: &str = "verifier-of-43-characters-aaaaaaaaaaaaaaaaa";

/// What Amy said yes to. The challenge of a verifier is what is kept of any secret, too (RFC 7636 §4.2).
pub fn approval(challenge: bool, now: Timestamp) -> Approval {
    Approval {
        hti: None,
        sub: amy().sub,
        account: Some(Account { username: amy().username, provider: None, issuer: None }),
        name: None,
        fhir_user: Some(format!("{FHIR}/Patient/amy-shaw")),
        auth_time: now,
        approved_at: now,
        amr: Vec::new(),
        acr: None,
        vouched_by: None,
        scope: "openid fhirUser patient/*.rs".parse_set(),
        context: LaunchContext { patient: Some("amy-shaw".into()), ..LaunchContext::default() },
        aud: FHIR.into(),
        resource: None,
        lasts_until: None,
        redirect_uri: REDIRECT_URI.into(),
        code_challenge: challenge.then(|| SecretHash::of(VERIFIER).as_str().to_owned()),
        dpop_jkt: None,
        nonce: None,
        refresh: Refreshable::Offline,
        explanation: None,
        document: None,
    }
}
