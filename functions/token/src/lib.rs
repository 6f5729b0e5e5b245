//! `POST /{tenant}/token`: parse, authenticate, load, decide, sign, commit, respond.

mod asking;
mod caller;
mod issue;
mod password;

use asking::Asking;
use axum::Router;
use issue::{Issued, issue_to_client, issue_to_grant};
use rules::{
    grant::{
        Decision, FreshSecrets, Grant, GrantId, GrantState,
        authorization_code::{self, AuthorizationCodeRequest, Redemption},
        grant_index::reindexed,
        refresh_token::{self, RefreshTokenRequest, Refreshing},
        token,
    },
    oauth::{
        error::{ErrorCode, OAuthError},
        token_request::TokenRequest,
    },
    time::Timestamp,
};
use server::{
    Server,
    audit::{AuditRecord, EventKind, Parties},
    authority::{at_exchange, at_refresh},
    dpop,
    http::{
        answer::{Answer, Refusal},
        form_post::{FormPost, endpoint},
    },
    store::{Commit, Versioned, Write, schema},
};
use std::sync::Arc;

pub fn routes(server: Arc<Server>) -> Router {
    endpoint(server, "token", token_endpoint)
}

async fn token_endpoint(post: FormPost) -> Result<Answer, Refusal> {
    let request = TokenRequest::parse(post.form()?, &post.tenant.policy.grant_types)?;
    let proof = dpop::of_form(&post)?;
    let (client, carried) = caller::find(&post, &request, proof.as_ref()).await?;
    let asking = Asking { post: &post, client: &client, proof: proof.as_ref(), carried: &carried };
    let caller = Parties::caller(&client.client_id);
    match grant(asking, request).await {
        Ok(answer) => Ok(answer.among(&caller)),
        Err(refusal) => Err(refusal.among(&caller)),
    }
}

async fn grant(asking: Asking<'_>, request: TokenRequest) -> Result<Answer, Refusal> {
    let client = asking.client;
    let grant_type = request.grant_type();
    if !client.may_use(grant_type) {
        let registered: Vec<&str> = client.grant_types.iter().map(|grant_type| grant_type.as_str()).collect();
        let why = format!("it came with {}, and is registered for: {}", grant_type.as_str(), registered.join(", "));
        let refused = OAuthError::new(ErrorCode::UnauthorizedClient, "this client may not use this grant_type");
        return Err(refused.because(why).into());
    }
    match request {
        TokenRequest::AuthorizationCode(request) => exchange(asking, request).await,
        TokenRequest::RefreshToken(request) => refresh(asking, request).await,
        TokenRequest::Password(request) => password::answer(asking, &request).await,
        TokenRequest::ClientCredentials(request) => issue_to_client(asking, &request).await,
    }
}

async fn exchange(asking: Asking<'_>, request: AuthorizationCodeRequest) -> Result<Answer, Refusal> {
    let Asking { post, client, .. } = asking;
    let unknown = authorization_code::unknown_code;
    let presented = token::parse_code(request.code.expose()).ok_or_else(unknown)?;
    let fresh = FreshSecrets::random();
    let redemption = Redemption {
        request: &request,
        presented: &presented,
        client,
        tenant: &post.tenant,
        fresh: &fresh,
        proof: asking.key(),
        extensions: asking.extensions(),
        now: post.now,
    };
    let decide = |grant: &Grant| authorization_code::redeem(grant, &redemption);
    Ok(decide_and_commit(asking, &presented.grant, Use::Exchange, decide).await?.ok_or_else(unknown)?)
}

async fn refresh(asking: Asking<'_>, request: RefreshTokenRequest) -> Result<Answer, Refusal> {
    let Asking { post, client, .. } = asking;
    let unknown = refresh_token::unknown_refresh_token;
    let presented = token::parse_refresh_token(request.refresh_token.expose()).ok_or_else(unknown)?;
    let fresh = FreshSecrets::random();
    let refreshing = Refreshing {
        request: &request,
        presented: &presented,
        client,
        tenant: &post.tenant,
        fresh: &fresh,
        proof: asking.key(),
        extensions: asking.extensions(),
        now: post.now,
    };
    let decide = |grant: &Grant| refresh_token::refresh(grant, &refreshing);
    Ok(decide_and_commit(asking, &presented.grant, Use::Refresh, decide).await?.ok_or_else(unknown)?)
}

/// How often a lost race is decided again. Each loss means that another request won, so this ends.
const MOST_RACES: usize = 8;

/// What a decision is about.
#[derive(Clone, Copy)]
enum Use {
    Exchange,
    Refresh,
}

impl Use {
    fn lapsed(self) -> OAuthError {
        match self {
            Use::Exchange => authorization_code::unknown_code(),
            Use::Refresh => refresh_token::unknown_refresh_token(),
        }
    }
}

/// Decides on what is true now, and again when another request wrote first. Signing comes before committing: a signed token
/// that is never sent harms nobody, but a rotation without an answer would lose the app its refresh token.
async fn decide_and_commit(
    asking: Asking<'_>,
    id: &GrantId,
    what: Use,
    decide: impl Fn(&Grant) -> Decision,
) -> Result<Option<Answer>, Refusal> {
    let post = asking.post;
    let mut lost_at = None;
    for _ in 0..MOST_RACES {
        let found = post.server.store.find::<Grant>(schema::grant(&post.tenant.id, id), post.now).await?;
        let Some(grant) = found else { return Ok(None) };
        let parties = Parties::of_grant(&grant);
        if lost_at.is_some() && asking.is_replayed().await? {
            return Err(dpop::replayed().among(&parties));
        }
        // Nobody else wrote the grant: what did not hold is that its person is there.
        if lost_at == Some(grant.version) {
            let refusal = Refusal::from(what.lapsed().because("the person is no longer a user"));
            return Err(refusal.among(&parties));
        }
        match carry_out(asking, &grant, what, decide(&grant)).await {
            Ok(Some(answer)) => return Ok(Some(answer.among(&parties))),
            Ok(None) => lost_at = Some(grant.version),
            Err(refusal) => return Err(refusal.among(&parties)),
        }
    }
    let text = "too many requests at once for this grant; please try again";
    Err(OAuthError::new(ErrorCode::TemporarilyUnavailable, text).into())
}

/// Nothing, where another request wrote first.
async fn carry_out(
    asking: Asking<'_>,
    grant: &Versioned<Grant>,
    what: Use,
    decision: Decision,
) -> Result<Option<Answer>, Refusal> {
    let FormPost { server, tenant, now, .. } = asking.post;
    match decision {
        Decision::Refuse(error) => Err(error.into()),
        Decision::Issue(issuance, next) => {
            let still = match what {
                Use::Exchange => at_exchange(server, tenant, grant, *now).await?,
                Use::Refresh => at_refresh(server, tenant, grant, *now).await?.map(|()| None),
            };
            let condition = still.map_err(|why| what.lapsed().because(why))?;
            let Issued { response, write, record } = issue_to_grant(asking, grant, issuance).await?;
            let mut writes = next.map(|state| writes(grant, state, *now)).transpose()?.unwrap_or_default();
            writes.extend(write);
            writes.extend(condition);
            writes.extend(asking.note()?);
            match server.store.commit(writes).await? {
                Commit::Done => Ok(Some(Answer::deciding(response, record))),
                Commit::LostRace => Ok(None),
            }
        }
        Decision::End(error, state, why) => match server.store.commit(writes(grant, state, *now)?).await? {
            Commit::Done => Err(Refusal::of(error, AuditRecord::yes(EventKind::Revocation).saying(Some(why)))),
            Commit::LostRace => Ok(None),
        },
        // A request that comes a second time is no second use of what it brings.
        Decision::Revoke(..) if asking.is_replayed().await? => Err(dpop::replayed()),
        Decision::Revoke(error, state) => match server.store.commit(writes(grant, state, *now)?).await? {
            Commit::Done => {
                let record = AuditRecord::replay("what can be used once was used again; the grant is revoked");
                Err(Refusal::of(error, record))
            }
            Commit::LostRace => Ok(None),
        },
    }
}

/// The grant's next state, and now and then its line in the person's list, which must outlive it.
fn writes(grant: &Versioned<Grant>, state: GrantState, now: Timestamp) -> Result<Vec<Write>, OAuthError> {
    let (next, line) = reindexed(Grant { state, ..grant.value.clone() }, now);
    let line = line.map(|line| Write::overwrite(&line)).transpose()?;
    Ok([Some(Write::update(grant, &next)?), line].into_iter().flatten().collect())
}
