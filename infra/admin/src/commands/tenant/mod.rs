//! `admit tenant`: shows how files differ from the table, and makes the table as the files say.

mod delete;
mod export;
mod resource_metadata;

use super::grants::{AllowedBy, revoke_of_person};
use crate::{
    failure::{Exit, Failure},
    out::{Out, table},
    plan::{
        ApplyError, ChangeKind, ChangedItem, Danger, DangerousChange, Plan, TenantInTable, commit, dangers, without,
    },
    target::{OperatorAction, Target, audit_key, tenant_id},
    tenant_file::{TenantFile, TenantItems, is_loopback, load_all, warnings::warnings},
};
use delete::delete;
use export::export;
use resource_metadata::resource_metadata;
use rules::{
    grant::Grant,
    tenant::{AccessOf, EndedAccess, SigningAlg, Tenant},
};
use serde_json::{Value, json};
use server::store::{Commit, Item, Key, List, ListOf, schema};
use std::path::PathBuf;

#[derive(clap::Subcommand, Debug)]
pub enum Tenants {
    /// Lists the tenants
    List,
    /// Shows what `apply` would change, and changes nothing
    Plan {
        /// Tenant files, or folders of them
        #[arg(required = true, value_name = "FILE_OR_DIR")]
        files: Vec<PathBuf>,
        /// End with 4 if there is something to change
        #[arg(long)]
        exit_code: bool,
    },
    /// Changes the table to match the files
    Apply {
        /// Tenant files, or folders of them
        #[arg(required = true, value_name = "FILE_OR_DIR")]
        files: Vec<PathBuf>,
        /// Allows a change that locks people out; may be given several times
        #[arg(long, value_name = "WHAT")]
        allow: Vec<Danger>,
    },
    /// Deletes a tenant and everything it has, for good. Shows what that is and asks first; run it again if it was
    /// interrupted
    Delete { tenant: String },
    /// Writes a tenant as a file, with hashes in place of its secrets
    Export {
        tenant: String,
        /// The file to write; without it, standard output
        file: Option<PathBuf>,
        /// Also writes the secrets of identity providers, which are kept in the clear because they must be sent
        #[arg(long)]
        with_provider_secrets: bool,
    },
    /// Prints what a FHIR server at another host must publish about its authorization server (RFC 9728), where, and
    /// how it refuses
    ResourceMetadata {
        tenant: String,
        /// As the tenant file has it; not needed where there is only one
        fhir_server: Option<String>,
        /// For a REST API of API Gateway: its gateway responses, as resources of CloudFormation
        #[arg(long)]
        gateway_responses: bool,
    },
}

impl Tenants {
    pub fn operation(&self) -> Option<OperatorAction> {
        match self {
            Tenants::Apply { .. } => Some(OperatorAction::by_changes("tenant apply")),
            Tenants::Delete { tenant } => OperatorAction::new(tenant, "tenant delete", tenant),
            Tenants::List | Tenants::Plan { .. } | Tenants::Export { .. } | Tenants::ResourceMetadata { .. } => None,
        }
    }

    pub async fn run(self, target: &Target, out: &Out) -> Result<(), Failure> {
        match self {
            Tenants::List => list(target, out).await,
            Tenants::Plan { files, exit_code } => {
                let planned = plan_all(target, &files).await?;
                answer(out, &planned, false);
                match exit_code && planned.iter().any(|planned| !planned.plan.is_empty()) {
                    true => Err(Failure::silent(Exit::Differs)),
                    false => Ok(()),
                }
            }
            Tenants::Apply { files, allow } => apply(target, out, &files, &allow).await,
            Tenants::Delete { tenant } => delete(target, out, &tenant).await,
            Tenants::Export { tenant, file, with_provider_secrets } => {
                export(target, out, &tenant, file, with_provider_secrets).await
            }
            Tenants::ResourceMetadata { tenant, fhir_server, gateway_responses } => {
                resource_metadata(target, out, &tenant, fhir_server.as_deref(), gateway_responses).await
            }
        }
    }
}

async fn list(target: &Target, out: &Out) -> Result<(), Failure> {
    let (mut rows, mut json) = (Vec::new(), Vec::new());
    let ids = target.server.store.tenants(target.now()).await?;
    let keys: Vec<Key> = ids.iter().map(schema::tenant_config).collect();
    let found = target.server.store.find_together(&keys, target.now()).await?;
    for (id, key) in ids.iter().zip(&keys) {
        // One that is being made or deleted has no configuration.
        let Some(tenant) = found.get::<Tenant>(key)? else { continue };
        rows.push(vec![id.as_str().to_owned(), tenant.name.clone(), tenant.issuer.as_str().to_owned()]);
        json.push(json!({ "id": id, "name": tenant.name, "issuer": tenant.issuer }));
    }
    let human = if rows.is_empty() {
        "no tenant yet: `admit init` makes the first".to_owned()
    } else {
        table(&["ID", "NAME", "ISSUER"], &rows)
    };
    out.answer(&Value::from(json), human);
    Ok(())
}

pub struct PlannedTenant {
    pub plan: Plan,
    pub dangers: Vec<DangerousChange>,
    /// What a specification advises against.
    pub warnings: Vec<String>,
}

/// Every file is read and every plan is made before anything is written.
async fn plan_all(target: &Target, files: &[PathBuf]) -> Result<Vec<PlannedTenant>, Failure> {
    let files = load_all(files)?;
    let mut planned = Vec::new();
    for file in &files {
        planned.push(plan_one(target, file).await?);
    }
    Ok(planned)
}

async fn plan_one(target: &Target, file: &TenantFile) -> Result<PlannedTenant, Failure> {
    let (before, items) = read(target, file).await?;
    let plan = Plan::new(&before, &items)?;
    let mut dangers = dangers(&before, &plan, items.users.len());
    if dangers.iter().any(|found| found.danger == Danger::Issuer) {
        // Only a grant that is alive makes another issuer harmful.
        let grants = ListOf::all(&plan.tenant.id, List::Grants);
        if !target.lists_any(grants, |grant: &Grant| grant.is_live(target.now())).await? {
            dangers.retain(|found| found.danger != Danger::Issuer);
        }
    }
    let warnings = warnings(&items).into_iter().chain(plan.by_command.iter().cloned()).collect();
    Ok(PlannedTenant { plan, dangers, warnings })
}

/// The tenant in the table and the items of the file, with the table's hash wherever the file has the same secret.
async fn read(target: &Target, file: &TenantFile) -> Result<(TenantInTable, TenantItems), Failure> {
    let base = target.base.as_deref();
    // A file without {base} needs no base.
    let base = match (base, file.needs_base()) {
        (Some(base), _) => base,
        (None, false) => "https://admit.invalid",
        (None, true) => target.base()?,
    };
    let id = tenant_id(file.id())?;
    let before = TenantInTable::read(&target.server.store, &id, &file.item_names(), target.now()).await?;
    before.is_free().map_err(ApplyError::from)?;
    let items = file.resolve_reusing(base, &before.stored_hashes())?;
    let issuer = &items.tenant.issuer;
    if !target.is_local() || (issuer.is_https() && !is_loopback(issuer.as_str())) {
        file.for_deployment(&items)?;
    }
    Ok((before, items))
}

async fn apply(target: &Target, out: &Out, files: &[PathBuf], allow: &[Danger]) -> Result<(), Failure> {
    let planned = plan_all(target, files).await?;
    if !out.json {
        answer(out, &planned, false);
    }
    let refused: Vec<String> = planned
        .iter()
        .flat_map(|planned| &planned.dangers)
        .filter(|found| !allow.contains(&found.danger))
        .map(|found| format!("{}\n  If that is meant: --allow {}", found.why, found.danger.as_str()))
        .collect();
    if !refused.is_empty() {
        return Err(Failure::refused(format!(
            "nothing was written, because this would lock people out:\n- {}",
            refused.join("\n- ")
        )));
    }
    confirm(out, &planned)?;
    for (done, one) in planned.iter().enumerate() {
        write(target, out, &one.plan).await.map_err(|failure| with_progress(failure, &planned, done))?;
    }
    audit_key::publish(target, out).await;
    match out.json {
        true => answer(out, &planned, true),
        false if planned.iter().all(|planned| planned.plan.is_empty()) => {}
        false => out.note("applied; the functions know it within 30 seconds"),
    }
    Ok(())
}

fn confirm(out: &Out, planned: &[PlannedTenant]) -> Result<(), Failure> {
    let changes = || planned.iter().flat_map(|planned| &planned.plan.changes);
    let removed: Vec<String> = changes()
        .filter(|change| change.how == ChangeKind::Removed && change.what != ChangedItem::ProviderSecret)
        .map(|change| format!("{} {}", change.what.as_str(), change.id))
        .collect();
    if !removed.is_empty() {
        out.confirm(&format!(
            "This removes {}, and ends all that was given to them or by them. Go on?",
            removed.join(", ")
        ))?;
    }
    let dangers: Vec<&str> = planned.iter().flat_map(|one| &one.dangers).map(|found| found.why.as_str()).collect();
    if !dangers.is_empty() {
        out.confirm(&format!("{}.\nGo on?", dangers.join(".\n")))?;
    }
    Ok(())
}

/// Adds which tenant failed, and where there are several, which are applied and which are not.
fn with_progress(failure: Failure, planned: &[PlannedTenant], done: usize) -> Failure {
    let ids: Vec<&str> = planned.iter().map(|one| one.plan.tenant.id.as_str()).collect();
    let (before, rest) = ids.split_at(done);
    let [at, after @ ..] = rest else { return failure };
    let mut message = format!("{at}: {}", failure.message);
    if !before.is_empty() {
        message += &format!("\nApplied: {}", before.join(", "));
    }
    if !after.is_empty() {
        message += &format!("\nNot tried: {}", after.join(", "));
    }
    failure.reworded(message)
}

/// Writes one tenant, and ends the access of users who are no longer in it.
pub async fn write(target: &Target, out: &Out, plan: &Plan) -> Result<(), Failure> {
    if plan.is_empty() {
        return Ok(());
    }
    for alg in &plan.missing_keys {
        out.progress(format!("making a signing key, {}", alg.as_str()));
    }
    let progress = |done, all| {
        if all > 1 {
            out.progress(format!("{done} of {all} transactions written"));
        }
    };
    let committed = commit(&target.server.store, &target.maker, plan, target.now(), progress).await;
    out.progress_ends();
    match committed {
        Ok(Commit::Done) => say_changes(target, plan),
        Ok(Commit::LostRace) => {
            return Err(Failure::failed(
                "somebody else changed this tenant at this moment; nothing was written. Plan again",
            ));
        }
        Err(failed) => {
            // Some of it is done, and the record says that it may be done in part.
            if matches!(failed, ApplyError::Interrupted { .. }) {
                say_changes(target, plan);
            }
            return Err(failed.into());
        }
    }
    if plan.ended.is_empty() && !plan.has_left_over() {
        return Ok(());
    }
    end_access(target, plan).await.map_err(|failure| {
        Failure::failed(format!(
            "the file is applied, and what people allowed who are no longer in it is refused from now on, but not all of it is \
             revoked one by one ({}). Apply the file again to finish",
            failure.message
        ))
    })
}

fn say_changes(target: &Target, plan: &Plan) {
    for change in &plan.changes {
        let how = match change.how {
            ChangeKind::Added => "added",
            ChangeKind::Changed => "changed",
            ChangeKind::Removed => "removed",
        };
        target.changed(&plan.tenant.id, format!("{how} {} {}", change.what.as_str(), change.id));
    }
    for alg in &plan.missing_keys {
        target.changed(&plan.tenant.id, format!("added signing key {}", alg.as_str()));
    }
}

/// Revokes what the plan has ended, and what an interrupted one had. The marks in the tenant's item end it already; once each grant
/// is revoked, they have done their work.
async fn end_access(target: &Target, plan: &Plan) -> Result<(), Failure> {
    let (id, store, now) = (&plan.tenant.id, &target.server.store, target.now());
    let there = store.find::<Tenant>(plan.tenant.key(), now).await?;
    let marks: Vec<EndedAccess> = there.into_iter().flat_map(|tenant| tenant.value.ended).collect();
    let mut done = Vec::new();
    for mark in marks {
        // The person of a grant that was left over may have come back since, and allowed something again.
        let until = (!plan.ended.contains(&mark.whose)).then_some(mark.at);
        let whose = match &mark.whose {
            AccessOf::Person(sub) => AllowedBy { sub, patient: None, until },
            AccessOf::PersonAt { sub, patient } => AllowedBy { sub, patient: Some(patient), until },
            AccessOf::Everybody | AccessOf::Client(_) => continue,
        };
        revoke_of_person(target, id, &whose).await?;
        done.push(mark);
    }
    // A lost race leaves the marks for the next apply.
    if let Some(tenant) = store.find::<Tenant>(plan.tenant.key(), target.now()).await?
        && let Some(write) = without(&tenant, &done)?
    {
        let _: Commit = store.commit(vec![write]).await?;
    }
    Ok(())
}

/// For `init`, which writes the first tenant in the same way.
pub async fn plan_of(target: &Target, file: &TenantFile) -> Result<Plan, Failure> {
    let (before, items) = read(target, file).await?;
    Ok(Plan::new(&before, &items)?)
}

fn answer(out: &Out, planned: &[PlannedTenant], applied: bool) {
    let json: Vec<Value> = planned
        .iter()
        .map(|PlannedTenant { plan, dangers, warnings }| {
            json!({
                "tenant": plan.tenant.id, "issuer": plan.tenant.issuer, "new": plan.is_new, "changes": plan.changes,
                "new_keys": plan.missing_keys, "dangers": dangers, "warnings": warnings, "applied": applied,
            })
        })
        .collect();
    let human: String = planned.iter().map(lines).collect();
    out.answer(&Value::from(json), human);
}

fn lines(PlannedTenant { plan, dangers, warnings }: &PlannedTenant) -> String {
    let tenant = &plan.tenant;
    let new = if plan.is_new { ", new" } else { "" };
    let mut text = format!("{} at {}{new}\n", tenant.id.as_str(), tenant.issuer.as_str());
    for change in &plan.changes {
        text += &change.lines();
    }
    for alg in &plan.missing_keys {
        text += &format!("+ signing key {}\n", SigningAlg::as_str(*alg));
    }
    for found in dangers {
        text += &format!("! {}\n", found.why);
    }
    for warning in warnings {
        text += &format!("warning: {warning}\n");
    }
    let count = |how| plan.changes.iter().filter(|change| change.how == how).count();
    let (added, changed, removed) = (count(ChangeKind::Added), count(ChangeKind::Changed), count(ChangeKind::Removed));
    text + &match plan.changes.is_empty() && plan.missing_keys.is_empty() {
        true => "nothing to change\n\n".to_owned(),
        false => format!("{added} to add, {changed} to change, {removed} to remove\n\n"),
    }
}
