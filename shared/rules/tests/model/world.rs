//! One moment of the model: the table's item, the requests that are being answered, and what each party knows. Grants and refresh
//! tokens are numbers here (`numbered.rs`), so that a state is small and two equal ones are the same.

use rules::time::Timestamp;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    rc::Rc,
};

pub type GrantNumber = u16;

/// What is presented for tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Token {
    Code,
    Refresh(u16),
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub struct World {
    pub now: Timestamp,
    /// How often time may still pass.
    pub clock: u8,
    /// How many answers of the table may still be lost.
    pub losses: u8,
    pub item: Item,
    pub configuration: Configuration,
    /// When the operator changed the configuration. Instances remember the former one for a while.
    pub changed_at: Option<Timestamp>,
    /// In the order of their callers: which instance has which makes no difference.
    pub in_flight: Vec<InFlight>,
    pub app: App,
    pub thief: Thief,
    pub person_came: bool,
    pub history: Rc<History>,
}

/// The grant in the table.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Item {
    pub grant: GrantNumber,
    pub version: u8,
    /// Whose write this is, as long as they still have to find out (`write_id`).
    pub written_by: Option<Caller>,
}

/// What an operator can change: the app's registration, and the tenant's own item.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Configuration {
    pub client_disabled: bool,
    pub all_ended_at: Option<Timestamp>,
}

/// Who sent a request, and which of theirs it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Caller {
    App(u8),
    /// The app, at the revocation endpoint.
    AppRevoking,
    Thief(u8),
    Person,
    /// Nobody: what would be answered, if somebody asked.
    Onlooker,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Request {
    Exchange {
        with_verifier: bool,
    },
    Refresh(u16),
    RevokeRefreshToken(u16),
    /// The access token that this request got.
    RevokeAccessToken(AccessToken),
    TakeAccessAway,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccessToken {
    pub got_by: Caller,
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
}

/// A request in one instance of a function.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct InFlight {
    pub caller: Caller,
    pub request: Request,
    /// The function asks for the time and for the configuration once, when the request arrives.
    pub now: Timestamp,
    pub configuration: Configuration,
    pub phase: Phase,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// It has not read the grant, or has lost a race at this version and must read it again. It may have lost it to somebody who came
    /// after its own write, whose answer was lost: then it owes tokens.
    Arrived {
        lost_at: Option<u8>,
        owes_tokens: bool,
    },
    Decided(Pending),
    /// The table's answer to the write was lost.
    Unsure {
        pending: Pending,
        took_effect: bool,
    },
}

/// What was decided on this version, and goes out when it is written.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pending {
    pub version: u8,
    pub answer: Answer,
    pub next: Next,
}

/// What is to be written.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Next {
    pub grant: GrantNumber,
    pub is_revoked: bool,
    /// Several items, all or nothing: DynamoDB then knows a repeat of the same write.
    pub is_transaction: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    Tokens {
        refresh: Option<u16>,
        access: AccessToken,
    },
    Refused,
    /// Refused, because what can be used once was used again.
    Noticed,
    /// What was to be ended is over.
    Over,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub struct App {
    /// The newest that it received.
    pub holds: Option<Token>,
    pub access: Option<AccessToken>,
    pub waits_for: Option<Caller>,
    pub sent: u8,
    /// When it first sent what it holds.
    pub tried_at: Option<Timestamp>,
    pub revoked: bool,
    /// It has once had a refresh token.
    pub could_refresh: bool,
    /// Tokens were issued to it that it never received.
    pub missed_tokens: bool,
    /// It repeated a request that was still being answered.
    pub overlapped: bool,
}

#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Thief {
    pub knows: BTreeSet<Token>,
    pub sent: u8,
    pub thefts: u8,
    pub got_tokens: bool,
}

/// What happened, for the promises. No rule looks at it.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct History {
    pub refresh_tokens: BTreeSet<u16>,
    pub access_tokens: BTreeSet<AccessToken>,
    /// What was answered with tokens, and the time of the request that was the first.
    pub used: BTreeMap<Token, Timestamp>,
    /// The grant was revoked, or the person was told that access is over.
    pub has_ended: bool,
}

/// What can happen.
#[derive(Clone, Copy)]
pub enum Step {
    Sends(Caller, Request, Remembers),
    GivesUp,
    Steals(Token),
    Reads(Caller),
    Writes(Caller),
    LosesRace(Caller),
    WriteUnanswered { caller: Caller, took_effect: bool },
    AsksAgain(Caller),
    Dies(Caller),
    DisablesClient,
    EndsAll,
    TimePasses(i64),
}

/// Which configuration an instance goes by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Remembers {
    TheCurrent,
    TheFormer,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Sends(caller, request, Remembers::TheCurrent) => write!(f, "{caller} sends: {request}"),
            Step::Sends(caller, request, Remembers::TheFormer) => {
                write!(f, "{caller} sends, to an instance that remembers the former configuration: {request}")
            }
            Step::GivesUp => write!(f, "the app gives up waiting"),
            Step::Steals(Token::Code) => write!(f, "the thief copies the code"),
            Step::Steals(Token::Refresh(number)) => write!(f, "the thief copies refresh token {number}"),
            Step::Reads(caller) => write!(f, "{caller}: the function reads the grant and decides"),
            Step::Writes(caller) => write!(f, "{caller}: it writes, and answers"),
            Step::LosesRace(caller) => write!(f, "{caller}: its write is refused, another came first"),
            Step::WriteUnanswered { caller, took_effect: true } => write!(f, "{caller}: it writes, and hears nothing"),
            Step::WriteUnanswered { caller, .. } => write!(f, "{caller}: its write does not arrive"),
            Step::AsksAgain(caller) => write!(f, "{caller}: it asks again under the same write id"),
            Step::Dies(caller) => write!(f, "{caller}: it ends without an answer"),
            Step::DisablesClient => write!(f, "the operator disables the client"),
            Step::EndsAll => write!(f, "the operator ends all access of the client"),
            Step::TimePasses(seconds) => write!(f, "{seconds} seconds pass"),
        }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Caller::App(number) => write!(f, "the app's request {number}"),
            Caller::AppRevoking => write!(f, "the app's revocation"),
            Caller::Thief(number) => write!(f, "the thief's request {number}"),
            Caller::Person => write!(f, "the person's request"),
            Caller::Onlooker => write!(f, "nobody's request"),
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Request::Exchange { with_verifier: true } => write!(f, "exchange the code"),
            Request::Exchange { with_verifier: false } => write!(f, "exchange the code, without the verifier"),
            Request::Refresh(number) => write!(f, "refresh with token {number}"),
            Request::RevokeRefreshToken(number) => write!(f, "revoke refresh token {number}"),
            Request::RevokeAccessToken(token) => write!(f, "revoke the access token of {}", token.got_by),
            Request::TakeAccessAway => write!(f, "take access away"),
        }
    }
}
