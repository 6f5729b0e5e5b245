//! Who may ask about tokens: a FHIR server, or another resource, by its secret, in the header or in the body, a client by its own authentication, or a Bearer
//! token with the scope.

use rules::{
    client::{
        authenticate::{AuthenticatedClient, basic_matches, refusal},
        presented_credentials::{PresentedCredentials, form_decoded},
    },
    dpop::TokenScheme,
    oauth::error::{Challenge, ErrorCode, OAuthError},
    scope::INTROSPECT,
    tenant::{Guarded, same_server},
};
use server::{
    access_tokens::find_live,
    audit::Parties,
    client_auth,
    compute::comparing,
    dpop,
    http::{answer::Refusal, form_post::FormPost},
    throttle::Attempt,
};

pub enum Caller {
    Guarded {
        url: String,
    },
    /// An app that asks with an access token of its own.
    Bearer {
        client_id: String,
    },
    Client {
        client: AuthenticatedClient,
        any: bool,
    },
}

impl Caller {
    /// Whether it may learn of a token that was issued to this client, for this FHIR server. "If the token can be used only
    /// at certain resource servers, the authorization server MUST determine whether or not the token can be used at the
    /// resource server making the introspection call" (RFC 7662 §4).
    pub fn may_see(&self, client_id: &str, aud: &str) -> bool {
        match self {
            Caller::Guarded { url } => same_server(url, aud),
            Caller::Bearer { .. } | Caller::Client { any: true, .. } => true,
            Caller::Client { client, any: false } => client.client_id == client_id,
        }
    }

    pub fn is_client(&self, client_id: &str) -> bool {
        match self {
            Caller::Guarded { .. } => false,
            Caller::Bearer { client_id: own } => own == client_id,
            Caller::Client { client, .. } => client.client_id == client_id,
        }
    }
}

pub async fn find(post: &FormPost) -> Result<(Caller, Parties), Refusal> {
    let presented = PresentedCredentials::from_request(&post.authorization(), post.form()?)?;
    match &presented {
        PresentedCredentials::Bearer(token) => by_token(post, TokenScheme::Bearer, token.expose()).await,
        PresentedCredentials::Dpop(token) if post.tenant.takes_dpop() => {
            by_token(post, TokenScheme::Dpop, token.expose()).await
        }
        PresentedCredentials::Basic { user: name, password: secret }
        | PresentedCredentials::Post { client_id: name, client_secret: secret }
            if is_guarded(post, name) =>
        {
            by_secret(post, name, secret.expose(), &presented).await
        }
        // A client_id alone proves nothing, and introspection is not for strangers (INTR-6).
        PresentedCredentials::Nothing { .. } => Err(needs_authentication().because("no credentials came").into()),
        _ => by_client(post, &presented).await,
    }
}

async fn by_client(post: &FormPost, presented: &PresentedCredentials) -> Result<(Caller, Parties), Refusal> {
    let client = client_auth::authenticate_presented(post, presented).await?;
    if client.is_public() {
        return Err(Refusal::from(needs_authentication()).among(&Parties::caller(&client.client_id)));
    }
    let any = client.scope.has_extension(INTROSPECT);
    let parties = Parties::caller(&client.client_id);
    Ok((Caller::Client { client, any }, parties))
}

fn needs_authentication() -> OAuthError {
    OAuthError::invalid_client("introspection needs authentication").challenging(Challenge::Basic)
}

fn is_guarded(post: &FormPost, user: &str) -> bool {
    guarded(post, user).next().is_some()
}

fn guarded<'a>(post: &'a FormPost, user: &'a str) -> impl Iterator<Item = Guarded<'a>> {
    post.tenant.guarded().filter(move |guarded| guarded.name() == user || guarded.name() == form_decoded(user))
}

/// A client of the same name is tried only if there is one: a wrong secret must not take twice the time for a name that
/// exists.
async fn by_secret(
    post: &FormPost,
    name: &str,
    secret: &str,
    presented: &PresentedCredentials,
) -> Result<(Caller, Parties), Refusal> {
    let attempt = Attempt::of_secret(post, name);
    attempt.may_compare(secret)?;
    // Two when one's name is the encoded form of the other's. All are compared, so that time doesn't tell which.
    let matches = |guarded: &Guarded<'_>| basic_matches(guarded.secrets(), secret, post.tenant.refusal_work);
    if let Some(found) = comparing(secret, || guarded(post, name).filter(matches).last()) {
        attempt.right().await;
        return Ok((Caller::Guarded { url: found.url().to_owned() }, Parties::caller(found.name())));
    }
    match post.server.client(&post.tenant.id, name, post.now).await? {
        Some(_) => by_client(post, presented).await,
        None => {
            attempt.wrong().await?;
            Err(refusal("the secret of the resource server is wrong").into())
        }
    }
}

async fn by_token(post: &FormPost, scheme: TokenScheme, token: &str) -> Result<(Caller, Parties), Refusal> {
    let live = find_live(&post.server, &post.tenant, token, post.now).await?;
    let bad = |code, text: String| OAuthError::new(code, text).challenging(Challenge::Bearer);
    let live = live.ok_or_else(|| bad(ErrorCode::InvalidToken, "the access token is not good".to_owned()))?;
    dpop::of_caller(post, scheme, token, &live).await?;
    // Every server that it was shown to can present it, so only a token that was for this server has the power.
    if live.claims.aud != post.tenant.issuer.as_str() || !live.has_extension(INTROSPECT) {
        let text = format!("the access token is not for this server, or lacks the scope {INTROSPECT}");
        return Err(bad(ErrorCode::InsufficientScope, text).into());
    }
    let parties = Parties::caller(&live.claims.client_id);
    Ok((Caller::Bearer { client_id: live.claims.client_id }, parties))
}
