//! Who may hand over context: an EHR or a FHIR server by Basic, or a backend service whose token has the scope.

use shared::{
    client::{
        authenticate::one_matches,
        presented::{PresentedCredentials, form_decoded},
    },
    keys::TokenKind,
    oauth::{
        error::{Challenge, ErrorCode, OAuthError},
        form_post::FormPost,
    },
    scope::{Scope, ScopeSet},
    secret::ChosenSecretHash,
    store::schema::{self, RevokedAccessToken},
    token::AccessTokenClaims,
};

/// With this scope a backend service may create launches (LCTX-6).
const LAUNCH_SCOPE: &str = "__launch.create";

/// The caller's name, for the audit trail.
pub async fn find(post: &FormPost) -> Result<String, OAuthError> {
    match PresentedCredentials::from_request(&post.authorization(), &post.params()?)? {
        PresentedCredentials::Basic { user, password } => by_basic(post, &user, password.expose()),
        PresentedCredentials::Bearer(token) => by_bearer(post, token.expose()).await,
        _ => Err(refused("no credentials came")),
    }
}

fn refused(cause: &str) -> OAuthError {
    OAuthError::invalid_client("the EHR's credentials are wrong").because(cause).challenging(Challenge::Basic)
}

/// The EHR's own credentials, or those of the FHIR server: Firely's documentation names both.
fn by_basic(post: &FormPost, user: &str, password: &str) -> Result<String, OAuthError> {
    let ehrs = post.tenant.ehrs.iter().map(|ehr| (&ehr.name, &ehr.secrets));
    let fhir_servers = post.tenant.fhir_servers.iter().map(|server| (&server.name, &server.secrets));
    for (name, secrets) in ehrs.chain(fhir_servers) {
        let named = name == user || *name == form_decoded(user);
        if named && (one_matches(secrets, password) || one_matches(secrets, &form_decoded(password))) {
            return Ok(name.clone());
        }
    }
    ChosenSecretHash::client_secret_of_nobody(password);
    Err(refused("unknown name or wrong secret"))
}

async fn by_bearer(post: &FormPost, token: &str) -> Result<String, OAuthError> {
    let FormPost { server, tenant, now, .. } = post;
    let bad =
        || OAuthError::new(ErrorCode::InvalidToken, "the access token is not good").challenging(Challenge::Bearer);
    let claims: AccessTokenClaims =
        tenant.verify_own(token, TokenKind::AccessToken).map_err(|error| bad().because(error.0))?;
    // Only a backend service's own token: a user's app does not speak for the EHR.
    if claims.exp.is_past(*now) || claims.grant_id.is_some() {
        return Err(bad());
    }
    let revoked = schema::revoked_access_token(&tenant.id, &claims.jti);
    if server.store.find::<RevokedAccessToken>(revoked, *now).await?.is_some() {
        return Err(bad());
    }
    let scope = ScopeSet::parse(&claims.scope).set;
    if scope.iter().any(|scope| matches!(scope, Scope::Extension(name) if name == LAUNCH_SCOPE)) {
        Ok(claims.client_id)
    } else {
        Err(OAuthError::new(ErrorCode::InsufficientScope, format!("the access token lacks the scope {LAUNCH_SCOPE}"))
            .challenging(Challenge::Bearer))
    }
}
