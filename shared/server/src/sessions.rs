//! Where a person is signed in: listed for them, and ended from elsewhere.

use crate::{
    Server,
    connected_apps::Person,
    store::{Commit, KeptCredentials, Key, List, ListOf, StoreError, Together, Versioned, Write, schema},
};
use rules::{
    authority::person_today,
    credentials::{Credentials, CredentialsId},
    secret::{Secret, SecretHash},
    session::{PresentedSession, Session, SessionId, SessionState},
    signed_in::SignedIn,
    user::User,
};

/// A person's page shows no more of them. A person with more can end them all the same.
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
    let behind = Behind::of(person, username_of(user));
    let keys: Vec<Key> = behind.keys().chain(&sessions).cloned().collect();
    let known = server.store.find_together(&keys, person.now).await?;
    let judge = behind.judge(&known)?;
    let mut found = Vec::new();
    for key in &sessions {
        found.extend(known.get::<Session>(key)?.filter(|session| judge.lets_in(session)));
    }
    found.sort_by_key(|session| std::cmp::Reverse(session.since()));
    Ok(found)
}

/// People of a provider are no users of the tenant, whatever they are called there.
fn username_of(user: &SignedIn) -> Option<&str> {
    user.provider.is_none().then_some(user.username.as_str())
}

/// The items that a person's sessions hang on.
struct Behind<'a> {
    person: Person<'a>,
    /// Of the tenant's own.
    user: Option<Key>,
    credentials: Key,
}

impl<'a> Behind<'a> {
    fn of(person: Person<'a>, username: Option<&str>) -> Behind<'a> {
        let tenant = &person.tenant.id;
        let user = username.map(|username| schema::user(tenant, username));
        Behind { person, user, credentials: schema::credentials(tenant, &CredentialsId::of(tenant, person.sub)) }
    }

    fn keys(&self) -> impl Iterator<Item = &Key> {
        self.user.iter().chain([&self.credentials])
    }

    fn judge(&self, known: &Together) -> Result<Judge<'a>, StoreError> {
        let own = known.get::<Credentials>(&self.credentials)?;
        let user = self.user.as_ref().map(|key| known.get::<User>(key)).transpose()?.flatten();
        let user = user.map(|user| user.value).filter(|user| user.sub == self.person.sub);
        let local = user.map(|user| (KeptCredentials::of(&user, own.clone()), user));
        Ok(Judge { person: self.person, is_local: self.user.is_some(), local, own })
    }
}

/// A person as they are now.
struct Judge<'a> {
    person: Person<'a>,
    is_local: bool,
    /// None of somebody whom the tenant has no more.
    local: Option<(KeptCredentials, User)>,
    own: Option<Versioned<Credentials>>,
}

impl Judge<'_> {
    /// Whether this session would still let them in. A session of somebody else's in their list would be a fault of ours, and must not
    /// be shown.
    fn lets_in(&self, session: &Session) -> bool {
        let SessionState::Open(open) = &session.state else { return false };
        let local = self.local.as_ref().map(|(own, user)| (user, &**own));
        open.user.sub == self.person.sub
            && session.is_open(self.person.now)
            && !session.is_signed_out(self.own.as_deref())
            && person_today(&open.user, local, self.person.tenant).is_some()
    }

    /// What makes every session worthless that they have so far, those too that are being made at this moment; and what a session must
    /// name from then on. People of a provider have nothing here that their sessions were made with, so it is kept of them since when
    /// they are signed out, and where they are not. None of somebody whom the tenant has no more.
    fn voiding(&self, kept: Option<&SessionId>) -> Result<Option<(Write, Option<SecretHash>)>, StoreError> {
        let Person { tenant, sub, now } = self.person;
        let kept = kept.map(|id| id.0.as_str());
        if let Some((own, user)) = &self.local {
            let next = own.signed_out_everywhere();
            return Ok(Some((own.write(&next)?, Some(next.fingerprint(user)))));
        }
        if self.is_local {
            return Ok(None);
        }
        let write = match &self.own {
            Some(own) => Write::update(own, &own.signed_out_at(now, kept, tenant))?,
            // An earlier one may be over and not deleted yet.
            None => {
                let none = Credentials::none_of_name(&tenant.id, sub, sub);
                Write::create_or_outlive(&none.signed_out_at(now, kept, tenant), now)?
            }
        };
        Ok(Some((write, None)))
    }
}

/// The session in which a person says that they sign out everywhere else, and the secret that their browser has shown.
#[derive(Clone, Copy)]
pub struct Here<'a> {
    pub id: &'a SessionId,
    pub secret: &'a Secret,
}

/// Signs a person out everywhere but here, where they go on with another secret: a copy of the one so far is worth nothing. None where
/// the session is over itself, because another browser was faster; then nothing is done.
pub async fn sign_out_elsewhere(
    server: &Server,
    person: Person<'_>,
    user: &SignedIn,
    here: Here<'_>,
) -> Result<Option<PresentedSession>, StoreError> {
    let Some(cookie) = void(server, person, username_of(user), Some(here)).await? else { return Ok(None) };
    // Void they are already.
    if let Err(error) = end_listed(server, person, Some(here.id)).await {
        tracing::warn!(tenant = person.tenant.id.as_str(), %error, "void sessions could not be ended");
    }
    Ok(Some(cookie))
}

/// Signs a person out everywhere, and says how many sessions ended. They are known by their username, if they are a user of the
/// tenant's own.
pub async fn sign_out_everywhere(
    server: &Server,
    person: Person<'_>,
    username: Option<&str>,
) -> Result<usize, StoreError> {
    void(server, person, username, None).await?;
    end_listed(server, person, None).await
}

/// Each loss means that one of the items was changed at this very moment, so all are read again.
async fn void(
    server: &Server,
    person: Person<'_>,
    username: Option<&str>,
    here: Option<Here<'_>>,
) -> Result<Option<PresentedSession>, StoreError> {
    let behind = Behind::of(person, username);
    let here = here.map(|here| (here, schema::session(&person.tenant.id, here.id)));
    let keys: Vec<Key> = behind.keys().chain(here.as_ref().map(|(_, key)| key)).cloned().collect();
    for _ in 0..MOST_RACES {
        let known = server.store.find_together(&keys, person.now).await?;
        let judge = behind.judge(&known)?;
        let Some((write, credential)) = judge.voiding(here.as_ref().map(|(here, _)| here.id))? else {
            return Ok(None);
        };
        let (mut writes, mut cookie) = (vec![write], None);
        if let Some((here, key)) = &here {
            let is_theirs =
                |session: &Session| judge.lets_in(session) && session.opened_by(here.secret, person.now).is_some();
            let Some(session) = known.get::<Session>(key)?.filter(|session| is_theirs(session)) else {
                return Ok(None);
            };
            let (renewed, presented) = session.renewed(credential);
            writes.push(Write::update(&session, &renewed)?);
            cookie = Some(presented);
        }
        if server.store.commit(writes).await? == Commit::Done {
            return Ok(cookie);
        }
    }
    Err(StoreError::Throttled)
}

/// Sessions that end together: a transaction takes a hundred.
const MOST_AT_ONCE: usize = 50;

const MOST_RACES: usize = 8;

/// Ends what the list has of this person's sessions, but this one, and says how many those were. All of them are worthless already, those
/// too that no list has yet: this is for what asks no more than the session itself.
async fn end_listed(server: &Server, person: Person<'_>, kept: Option<&SessionId>) -> Result<usize, StoreError> {
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
