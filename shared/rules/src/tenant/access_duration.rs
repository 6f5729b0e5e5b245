//! How long a person can let an app come back without them: one of the choices that a tenant puts on the consent page.

use serde::{Deserialize, Serialize};
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum AccessDuration {
    /// It can't come back at all.
    Once,
    Days(u32),
    /// As long as the tenant lets any app.
    UntilEnded,
}

/// Ten years.
const MOST_DAYS: u32 = 3_660;

/// As a file writes it.
const EXPECTED: &str = "\"once\", \"1 day\" to \"3660 days\", or \"until ended\"";

impl AccessDuration {
    /// What it is in seconds, where it has an end of its own.
    pub fn seconds(self) -> Option<i64> {
        match self {
            AccessDuration::Days(days) => Some(i64::from(days) * 86_400),
            AccessDuration::Once | AccessDuration::UntilEnded => None,
        }
    }

    pub fn parse(text: &str) -> Result<AccessDuration, &'static str> {
        match text {
            "once" => return Ok(AccessDuration::Once),
            "until ended" => return Ok(AccessDuration::UntilEnded),
            _ => {}
        }
        let days = text.strip_suffix(" days").or_else(|| text.strip_suffix(" day").filter(|days| *days == "1"));
        let days =
            days.filter(|days| days.bytes().all(|byte| byte.is_ascii_digit())).and_then(|days| days.parse().ok());
        days.filter(|days| (1..=MOST_DAYS).contains(days)).map(AccessDuration::Days).ok_or(EXPECTED)
    }
}

impl fmt::Display for AccessDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AccessDuration::Once => f.write_str("once"),
            AccessDuration::Days(1) => f.write_str("1 day"),
            AccessDuration::Days(days) => write!(f, "{days} days"),
            AccessDuration::UntilEnded => f.write_str("until ended"),
        }
    }
}

impl From<AccessDuration> for String {
    fn from(duration: AccessDuration) -> String {
        duration.to_string()
    }
}

impl TryFrom<String> for AccessDuration {
    type Error = &'static str;

    fn try_from(text: String) -> Result<AccessDuration, &'static str> {
        AccessDuration::parse(&text)
    }
}
