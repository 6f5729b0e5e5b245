//! A person signs out everywhere else. Whoever has taken over their session can do that too, and gains nothing by it.

use super::visitor::Visitor;
use crate::{
    audit,
    http::{
        responses::see_other,
        session::{self, BrowserSession},
    },
    own_pages::manage_url,
};
use axum::response::{IntoResponse, Response};
use rules::{
    credentials::{Credentials, CredentialsId},
    session::PresentedSession,
};
use server::{
    Server,
    http::answer::Answer,
    sessions::end_listed,
    store::{Commit, StoreError, Together, Versioned, Write, schema},
};

/// What proves to the next page that it was done.
pub const WORD: &str = "everywhere";

const MOST_RACES: usize = 4;

/// First what makes every other session worthless, in one write, those too that are being made at this moment; then those that are
/// listed end, for whoever looks at the session alone.
pub async fn sign_out_elsewhere(server: &Server, visitor: &Visitor) -> Result<Response, StoreError> {
    let Some(cookie) = void_others(server, visitor).await? else { return Err(StoreError::Throttled) };
    if let Err(error) = end_listed(server, visitor.person(), Some(&visitor.session.item.id)).await {
        tracing::warn!(tenant = visitor.tenant.id.as_str(), %error, "sessions that are void could not be ended");
    }
    tracing::info!(tenant = visitor.tenant.id.as_str(), "a person signed out everywhere else");
    let csrf = match &cookie {
        Cookie::Same => visitor.session.csrf(),
        Cookie::New(cookie) => BrowserSession::csrf_of(&cookie.secret),
    };
    let word = BrowserSession::seal_in(&csrf, WORD);
    let mut response = see_other(&format!("{}?said={word}", manage_url(&visitor.tenant)));
    if let Cookie::New(cookie) = &cookie {
        session::put(&mut response, &visitor.tenant, cookie);
    }
    let record = audit::credentials_changed(&visitor.user, "signed out everywhere else");
    Ok(Answer::deciding(response, record).into_response())
}

enum Cookie {
    Same,
    New(Box<PresentedSession>),
}

/// None where others write without pause.
async fn void_others(server: &Server, visitor: &Visitor) -> Result<Option<Cookie>, StoreError> {
    let (session, tenant, now) = (&visitor.session, &visitor.tenant, visitor.now);
    for _ in 0..MOST_RACES {
        if visitor.user.provider.is_some() {
            let key = schema::credentials(&tenant.id, &CredentialsId::of(&tenant.id, &visitor.user.sub));
            let found: Option<Versioned<Credentials>> = server.store.find(key, now).await?;
            let kept = Some(session.item.id.0.as_str());
            let write = match &found {
                Some(own) => Write::update(own, &own.signed_out_at(now, kept))?,
                None => {
                    let (name, sub) = (&visitor.user.username, &visitor.user.sub);
                    Write::create(&Credentials::none_of_name(&tenant.id, name, sub).signed_out_at(now, kept))?
                }
            };
            if server.store.commit(vec![write]).await? == Commit::Done {
                return Ok(Some(Cookie::Same));
            }
            continue;
        }
        // A session that is void itself, because another browser was faster, voids nothing.
        let Some(local) = session.local_user(server, tenant, &mut Together::at(now)).await? else { return Ok(None) };
        let next = local.credentials.signed_out_everywhere();
        let (renewed, cookie) = session.item.renewed(next.fingerprint(&local.user));
        let writes = vec![local.credentials.write(&next)?, Write::update(&session.item, &renewed)?];
        if server.store.commit(writes).await? == Commit::Done {
            return Ok(Some(Cookie::New(Box::new(cookie))));
        }
    }
    Ok(None)
}
