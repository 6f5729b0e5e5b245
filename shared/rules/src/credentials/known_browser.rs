//! A browser in which a person has signed in before. Their wrong passwords there are counted apart, so that strangers at the same
//! address can't lock them out.
//!
//! The browser holds a mark for each of the few people who signed in last. Nothing is kept here: a mark is signed with what their
//! sessions are made with, which is a secret of the table, so another password, or signing out everywhere, makes it worthless.

use super::{Credentials, CredentialsId};
use crate::{
    secret::{SecretHash, random_text, same},
    signed_in::SignedIn,
    tenant::TenantId,
    time::Timestamp,
    user::User,
};
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// A browser that its person leaves alone for so long is a stranger's again.
pub const LIFE_SECONDS: i64 = 90 * 86_400;
/// A shared computer knows so many people; the cookie has to fit in every request.
const MOST_PEOPLE: usize = 5;

/// What the browser shows for one person, who is not named in it: `id.end.signature`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowserMark {
    id: String,
    ends_at: Timestamp,
    signature: String,
}

/// All that a browser shows, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BrowserMarks(Vec<BrowserMark>);

/// Characters of an id and of a signature in base64url.
const ID: usize = 22;
const SIGNATURE: usize = 43;

impl BrowserMark {
    fn new(of: &CredentialsId, credential: &SecretHash, now: Timestamp) -> BrowserMark {
        let (id, ends_at) = (random_text::<16>(), now.plus(LIFE_SECONDS));
        let signature = signature(of, credential, &id, ends_at);
        BrowserMark { id, ends_at, signature }
    }

    fn read(text: &str) -> Option<BrowserMark> {
        let mut parts = text.split('.');
        let (id, end, signature) = (parts.next()?, parts.next()?, parts.next()?);
        let base64url = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        let good = parts.next().is_none() && id.len() == ID && signature.len() == SIGNATURE;
        let ends_at = end.parse().ok().filter(|_| good && base64url(id) && base64url(signature)).map(Timestamp)?;
        Some(BrowserMark { id: id.to_owned(), ends_at, signature: signature.to_owned() })
    }

    /// What its failures are counted by. Anybody may claim any id: only `is_of` makes it count.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether this person has signed in here with what they sign in with today.
    pub fn is_of(&self, user: &User, credentials: &Credentials, now: Timestamp) -> bool {
        self.is_signed(&credentials.id, &credentials.fingerprint(user), now)
    }

    fn is_signed(&self, of: &CredentialsId, credential: &SecretHash, now: Timestamp) -> bool {
        !self.ends_at.is_past(now) && same(&self.signature, &signature(of, credential, &self.id, self.ends_at))
    }
}

impl BrowserMarks {
    /// As the browser sent them; anything, until one is checked.
    pub fn read(cookie: &str) -> BrowserMarks {
        BrowserMarks(cookie.split('~').filter_map(BrowserMark::read).take(MOST_PEOPLE).collect())
    }

    pub fn marks(&self) -> &[BrowserMark] {
        &self.0
    }

    /// The cookie's value after this person has signed in, if they did so by something of this server's own.
    pub fn after_sign_in(&self, tenant: &TenantId, user: &SignedIn, now: Timestamp) -> Option<String> {
        let credential = user.credential.as_ref().filter(|_| user.provider.is_none())?;
        let of = CredentialsId::of(tenant, &user.sub);
        let others = self.0.iter().filter(|mark| !mark.ends_at.is_past(now) && !mark.is_signed(&of, credential, now));
        let new = BrowserMark::new(&of, credential, now);
        let all = std::iter::once(&new).chain(others).take(MOST_PEOPLE);
        let texts = all.map(|mark| format!("{}.{}.{}", mark.id, mark.ends_at.0, mark.signature));
        Some(texts.collect::<Vec<_>>().join("~"))
    }
}

fn signature(of: &CredentialsId, credential: &SecretHash, id: &str, ends_at: Timestamp) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, credential.as_str().as_bytes());
    let said = format!("known browser#{}#{id}#{}", of.as_str(), ends_at.0);
    URL_SAFE_NO_PAD.encode(hmac::sign(&key, said.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000);

    fn of(name: &str) -> (CredentialsId, SecretHash) {
        (CredentialsId(SecretHash::of(name)), SecretHash::of(&format!("what {name} signs in with")))
    }

    #[test]
    fn a_mark_is_good_for_its_person_and_what_they_sign_in_with_until_its_end() {
        let ((amy, credential), (rosa, hers)) = (of("amy"), of("rosa"));
        let mark = BrowserMark::new(&amy, &credential, NOW);
        assert!(mark.is_signed(&amy, &credential, NOW));
        assert!(mark.is_signed(&amy, &credential, NOW.plus(LIFE_SECONDS - 1)));
        assert!(!mark.is_signed(&amy, &credential, NOW.plus(LIFE_SECONDS)));
        assert!(!mark.is_signed(&rosa, &credential, NOW) && !mark.is_signed(&amy, &hers, NOW));
        let other = |id: &str, ends_at: Timestamp| BrowserMark { id: id.to_owned(), ends_at, ..mark.clone() };
        assert!(!other("another", mark.ends_at).is_signed(&amy, &credential, NOW), "each id is signed by itself");
        assert!(!other(&mark.id, mark.ends_at.plus(1)).is_signed(&amy, &credential, NOW), "nor does it end later");
    }

    #[test]
    fn what_a_browser_sends_is_read_whole_or_not_at_all() {
        let (amy, credential) = of("amy");
        let mark = BrowserMark::new(&amy, &credential, NOW);
        let text = format!("{}.{}.{}", mark.id, mark.ends_at.0, mark.signature);
        assert_eq!(BrowserMarks::read(&text).0, std::slice::from_ref(&mark));
        for bad in ["", "~", ".", "..", "a.1.b", &text[1..], &text[..text.len() - 1], &format!("{text}.x"), "%.1.%"] {
            assert_eq!(BrowserMarks::read(bad), BrowserMarks::default(), "{bad}");
        }
        let many = vec![text; 9].join("~");
        assert_eq!(BrowserMarks::read(&many).0.len(), MOST_PEOPLE);
    }
}
