//! The calls that each operation makes to AWS, once tenant and client are in memory. The specification (`tests/spec/calls`)
//! counts the real calls and compares them with these, so that the bill is true.

/// A call to DynamoDB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Strongly consistent.
    Get,
    Query,
    /// With so many items.
    BatchGet(u32),
    Put(ItemKind),
    /// A count.
    Update,
    Transact(&'static [ItemKind]),
}

/// An item that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    Allowed,
    /// What is kept of a client's document, and that it was asked for.
    Document,
    Fetch,
    Grant,
    Interaction,
    Jti,
    Launch,
    /// One that is made, and so put into the tenant's list.
    NewGrant,
    NewSession,
    Pushed,
    /// Only looked at, as a condition; so is a remembered yes.
    User,
    Remembered,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// An access token: ES256, unless the tenant says otherwise.
    Ecc,
    /// An id_token: RS256, unless its client asks for ES256.
    Rsa,
}

#[derive(Clone, Copy, Debug)]
pub struct Operation {
    pub name: &'static str,
    /// Requests to the API, and what the functions that answer them have for memory.
    pub requests: u32,
    pub memory_mb: u32,
    pub calls: &'static [Call],
    pub signatures: &'static [Signature],
    /// Milliseconds of pure computing, on AWS: what a password's hash takes, above all.
    pub computing_ms: u32,
}

impl ItemKind {
    /// Write units: kilobytes begun. An ordinary one; scopes by the dozen and long contexts make a grant larger.
    pub fn write_units(self) -> u32 {
        match self {
            ItemKind::Interaction | ItemKind::Grant | ItemKind::NewGrant => 2,
            ItemKind::Allowed
            | ItemKind::Document
            | ItemKind::Fetch
            | ItemKind::Jti
            | ItemKind::Launch
            | ItemKind::NewSession
            | ItemKind::Pushed
            | ItemKind::User
            | ItemKind::Remembered => 1,
        }
    }

    /// The index of the lists is written apart, whether the item is part of a transaction or not. It has keys alone, so what changes
    /// in place writes nothing there.
    fn index_units(self) -> u32 {
        u32::from(matches!(self, ItemKind::NewGrant | ItemKind::NewSession))
    }
}

impl Call {
    pub fn name(self) -> &'static str {
        match self {
            Call::Get => "GetItem",
            Call::Query => "Query",
            Call::BatchGet(_) => "BatchGetItem",
            Call::Put(_) => "PutItem",
            Call::Update => "UpdateItem",
            Call::Transact(_) => "TransactWriteItems",
        }
    }

    /// Every item is below 4 kB, and read strongly consistently.
    pub fn read_units(self) -> u32 {
        match self {
            Call::Get | Call::Query => 1,
            Call::BatchGet(items) => items,
            Call::Put(_) | Call::Update | Call::Transact(_) => 0,
        }
    }

    /// Twice as much in a transaction.
    pub fn write_units(self) -> u32 {
        match self {
            Call::Get | Call::Query | Call::BatchGet(_) => 0,
            Call::Put(kind) => kind.write_units() + kind.index_units(),
            Call::Update => 1,
            Call::Transact(kinds) => kinds.iter().map(|kind| 2 * kind.write_units() + kind.index_units()).sum(),
        }
    }
}

impl Operation {
    pub fn call_names(&self) -> Vec<&'static str> {
        self.calls.iter().map(|call| call.name()).collect()
    }
}

use Call::{BatchGet, Get, Put, Query, Transact, Update};
use ItemKind::{
    Allowed, Document, Fetch, Grant, Interaction, Jti, Launch, NewGrant, NewSession, Pushed, Remembered, User,
};
use Signature::{Ecc, Rsa};

const TOKEN: Operation =
    Operation { name: "", requests: 1, memory_mb: 512, calls: &[], signatures: &[], computing_ms: 1 };

pub const DISCOVERY: Operation = Operation { name: "discovery", memory_mb: 256, ..TOKEN };
pub const CLIENT_CREDENTIALS: Operation =
    Operation { name: "token: client_credentials", calls: &[Put(Jti)], signatures: &[Ecc], ..TOKEN };
pub const CLIENT_CREDENTIALS_WITH_DPOP: Operation =
    Operation { name: "token: client_credentials, DPoP", calls: &[Put(Jti), Put(Jti)], ..CLIENT_CREDENTIALS };
pub const CODE: Operation = Operation {
    name: "token: authorization_code",
    calls: &[Get, Transact(&[Grant, User])],
    signatures: &[Ecc],
    ..TOKEN
};
pub const CODE_WITH_OPENID: Operation =
    Operation { name: "token: authorization_code, openid", signatures: &[Ecc, Rsa], ..CODE };
pub const CODE_BY_KEY: Operation = Operation {
    name: "token: authorization_code, openid, client with key",
    calls: &[Put(Jti), Get, Transact(&[Grant, User])],
    ..CODE_WITH_OPENID
};
pub const CODE_WITH_DPOP: Operation = Operation {
    name: "token: authorization_code, openid, DPoP",
    calls: &[Get, Transact(&[Grant, User, Jti])],
    ..CODE_WITH_OPENID
};
pub const REFRESH: Operation =
    Operation { name: "token: refresh_token", calls: &[Get, BatchGet(1), Put(Grant)], ..CODE };
pub const REFRESH_WITH_OPENID: Operation =
    Operation { name: "token: refresh_token, openid", signatures: &[Ecc, Rsa], ..REFRESH };
pub const REFRESH_WITH_DPOP: Operation = Operation {
    name: "token: refresh_token, openid, DPoP",
    calls: &[Get, BatchGet(1), Transact(&[Grant, Jti])],
    ..REFRESH_WITH_OPENID
};
pub const REFRESH_ONLINE: Operation =
    Operation { name: "token: refresh_token, online_access", calls: &[Get, BatchGet(3), Put(Grant)], ..CODE };
pub const INTROSPECTION: Operation = Operation { name: "introspect, by a FHIR server", calls: &[Get], ..TOKEN };
pub const INTROSPECTION_BY_TOKEN: Operation =
    Operation { name: "introspect, by a client with a token", calls: &[Get, Get], ..TOKEN };
pub const INTROSPECTION_BY_KEY: Operation =
    Operation { name: "introspect, by a client with a key", calls: &[Put(Jti), Get], ..TOKEN };
pub const REVOCATION: Operation = Operation { name: "revoke", calls: &[Get, Put(Grant)], ..TOKEN };
pub const USERINFO: Operation = Operation { name: "userinfo", memory_mb: 256, calls: &[Get], ..TOKEN };
/// So much more costs a bound token at each resource of ours, which notes its proof.
pub const USERINFO_WITH_DPOP: Operation = Operation { name: "userinfo, DPoP", calls: &[Get, Put(Jti)], ..USERINFO };
pub const LAUNCH_CONTEXT: Operation =
    Operation { name: "launchContext", memory_mb: 256, calls: &[Put(Launch)], ..TOKEN };
pub const WRONG_SECRET: Operation =
    Operation { name: "a wrong client secret", calls: &[Update, Update, Update], ..TOKEN };

const AUTHORIZE: Operation = Operation { memory_mb: 1024, computing_ms: 2, ..TOKEN };
/// An Argon2id hash at 1024 MB.
const HASH_MS: u32 = 80;

/// The sign-in page is shown.
pub const AUTHORIZE_BEGINS: Operation =
    Operation { name: "authorize: it begins", requests: 2, calls: &[Put(Interaction), BatchGet(1)], ..AUTHORIZE };
/// The same for an app that nobody registered, whose document is not known yet: who fetches it, how often its host was asked, and what
/// came. Then it is like any other for as long as the document is kept.
pub const AUTHORIZE_BEGINS_UNREGISTERED: Operation = Operation {
    name: "authorize: it begins, app with a new document",
    calls: &[BatchGet(2), Put(Fetch), Update, Put(Document), Put(Interaction), BatchGet(1)],
    ..AUTHORIZE_BEGINS
};
/// The password is judged, and the consent page shown, which names the patient: the FHIR server is read with a token of its own.
pub const AUTHORIZE_SIGN_IN: Operation = Operation {
    name: "authorize: sign-in",
    requests: 2,
    calls: &[BatchGet(1), BatchGet(4), Get, Transact(&[Interaction, NewSession]), BatchGet(4)],
    signatures: &[Ecc],
    computing_ms: HASH_MS,
    ..AUTHORIZE
};
pub const AUTHORIZE_CONSENT: Operation = Operation {
    name: "authorize: consent",
    calls: &[BatchGet(4), Transact(&[NewGrant, Allowed, Interaction])],
    ..AUTHORIZE
};
/// An app sends its request ahead (RFC 9126) …
pub const PUSHED_REQUEST: Operation = Operation { name: "par: a pushed request", calls: &[Put(Pushed)], ..AUTHORIZE };
pub const PUSHED_REQUEST_WITH_DPOP: Operation =
    Operation { name: "par: a pushed request, DPoP", calls: &[Transact(&[Pushed, Jti])], ..PUSHED_REQUEST };
/// … the browser brings the reference to it …
pub const AUTHORIZE_BEGINS_PUSHED: Operation = Operation {
    name: "authorize: it begins, pushed",
    calls: &[BatchGet(1), Transact(&[Interaction, Pushed]), BatchGet(1)],
    ..AUTHORIZE_BEGINS
};
/// … and it is used up with the answer.
pub const AUTHORIZE_CONSENT_PUSHED: Operation = Operation {
    name: "authorize: consent, pushed",
    calls: &[BatchGet(4), Transact(&[NewGrant, Allowed, Interaction, Pushed])],
    ..AUTHORIZE
};
/// A second app in the same session: no password.
pub const AUTHORIZE_SECOND_APP: Operation = Operation {
    name: "authorize: another app, in the same session",
    requests: 3,
    calls: &[BatchGet(3), Put(Interaction), BatchGet(4), BatchGet(4), Transact(&[NewGrant, Allowed, Interaction])],
    signatures: &[Ecc],
    ..AUTHORIZE
};
/// In a session, with a yes that is remembered: the app has its code with the first answer.
pub const AUTHORIZE_AT_ONCE: Operation = Operation {
    name: "authorize: at once, in a session",
    calls: &[BatchGet(4), Transact(&[NewGrant, Allowed, Remembered])],
    ..AUTHORIZE
};
/// What such a login costs in all.
pub const LOGIN: [&Operation; 2] = [&AUTHORIZE_AT_ONCE, &CODE_WITH_OPENID];
pub const MANAGE: Operation = Operation {
    name: "manage: the page, with two grants",
    calls: &[BatchGet(3), Query, Query, BatchGet(2), BatchGet(3)],
    ..AUTHORIZE
};

pub const ALL: [&Operation; 30] = [
    &DISCOVERY,
    &CLIENT_CREDENTIALS,
    &CLIENT_CREDENTIALS_WITH_DPOP,
    &CODE,
    &CODE_WITH_OPENID,
    &CODE_BY_KEY,
    &CODE_WITH_DPOP,
    &REFRESH,
    &REFRESH_WITH_OPENID,
    &REFRESH_WITH_DPOP,
    &REFRESH_ONLINE,
    &INTROSPECTION,
    &INTROSPECTION_BY_TOKEN,
    &INTROSPECTION_BY_KEY,
    &REVOCATION,
    &USERINFO,
    &USERINFO_WITH_DPOP,
    &LAUNCH_CONTEXT,
    &AUTHORIZE_BEGINS,
    &AUTHORIZE_BEGINS_UNREGISTERED,
    &AUTHORIZE_SIGN_IN,
    &AUTHORIZE_CONSENT,
    &PUSHED_REQUEST,
    &PUSHED_REQUEST_WITH_DPOP,
    &AUTHORIZE_BEGINS_PUSHED,
    &AUTHORIZE_CONSENT_PUSHED,
    &AUTHORIZE_SECOND_APP,
    &AUTHORIZE_AT_ONCE,
    &MANAGE,
    &WRONG_SECRET,
];
