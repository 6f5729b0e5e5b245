//! Who may hand over context: an EHR or a FHIR server by Basic, or a backend service whose token has the scope.

use rules::{
    client::{
        authenticate::basic_matches,
        presented_credentials::{PresentedCredentials, form_decoded},
    },
    oauth::error::{Challenge, ErrorCode, OAuthError},
    scope::CREATE_LAUNCHES,
};
use server::{
    access_tokens::find_live,
    compute::comparing,
    http::{answer::Refusal, form_post::FormPost},
    throttle::Attempt,
};

pub struct Caller {
    /// For the audit trail.
    pub name: String,
    /// Base URL of the FHIR server that calls, if it is one.
    pub fhir_server: Option<String>,
}

pub async fn find(post: &FormPost) -> Result<Caller, Refusal> {
    match PresentedCredentials::from_request(&post.authorization(), &post.params()?)? {
        PresentedCredentials::Basic { user, password } => by_basic(post, &user, password.expose()).await,
        PresentedCredentials::Bearer(token) => by_bearer(post, token.expose()).await,
        _ => Err(refused("no credentials came").into()),
    }
}

fn refused(cause: &str) -> OAuthError {
    OAuthError::invalid_client("the EHR's credentials are wrong").because(cause).challenging(Challenge::Basic)
}

/// The EHR's own credentials, or those of the FHIR server: Firely's documentation names both.
async fn by_basic(post: &FormPost, user: &str, password: &str) -> Result<Caller, Refusal> {
    let ehrs = post.tenant.ehrs.iter().map(|ehr| (&ehr.name, &ehr.secrets, None));
    let fhir_servers = post.tenant.fhir_servers.iter().map(|own| (&own.name, &own.secrets, Some(&own.url)));
    let named = |name: &str| name == user || name == form_decoded(user);
    let found: Vec<_> = ehrs.chain(fhir_servers).filter(|(name, ..)| named(name)).collect();
    // One comparison, with no secrets at all for a name that nobody has: time doesn't tell which names exist.
    let secrets: Vec<_> = found.iter().flat_map(|(_, secrets, _)| secrets.iter().cloned()).collect();
    let compare = async {
        let is_right = comparing(password, || basic_matches(&secrets, password, post.tenant.refusal_work));
        let caller = found.first().filter(|_| is_right);
        let caller = caller.map(|(name, _, url)| Caller { name: (*name).clone(), fhir_server: url.cloned() });
        Ok(caller.ok_or_else(|| refused("unknown name or wrong secret")))
    };
    Ok(Attempt::of_secret(post, user).judge(password, compare).await??)
}

/// Only a backend service's own token: a user's app does not speak for the EHR.
async fn by_bearer(post: &FormPost, token: &str) -> Result<Caller, Refusal> {
    let live = find_live(&post.server, &post.tenant, token, post.now).await?.filter(|live| live.grant.is_none());
    let bad = |code, text: String| OAuthError::new(code, text).challenging(Challenge::Bearer);
    let live = live.ok_or_else(|| bad(ErrorCode::InvalidToken, "the access token is not good".to_owned()))?;
    // Whoever it was shown to can present it, so only a token that was for this server has the power.
    if live.claims.aud != post.tenant.issuer.as_str() || !live.has_extension(CREATE_LAUNCHES) {
        let text = format!("the access token is not for this server, or lacks the scope {CREATE_LAUNCHES}");
        return Err(bad(ErrorCode::InsufficientScope, text).into());
    }
    Ok(Caller { name: live.claims.client_id, fhir_server: None })
}
