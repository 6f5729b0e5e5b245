//! Sees that deployed functions find the key that they seal audit events with; `rotate-keys` does the same every hour.

use crate::{
    out::Out,
    place::{Logs, Place},
};

/// With every change of a tenant, so that a stack's first tenant loses none of its events. What stands in the way is said, and
/// changes nothing else.
pub async fn publish(place: &Place, out: &Out) {
    match &place.audit_key {
        Some(key) => match key.publish(&place.server.store, place.now()).await {
            Ok(true) => out.note("the audit key is in the table: functions can seal audit events from now on"),
            Ok(false) => {}
            Err(why) => out.note(format!("audit events may be lost until rotate-keys has run, within the hour: {why}")),
        },
        // Without a stack this may be an emulator, whose functions keep no trail.
        None if place.outputs.is_empty() || matches!(place.logs, Logs::File(_)) => {}
        None => out.note(
            "the stack says no AuditKey: deploy it anew, or say --audit-key. Audit events may be lost until then",
        ),
    }
}
