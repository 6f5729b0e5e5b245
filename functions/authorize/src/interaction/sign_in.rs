//! A person has proven who they are, by password or by a provider's word: their session is made or renewed, earlier cookies
//! are void, and the way goes on.

use super::visit::Visit;
use crate::{
    audit,
    http::{browser::Browser, known_browser, responses::see_other, session},
};
use rules::{
    authorize::{
        interaction::{Interaction, PasskeyTry, ReplacedCookie, SignIns, Stage},
        second_factor::Pending,
    },
    oauth::error::{ErrorCode, OAuthError},
    secret::SecretHash,
    session::{PresentedSession, Session},
    signed_in::SignedIn,
};
use server::{
    http::answer::{Answer, Refusal},
    store::{Commit, Key, Write, schema},
};

/// Each lost race means that somebody else wrote: the same form twice, or the session in another tab.
const MOST_RACES: usize = 4;

/// The browser is sent to its interaction, with both cookies new; what comes next is decided there.
pub async fn go_on_as(visit: &Visit, user: SignedIn) -> Result<Answer, Refusal> {
    let Visit { server, tenant, now, .. } = visit;
    let (mut item, mut before) =
        (visit.interaction.clone(), visit.session.as_ref().map(|session| session.item.clone()));
    for _ in 0..MOST_RACES {
        let browser = Browser::new();
        let (renewed, cookie) = Session::signed_in(before.as_deref(), &tenant.id, &user, &tenant.policy, *now);
        let next = with_user(visit, &item, &user, &browser, &cookie);
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
            let mut response = see_other(&visit.url);
            browser.put(&mut response, tenant, visit.id());
            session::put(&mut response, tenant, &cookie);
            known_browser::put(&mut response, tenant, visit.marks.after_sign_in(&tenant.id, &user, *now));
            return Ok(Answer::deciding(response, audit::signed_in(&user)));
        }
        let key = schema::interaction(&tenant.id, &item.id);
        let session = before.as_ref().map(|session| schema::session(&tenant.id, &session.id));
        let keys: Vec<Key> = [Some(&key), session.as_ref()].into_iter().flatten().cloned().collect();
        let found = server.store.find_together(&keys, *now).await?;
        match found.get::<Interaction>(&key)?.filter(|found| !found.is_finished()) {
            Some(found) => item = found,
            None => return Ok(Answer::undecided(see_other(&visit.url))),
        }
        before = session.map(|key| found.get::<Session>(&key)).transpose()?.flatten();
    }
    Err(OAuthError::new(ErrorCode::TemporarilyUnavailable, "too many requests at once; please try again").into())
}

/// The password was right, and more is wanted. The cookie is new from here on too: somebody who had planted the earlier one
/// has no part in what was proven.
pub async fn ask_for_more(visit: &Visit, pending: Pending) -> Result<Answer, Refusal> {
    let browser = Browser::new();
    let next =
        Interaction { stage: Stage::second_factor(pending), ..replacing_cookie(&visit.interaction, visit, &browser) };
    let mut response = see_other(&visit.url);
    match visit.server.store.commit(vec![Write::update(&visit.interaction, &next)?]).await? {
        Commit::Done => browser.put(&mut response, &visit.tenant, visit.id()),
        // The loser of a race is shown where the winner left things.
        Commit::LostRace => {}
    }
    Ok(Answer::undecided(response))
}

/// The interaction from now on. What anybody else chose on this way is forgotten.
fn with_user(
    visit: &Visit,
    found: &Interaction,
    user: &SignedIn,
    browser: &Browser,
    session: &PresentedSession,
) -> Interaction {
    let stage = Stage::signed_in(user.clone(), session.id.clone());
    Interaction { stage, ..replacing_cookie(found, visit, browser) }
}

/// The cookie so far opens the sign-in page and nothing more, and no passkey signs the same challenge again.
pub fn replacing_cookie(found: &Interaction, visit: &Visit, browser: &Browser) -> Interaction {
    let csrf = SecretHash::of(&visit.browser.csrf());
    Interaction {
        browser: browser.hash(),
        replaced: Some(ReplacedCookie { browser: visit.browser.hash(), csrf }),
        sign_ins: SignIns { passkey: PasskeyTry::random(), ..found.sign_ins.clone() },
        ..found.clone()
    }
}
