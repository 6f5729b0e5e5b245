//! What an operator did, for the audit trail: who ran which command, and what came of it. On AWS it is sealed as the functions seal,
//! and put into a log of its own whose lines the function `audit` opens; on a laptop it is added to the file of the server.

use super::{Logs, Target, trail::OperatorTrail};
use crate::{
    failure::{Exit, Failure},
    out::Out,
};
use rules::tenant::{TenantId, TenantRecord};
use server::audit::{AuditRecord, EventKind, Origin, Outcome, Trail, sealed::Sealer, sealed_line};
use std::{collections::BTreeSet, process::Command, sync::PoisonError};

/// A command that changes something.
#[derive(Debug, PartialEq, Eq)]
pub struct OperatorAction {
    /// Without one, those that `Target::changed` names: it may find that there is nothing to change.
    pub tenant: Option<String>,
    /// As it is typed: `user set-password`.
    pub command: &'static str,
    /// Whom or what it is about, by name; never a secret.
    pub about: String,
}

impl OperatorAction {
    pub fn new(tenant: &str, command: &'static str, about: impl Into<String>) -> Option<OperatorAction> {
        Some(OperatorAction { tenant: Some(tenant.to_owned()), command, about: about.into() })
    }

    /// One whose record is what it changed, tenant by tenant.
    pub fn by_changes(command: &'static str) -> OperatorAction {
        OperatorAction { tenant: None, command, about: String::new() }
    }
}

impl Target {
    /// Says that this has been changed, as a line of the record: `changed user amy`.
    pub fn changed(&self, tenant: &TenantId, what: String) {
        self.changes.0.lock().unwrap_or_else(PoisonError::into_inner).push((tenant.clone(), what));
    }

    /// This tenant will be no more when the command is recorded.
    pub fn remember_gone(&self, tenant: TenantRecord) {
        self.changes.1.lock().unwrap_or_else(PoisonError::into_inner).push(tenant);
    }

    fn gone(&self, id: &TenantId) -> Option<TenantRecord> {
        let gone = self.changes.1.lock().unwrap_or_else(PoisonError::into_inner);
        gone.iter().find(|tenant| tenant.id == *id).cloned()
    }

    /// Records what the command did. It is done by then: what can't be recorded is a note and undoes nothing.
    pub async fn record(&self, out: &Out, operation: &OperatorAction, result: &Result<(), Failure>) {
        // Nothing was tried, or somebody said no.
        let nothing = |failure: &Failure| matches!(failure.exit, Exit::Usage | Exit::Refused | Exit::Differs);
        if result.as_ref().is_err_and(nothing) {
            return;
        }
        let recorded = match &self.trail {
            OperatorTrail::Nobody => Ok(()),
            OperatorTrail::Missing(why) => Err((*why).to_owned()),
            trail => self.record_all(trail, operation, result.is_ok()).await,
        };
        if let Err(why) = recorded {
            out.note(format!("this is not in the audit trail: {why}"));
        }
    }

    async fn record_all(&self, trail: &OperatorTrail, operation: &OperatorAction, is_done: bool) -> Result<(), String> {
        let changes = std::mem::take(&mut *self.changes.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut operator = None;
        let tenants: BTreeSet<&str> = match &operation.tenant {
            Some(tenant) => BTreeSet::from([tenant.as_str()]),
            None => changes.iter().map(|(tenant, _)| tenant.as_str()).collect(),
        };
        for name in tenants {
            let changed: Vec<&str> =
                changes.iter().filter(|(tenant, _)| tenant.as_str() == name).map(|(_, what)| what.as_str()).collect();
            let Some(id) = TenantId::parse(name) else { continue };
            let found = self.server.store.tenant_with_keys(&id, self.now()).await.map_err(|error| error.to_string())?;
            let tenant = match found {
                (Some(tenant), keys) => TenantRecord { tenant, keys: keys.into_iter().map(|key| key.value).collect() },
                (None, _) => match self.gone(&id) {
                    Some(tenant) => tenant,
                    // A name that no tenant has: the command has said so.
                    None => continue,
                },
            };
            if operator.is_none() {
                operator = Some(self.operator().await);
            }
            let record = match is_done {
                true => AuditRecord::yes(EventKind::Operation),
                false => {
                    AuditRecord::no(EventKind::Operation, Outcome::MinorFailure, "it failed, and may be done in part")
                }
            };
            let record = record.with("command", format!("admit {}", operation.command)).with("about", &operation.about);
            let record = record.with("changes", changed.join("; "));
            let record = record.ordered_by(operator.as_deref().unwrap_or_default());
            self.keep(trail, &tenant, &record).await?;
        }
        Ok(())
    }

    async fn keep(&self, trail: &OperatorTrail, tenant: &TenantRecord, record: &AuditRecord) -> Result<(), String> {
        match (trail, &self.logs) {
            (OperatorTrail::File(file), _) => {
                let trail = Trail::file(file).map_err(|error| format!("{}: {error}", file.display()))?;
                let lost = trail.keep(tenant, std::slice::from_ref(record), Origin::default(), self.now()).await;
                if lost == 0 { Ok(()) } else { Err(format!("{} can't be written", file.display())) }
            }
            (OperatorTrail::CloudWatch(group), Logs::CloudWatch { aws, .. }) => {
                let sealer = Sealer::new(self.server.store.clone());
                let line = sealed_line(&sealer, tenant, record, self.now()).await?;
                aws.put_log_line(group, &line, self.now()).await.map_err(|failure| failure.message)
            }
            (OperatorTrail::CloudWatch(_) | OperatorTrail::Missing(_) | OperatorTrail::Nobody, _) => Ok(()),
        }
    }

    /// As AWS names them, or the operating system.
    async fn operator(&self) -> String {
        let named = match &self.logs {
            Logs::CloudWatch { aws, .. } => aws.caller().await.ok(),
            Logs::File(_) => user_of_system(),
        };
        named.unwrap_or_else(|| "unknown".to_owned())
    }
}

/// Not from the environment, which anybody writes as they like; nor by a program that PATH names.
fn user_of_system() -> Option<String> {
    let output = Command::new("/usr/bin/id").arg("-un").output().ok().filter(|output| output.status.success())?;
    let name = String::from_utf8(output.stdout).ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}
