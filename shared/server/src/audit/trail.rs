//! Where AuditEvents go: sealed onto standard output of a deployed function, into a file on a laptop.

use super::{AuditRecord, Scene, event, hex, sealed::Sealer};
use crate::http::address::Address;
use aws_lc_rs::rand;
use rules::{tenant::TenantRecord, time::Timestamp};
use serde_json::Value;
use std::{
    fs::File,
    io::Write,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

#[derive(Default)]
pub enum Trail {
    #[default]
    Nowhere,
    /// For the function `audit`, which alone can open it.
    Sealed(Box<Sealer>),
    /// One a line.
    File(Mutex<File>),
    Memory(Arc<Mutex<Vec<Value>>>),
}

/// Where a request came from, as far as it is known.
#[derive(Clone, Copy, Default)]
pub struct Origin<'a> {
    pub address: Option<&'a Address>,
    pub trace: Option<&'a str>,
}

impl Trail {
    /// Adds to the file, which only its owner may read.
    pub fn file(path: &Path) -> std::io::Result<Trail> {
        let mut options = File::options();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Trail::File(Mutex::new(options.open(path)?)))
    }

    /// What was decided for this tenant, and how many of it could not be kept. It is written before the answer goes out, and whatever becomes of it, the answer does:
    /// what is lost is said in the log (docs/audit.md).
    pub async fn keep(
        &self,
        tenant: &TenantRecord,
        decisions: &[AuditRecord],
        origin: Origin<'_>,
        now: Timestamp,
    ) -> u32 {
        let mut lost = 0;
        if matches!(self, Trail::Nowhere) {
            return lost;
        }
        for decision in decisions {
            let (id, event) = described(tenant, decision, origin, now);
            if let Err(why) = self.write(event, now).await {
                tracing::error!(tenant = tenant.id.as_str(), audit_event = id, why, "an audit event is lost");
                lost += 1;
            }
        }
        lost
    }

    async fn write(&self, event: Value, now: Timestamp) -> Result<(), String> {
        match self {
            Trail::Nowhere => Ok(()),
            Trail::Memory(events) => {
                events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
                Ok(())
            }
            Trail::File(file) => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                writeln!(file, "{event}").map_err(|error| error.to_string())
            }
            Trail::Sealed(sealer) => {
                let line = sealer.seal(&event.to_string(), now).await?;
                writeln!(std::io::stdout().lock(), "{line}").map_err(|error| error.to_string())
            }
        }
    }
}

/// One event as a sealed line, for a writer whose log is not standard output.
pub async fn sealed_line(
    sealer: &Sealer,
    tenant: &TenantRecord,
    decision: &AuditRecord,
    now: Timestamp,
) -> Result<String, String> {
    let (_, event) = described(tenant, decision, Origin::default(), now);
    sealer.seal(&event.to_string(), now).await
}

/// The event, and its id.
fn described(tenant: &TenantRecord, decision: &AuditRecord, origin: Origin<'_>, now: Timestamp) -> (String, Value) {
    let id = uuid();
    let scene = Scene {
        tenant: tenant.id.as_str(),
        name: &tenant.name,
        issuer: tenant.issuer.as_str(),
        address: origin.address.map(Address::as_str),
        trace: origin.trace,
        id: &id,
        now,
    };
    let event = event(decision, &scene);
    (id, event)
}

/// RFC 9562 §5.4. Whoever gets an event twice knows it by this.
fn uuid() -> String {
    let mut bytes = [0; 16];
    // Without randomness nothing here works; a name that is not unique harms least.
    let _ = rand::fill(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex(&bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
