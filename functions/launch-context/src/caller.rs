//! Who may hand over context: an EHR or a FHIR server by Basic, or a backend service whose token has the scope.

use rules::{
    client::{
        Client,
        authenticate::basic_matches,
        presented_credentials::{PresentedCredentials, form_decoded, must_be_basic},
    },
    dpop::TokenScheme,
    oauth::error::{Challenge, ErrorCode, OAuthError},
    scope::CREATE_LAUNCHES,
    secret::ChosenSecretHash,
};
use server::{
    access_tokens::find_live,
    compute::comparing,
    dpop,
    http::{answer::Refusal, form_post::FormPost},
    throttle::Attempt,
};
use std::sync::Arc;

pub struct Caller {
    /// For the audit trail.
    pub name: String,
    pub speaks: Speaks,
}

/// Whose records the context may name.
#[derive(Clone)]
pub enum Speaks {
    /// An EHR: of every FHIR server of the tenant.
    Anywhere,
    /// A FHIR server, by its base URL: its own.
    Itself(String),
    /// A backend service: of the FHIR servers that it is registered for.
    Registered(Arc<Client>),
}

pub async fn find(post: &FormPost) -> Result<Caller, Refusal> {
    match PresentedCredentials::from_request(&post.authorization(), &post.params()?)? {
        PresentedCredentials::Basic { user, password } => by_basic(post, &user, password.expose()).await,
        PresentedCredentials::Bearer(token) => by_token(post, TokenScheme::Bearer, token.expose()).await,
        PresentedCredentials::Dpop(token) if post.tenant.takes_dpop() => {
            by_token(post, TokenScheme::Dpop, token.expose()).await
        }
        PresentedCredentials::Dpop(_) => Err(must_be_basic().into()),
        _ => Err(refused("no credentials came").into()),
    }
}

fn refused(cause: &str) -> OAuthError {
    OAuthError::invalid_client("the EHR's credentials are wrong").because(cause).challenging(Challenge::Basic)
}

/// The EHR's own credentials, or those of the FHIR server: Firely's documentation names both.
async fn by_basic(post: &FormPost, user: &str, password: &str) -> Result<Caller, Refusal> {
    let tenant = &post.tenant;
    let ehrs = tenant.ehrs.iter().map(|ehr| (&ehr.name, ehr.secrets.as_slice(), Speaks::Anywhere));
    let fhir_servers =
        tenant.fhir_servers.iter().map(|own| (&own.name, own.secrets.as_slice(), Speaks::Itself(own.url.clone())));
    let named = |name: &str| name == user || name == form_decoded(user);
    let found: Vec<_> = ehrs.chain(fhir_servers).filter(|(name, ..)| named(name)).collect();
    // For a name that nobody has, one comparison with no secrets at all: time doesn't tell which names exist. Two have a name, where
    // one is the encoded form of the other; then all are compared, and each is known by its own secrets alone.
    let matches = |secrets: &[ChosenSecretHash]| basic_matches(secrets, password, tenant.refusal_work);
    let compare = async {
        let caller = comparing(password, || match found.as_slice() {
            [] => {
                matches(&[]);
                None
            }
            found => found.iter().fold(None, |known, one| if matches(one.1) { Some(one) } else { known }),
        });
        let caller = caller.map(|(name, _, speaks)| Caller { name: (*name).clone(), speaks: speaks.clone() });
        Ok(caller.ok_or_else(|| refused("unknown name or wrong secret")))
    };
    Ok(Attempt::of_secret(post, user).judge(password, compare).await??)
}

/// Only a backend service's own token: a user's app does not speak for the EHR.
async fn by_token(post: &FormPost, scheme: TokenScheme, token: &str) -> Result<Caller, Refusal> {
    let live = find_live(&post.server, &post.tenant, token, post.now).await?.filter(|live| live.grant.is_none());
    let bad = |code, text: String| OAuthError::new(code, text).challenging(Challenge::Bearer);
    let live = live.ok_or_else(|| bad(ErrorCode::InvalidToken, "the access token is not good".to_owned()))?;
    dpop::of_caller(post, scheme, token, &live).await?;
    // Every server that it was shown to can present it, so only a token that was for this server has the power.
    if live.claims.aud != post.tenant.issuer.as_str() || !live.has_extension(CREATE_LAUNCHES) {
        let text = format!("the access token is not for this server, or lacks the scope {CREATE_LAUNCHES}");
        return Err(bad(ErrorCode::InsufficientScope, text).into());
    }
    let client = post.server.client(&post.tenant.id, &live.claims.client_id, post.now).await?;
    let client = client.ok_or_else(|| bad(ErrorCode::InvalidToken, "the access token is not good".to_owned()))?;
    Ok(Caller { name: live.claims.client_id, speaks: Speaks::Registered(client) })
}
