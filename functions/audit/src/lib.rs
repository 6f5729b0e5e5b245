//! The audit trail: takes the sealed lines out of the functions' logs, opens them, and writes the AuditEvents into its own log,
//! which is the only place that names people. Each comes at least once; who reads them knows a repeat by its id.

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::Value;
use server::{
    audit::opened::{Closed, Opener},
    aws,
};
use std::{
    error::Error,
    fmt,
    io::{Read, Write},
};

/// What CloudWatch Logs sends at once unpacks to a few megabytes at most.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

pub struct AuditTrail {
    opener: Opener,
}

/// Lambda tries the same lines again; until then they stay in the functions' logs.
#[derive(Debug)]
pub enum NotKept {
    /// Not what a subscription of CloudWatch Logs sends.
    BadEvent(&'static str),
    /// KMS gave no answer for so many of them.
    StillSealed(usize, String),
    Unwritten(std::io::Error),
}

impl fmt::Display for NotKept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotKept::BadEvent(why) => write!(f, "not an event of a log subscription: {why}"),
            NotKept::StillSealed(count, why) => write!(f, "{count} audit events could not be opened: {why}"),
            NotKept::Unwritten(error) => write!(f, "audit events could not be written: {error}"),
        }
    }
}

impl Error for NotKept {}

impl AuditTrail {
    pub async fn from_env() -> Result<AuditTrail, Box<dyn Error + Send + Sync>> {
        server::log::start();
        let key =
            std::env::var("ADMIT_AUDIT_KEY").map_err(|_| "ADMIT_AUDIT_KEY must name the key that opens events")?;
        Ok(AuditTrail::new(Opener::new(aws::kms(&aws::config().await), key)))
    }

    pub fn new(opener: Opener) -> AuditTrail {
        AuditTrail { opener }
    }

    pub async fn keep(&self, event: Value) -> Result<(), NotKept> {
        let (events, still_sealed) = self.open(&event).await?;
        let mut output = std::io::stdout().lock();
        events.iter().try_for_each(|event| writeln!(output, "{event}")).map_err(NotKept::Unwritten)?;
        // After the others are written: when all come again, those come twice, which is better than not at all.
        match still_sealed.first() {
            Some(why) => Err(NotKept::StillSealed(still_sealed.len(), why.clone())),
            None => Ok(()),
        }
    }

    /// The AuditEvents of a subscription's event, and why the others are still sealed.
    pub async fn open(&self, event: &Value) -> Result<(Vec<String>, Vec<String>), NotKept> {
        let (mut opened, mut still_sealed) = (Vec::new(), Vec::new());
        for line in lines(event)? {
            match self.opener.open(&line.message).await {
                Ok(event) => opened.push(event),
                Err(Closed::Later(why)) => still_sealed.push(why),
                // It would never open, and hold up those that do.
                Err(Closed::NotOurs(why)) => {
                    tracing::error!(log_event = line.id, why, "a line does not belong to the trail")
                }
            }
        }
        Ok((opened, still_sealed))
    }
}

#[derive(Deserialize)]
struct Subscription {
    #[serde(rename = "logEvents", default)]
    log_events: Vec<LogLine>,
}

#[derive(Deserialize)]
struct LogLine {
    id: String,
    message: String,
}

fn lines(event: &Value) -> Result<Vec<LogLine>, NotKept> {
    let data = event["awslogs"]["data"].as_str().ok_or(NotKept::BadEvent("no data"))?;
    let packed = STANDARD.decode(data).map_err(|_| NotKept::BadEvent("not base64"))?;
    let mut text = String::new();
    let unpacked = GzDecoder::new(packed.as_slice()).take(MOST_BYTES).read_to_string(&mut text);
    unpacked.map_err(|_| NotKept::BadEvent("not gzip"))?;
    let subscription: Subscription = serde_json::from_str(&text).map_err(|_| NotKept::BadEvent("not JSON"))?;
    Ok(subscription.log_events)
}
