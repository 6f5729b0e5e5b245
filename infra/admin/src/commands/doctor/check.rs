//! The tenant that `doctor` examines, and the result of one check.

use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Good,
    /// It works, but an app may stumble over it.
    Doubtful,
    Wrong,
}

/// One property of the tenant, and what was seen of it.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    pub name: &'static str,
    pub verdict: Verdict,
    pub seen: String,
}

/// The tenant that is examined, and what all checks need.
pub struct ExaminedTenant {
    pub issuer: String,
    pub http: reqwest::Client,
    pub now: i64,
}

pub fn good(name: &'static str, seen: impl Into<String>) -> Check {
    Check { name, verdict: Verdict::Good, seen: seen.into() }
}

pub fn doubtful(name: &'static str, seen: impl Into<String>) -> Check {
    Check { name, verdict: Verdict::Doubtful, seen: seen.into() }
}

pub fn wrong(name: &'static str, seen: impl Into<String>) -> Check {
    Check { name, verdict: Verdict::Wrong, seen: seen.into() }
}

impl Check {
    pub fn line(&self) -> String {
        let verdict = match self.verdict {
            Verdict::Good => "good    ",
            Verdict::Doubtful => "doubtful",
            Verdict::Wrong => "WRONG   ",
        };
        format!("{verdict}  {:<24}  {}", self.name, self.seen)
    }
}
