//! Where a person is signed in: listed for them, and ended from elsewhere.

use crate::{
    Server,
    connected_apps::Person,
    store::{Commit, KeptCredentials, Key, List, ListOf, StoreError, Versioned, Write, schema},
};
use rules::{
    authority::person_today,
    credentials::{Credentials, CredentialsId},
    session::{Session, SessionId, SessionState},
    signed_in::SignedIn,
    user::User,
};

/// A person's page shows no more of them. Whoever has more can end them all the same.
pub const MOST_SHOWN: i32 = 100;

/// The sessions in which this person is signed in now, the newest first: those that would still let them in. One call for the list, and
/// one for what is in it and what they sign in with.
pub async fn sessions_of(
    server: &Server,
    person: Person<'_>,
    user: &SignedIn,
) -> Result<Vec<Versioned<Session>>, StoreError> {
    let of = ListOf::of(&person.tenant.id, List::Sessions, person.sub);
    let (sessions, _) = server.store.listed_keys(&of, Some(MOST_SHOWN), None).await?;
    let own = schema::credentials(&person.tenant.id, &CredentialsId::of(&person.tenant.id, person.sub));
    let local = user.provider.is_none().then(|| schema::user(&person.tenant.id, &user.username));
    let keys: Vec<Key> = sessions.iter().chain(&local).chain([&own]).cloned().collect();
    let together = server.store.find_together(&keys, person.now).await?;
    let own = together.get::<Credentials>(&own)?;
    let local = local.map(|key| together.get::<User>(&key)).transpose()?.flatten().map(|user| user.value);
    let kept = local.as_ref().map(|user| KeptCredentials::of(user, own.clone()));
    let mut found = Vec::new();
    for key in &sessions {
        found.extend(together.get::<Session>(key)?);
    }
    found.retain(|session: &Versioned<Session>| {
        let SessionState::Open(open) = &session.state else { return false };
        // The list is theirs already; a session of somebody else's in it would be a fault of ours, and must not be shown.
        open.user.sub == person.sub
            && session.is_open(person.now)
            && !session.is_signed_out(own.as_deref())
            && person_today(&open.user, local.as_ref().zip(kept.as_deref()), person.tenant).is_some()
    });
    found.sort_by_key(|session| std::cmp::Reverse(session.since()));
    Ok(found)
}

/// Sessions that end together: a transaction takes a hundred.
const MOST_AT_ONCE: usize = 50;

/// Each loss means that one of them was used at this very moment.
const MOST_RACES: usize = 4;

/// Ends what the list has of this person's sessions, but this one, and says how many those were. Whoever calls it has made all of them
/// worthless before, those too that no list has yet: this is for what asks no more than the session itself, as introspection does.
pub async fn end_listed(server: &Server, person: Person<'_>, kept: Option<&SessionId>) -> Result<usize, StoreError> {
    let of = ListOf::of(&person.tenant.id, List::Sessions, person.sub);
    let found = server.store.listed::<Session>(&of, person.now).await?;
    let is_meant = |session: &Session| {
        let is_theirs = matches!(&session.state, SessionState::Open(open) if open.user.sub == person.sub);
        is_theirs && Some(&session.id) != kept
    };
    let ids: Vec<Key> = found
        .iter()
        .filter(|session| is_meant(session))
        .map(|session| schema::session(&person.tenant.id, &session.id))
        .collect();
    let mut ended = 0;
    for some in ids.chunks(MOST_AT_ONCE) {
        ended += end(server, person, some).await?;
    }
    Ok(ended)
}

async fn end(server: &Server, person: Person<'_>, keys: &[Key]) -> Result<usize, StoreError> {
    for _ in 0..MOST_RACES {
        let now = server.store.find_together(keys, person.now).await?.all::<Session>()?;
        let open = now.iter().filter(|session| matches!(session.state, SessionState::Open(_)));
        let writes: Vec<Write> =
            open.map(|session| Write::update(session, &session.ended(person.now))).collect::<Result<_, _>>()?;
        let many = writes.len();
        if server.store.commit(writes).await? == Commit::Done {
            return Ok(many);
        }
    }
    Err(StoreError::Throttled)
}
