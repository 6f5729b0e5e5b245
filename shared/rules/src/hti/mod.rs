//! Koppeltaal's launch: the `launch` is itself a token, which the portal has signed (HTI 2.0, TOP-KT-007).

pub mod app;
pub mod person;
pub mod sign_in;
pub mod token;

use crate::{secret::SecretHash, tenant::HtiSignIn, time::Timestamp, user::FhirUser};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What stands for an access token where nothing can be opened with it (TOP-KT-007).
pub const NOOP: &str = "NOOP";

/// Seconds that the answer says of it.
pub const NOOP_SECONDS: i64 = 300;

/// Whether a `launch` is such a token and no handle of this server's own: three parts with dots between them.
pub fn is_hti(launch: &str) -> bool {
    launch.bytes().filter(|byte| *byte == b'.').count() == 2
}

/// A launch that holds, as an interaction keeps it. The token itself is kept nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HtiLaunch {
    /// The client that signed it.
    pub portal: String,
    pub jti: String,
    /// The launched app's own `Device`.
    pub device: String,
    /// Who is to sign in.
    pub person: FhirUser,
    pub context: HtiContext,
    /// Where they sign in, and by which identifier they are known.
    pub way: HtiSignIn,
    /// By then no interaction can be under way that began with the token, so its `jti` can be forgotten.
    pub forget_at: Timestamp,
}

/// What the app learns of it: the claims that were there, as they were (HTI-13).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HtiContext {
    pub resource: String,
    pub sub: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<String>,
}

impl HtiContext {
    /// As members of the token response.
    pub fn members(&self) -> Map<String, Value> {
        match json!(self) {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }
}

impl HtiLaunch {
    /// Under which its use is noted. Each portal has its own.
    pub fn jti_hash(&self) -> SecretHash {
        SecretHash::of(&self.jti)
    }
}
