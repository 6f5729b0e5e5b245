//! How long a document is good for (draft-ietf-oauth-client-id-metadata-document-02 §5.2), and how often anybody may be asked for one.

use crate::time::Timestamp;

/// However little its server allows: each request of a stranger would else be a request of ours.
pub const SHORTEST: i64 = 60;
/// However much: what was withdrawn is refused after this.
pub const LONGEST: i64 = 3600;
/// Where the server says nothing.
pub const USUAL: i64 = 300;
/// How much longer the last good copy lets a client's people go on where its server is down.
pub const LAST_GOOD: i64 = 86_400;
/// One document is asked for at most once in this time.
pub const PAUSE: i64 = 2;
/// And one host so often in a minute, for all its documents together.
pub const MOST_A_MINUTE: u32 = 60;

/// What a lookup is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seek {
    /// A person is about to be asked: nothing but a document of now will do.
    Fresh,
    /// Something that was given before is used: where the client's server is down, the last good copy will do.
    LastGood,
}

/// `max_age`: the seconds that its HTTP headers allow.
pub fn fresh_until(max_age: Option<i64>, fetched_at: Timestamp) -> Timestamp {
    fetched_at.plus(max_age.unwrap_or(USUAL).clamp(SHORTEST, LONGEST))
}

/// The end of a copy. After the last good day nobody relies on it.
pub fn usable_until(fresh_until: Timestamp) -> Timestamp {
    fresh_until.plus(LAST_GOOD)
}

/// What an answer's status says of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// 200, and nothing else is (§5).
    Here,
    /// The server is down, or wants to be left alone: it says nothing of the document.
    Down,
    /// There is none, or it is somewhere else: redirects are not followed (§5).
    NotHere,
}

pub fn status(code: u16) -> Status {
    match code {
        200 => Status::Here,
        // Request Timeout, Too Early, Too Many Requests.
        408 | 425 | 429 | 500..=599 => Status::Down,
        _ => Status::NotHere,
    }
}

/// The Content-Type of JSON (§4: `application/json`, or `application/…+json`).
pub fn is_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.strip_prefix("application/").is_some_and(|kind| kind == "json" || (kind.ends_with("+json") && kind.len() > 5))
}

/// How long a host that was asked so often before in this minute is to be left alone.
pub fn pause_of_host(asked_before: u32, now: Timestamp) -> Option<i64> {
    (asked_before >= MOST_A_MINUTE).then(|| 60 - now.0.rem_euclid(60))
}
