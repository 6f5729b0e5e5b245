//! A person has proven who they are, by password or by a provider's word: the session is made or renewed, the cookies of
//! before are worth nothing any more, and the way goes on.

use crate::{answers, audited, browser::Browser, session, visit::Visit};
use axum::response::Response;
use rules::{
    authorize::{
        interaction::{BeforeSignIn, Interaction, PasskeyTry},
        second_factor::Pending,
    },
    oauth::error::{ErrorCode, OAuthError},
    secret::{SecretHash, random_text},
    session::{PresentedSession, Session},
    signed_in::SignedIn,
};
use server::store::{Commit, Write, schema};

/// Each lost race means that somebody else wrote: the same form twice, or the session in another tab.
const MOST_RACES: usize = 4;

/// The browser is sent to its interaction, with both cookies new; what comes next is decided there.
pub async fn go_on_as(visit: &Visit, user: SignedIn) -> Result<Response, OAuthError> {
    let Visit { server, tenant, now, .. } = visit;
    let (mut item, mut before) =
        (visit.interaction.clone(), visit.session.as_ref().map(|session| session.item.clone()));
    for _ in 0..MOST_RACES {
        let browser = Browser::new();
        let (renewed, cookie) = Session::signed_in(before.as_deref(), &tenant.id, &user, &tenant.policy, *now);
        let next = with_user(visit, &item, &user, (&browser, &cookie));
        let mut writes = vec![Write::update(&item, &next)?];
        match &before {
            Some(own) if own.id == renewed.id => writes.push(Write::update(own, &renewed)?),
            // Somebody else was signed in at this browser.
            Some(other) => {
                writes.push(Write::update(other, &other.ended(*now))?);
                writes.push(Write::create(&renewed)?);
            }
            None => writes.push(Write::create(&renewed)?),
        }
        if server.store.commit(writes).await? == Commit::Done {
            audited::signed_in(tenant, &user);
            let mut response = answers::see_other(&visit.url);
            browser.put(&mut response, tenant, visit.id());
            session::put(&mut response, tenant, &cookie);
            return Ok(response);
        }
        let found = server.store.find::<Interaction>(schema::interaction(&tenant.id, &item.id), *now).await?;
        match found.filter(|found| !found.finished) {
            Some(found) => item = found,
            None => return Ok(answers::see_other(&visit.url)),
        }
        if let Some(session) = before {
            before = server.store.find::<Session>(schema::session(&tenant.id, &session.id), *now).await?;
        }
    }
    Err(OAuthError::new(ErrorCode::TemporarilyUnavailable, "too many requests at once; please try again"))
}

/// The password was right, and more is wanted. The cookie is new from here on too: whoever had planted the one of before
/// has no part in what was proven.
pub async fn ask_for_more(visit: &Visit, pending: Pending) -> Result<Response, OAuthError> {
    let browser = Browser::new();
    let mut next = visit.interaction.value.clone();
    next.sign_out();
    leave_behind(&mut next, visit, &browser);
    next.pending = Some(pending);
    // Whoever lost the race is shown where the winner left things.
    let commit = visit.server.store.commit(vec![Write::update(&visit.interaction, &next)?]).await?;
    let mut response = answers::see_other(&visit.url);
    if commit == Commit::Done {
        browser.put(&mut response, &visit.tenant, visit.id());
    }
    Ok(response)
}

/// The cookie of before opens the sign-in page and nothing more, and no passkey signs the same challenge again.
fn leave_behind(next: &mut Interaction, visit: &Visit, browser: &Browser) {
    let csrf = SecretHash::of(&visit.browser.csrf());
    next.before_sign_in = Some(BeforeSignIn { browser: visit.browser.hash(), csrf });
    next.browser = browser.hash();
    next.passkey = PasskeyTry { challenge: random_text::<32>(), failed: false };
}

/// The interaction from now on. Whatever somebody else chose on this way is forgotten.
fn with_user(
    visit: &Visit,
    found: &Interaction,
    user: &SignedIn,
    (browser, session): (&Browser, &PresentedSession),
) -> Interaction {
    let mut next = found.clone();
    next.sign_out();
    leave_behind(&mut next, visit, browser);
    next.user = Some(user.clone());
    next.session = Some(session.id.clone());
    next
}
