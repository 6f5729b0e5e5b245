//! Puts the key that seals audit events into the table, where deployed functions find it. `rotate-keys` does the same hourly.

use super::{Logs, Target};
use crate::out::Out;

/// Runs with every change of a tenant, so that a stack's first tenant loses none of its events. A failure is a note and stops
/// nothing else.
pub async fn publish(target: &Target, out: &Out) {
    match &target.audit_key {
        Some(key) => match key.publish(&target.server.store, target.now()).await {
            Ok(true) => out.note("the audit key is in the table: functions can seal audit events from now on"),
            Ok(false) => {}
            Err(why) => out.note(format!("audit events may be lost until rotate-keys has run, within the hour: {why}")),
        },
        // Without a stack this may be an emulator, whose functions keep no trail.
        None if target.outputs.is_empty() || matches!(target.logs, Logs::File(_)) => {}
        None => out.note(
            "the stack has no output AuditKey: deploy it again, or give --audit-key. Audit events may be lost until then",
        ),
    }
}
