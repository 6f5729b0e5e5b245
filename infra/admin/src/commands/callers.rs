//! `admit ehr` and `admit fhir-server`: the secrets by which they call this server, replaced as clients' are. What a command made
//! stays until the tenant file says something new.

use super::new_secret::put_new;
use crate::{
    failure::Failure,
    out::Out,
    plan::{AppliedItem, AppliedKind},
    target::{OperatorAction, Target},
};
use rules::{secret::ChosenSecretHash, tenant::Tenant};
use serde_json::json;
use server::store::{Item, Versioned, Write};

#[derive(clap::Subcommand, Debug)]
pub enum Callers {
    /// Makes a new secret and shows it once. The previous one stays good until `forget-secrets`
    RotateSecret {
        #[command(flatten)]
        name: CallerName,
        /// The old secrets end at once
        #[arg(long)]
        only: bool,
    },
    /// Removes all secrets except the newest
    ForgetSecrets(CallerName),
}

#[derive(clap::Args, Debug)]
pub struct CallerName {
    tenant: String,
    /// As the tenant file has it
    name: String,
}

/// Who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    Ehr,
    /// Or a resource before one.
    FhirServer,
}

impl Caller {
    fn as_str(self) -> &'static str {
        match self {
            Caller::Ehr => "EHR",
            Caller::FhirServer => "FHIR server or resource",
        }
    }

    fn kind(self) -> AppliedKind {
        match self {
            Caller::Ehr => AppliedKind::Ehr,
            Caller::FhirServer => AppliedKind::FhirServer,
        }
    }

    fn secrets<'t>(self, tenant: &'t mut Tenant, name: &str) -> Option<&'t mut Vec<ChosenSecretHash>> {
        match self {
            Caller::Ehr => tenant.ehrs.iter_mut().find(|ehr| ehr.name == name).map(|ehr| &mut ehr.secrets),
            Caller::FhirServer => {
                let Tenant { fhir_servers, resources, .. } = tenant;
                let servers = fhir_servers.iter_mut().map(|server| (&server.name, &mut server.secrets));
                let resources = resources.iter_mut().map(|resource| (&resource.name, &mut resource.secrets));
                servers.chain(resources).find(|(own, _)| *own == name).map(|(_, secrets)| secrets)
            }
        }
    }
}

impl Callers {
    pub fn operation(&self, caller: Caller) -> Option<OperatorAction> {
        let of = |name: &CallerName, commands: [&'static str; 2]| {
            let [ehr, server] = commands;
            OperatorAction::new(&name.tenant, if caller == Caller::Ehr { ehr } else { server }, &name.name)
        };
        match self {
            Callers::RotateSecret { name, only: false } => of(name, ["ehr rotate-secret", "fhir-server rotate-secret"]),
            Callers::RotateSecret { name, only: true } => {
                of(name, ["ehr rotate-secret --only", "fhir-server rotate-secret --only"])
            }
            Callers::ForgetSecrets(name) => of(name, ["ehr forget-secrets", "fhir-server forget-secrets"]),
        }
    }

    pub async fn run(self, caller: Caller, target: &Target, out: &Out) -> Result<(), Failure> {
        match self {
            Callers::RotateSecret { name, only } => rotate(target, out, caller, &name, only).await,
            Callers::ForgetSecrets(name) => forget(target, out, caller, &name).await,
        }
    }
}

async fn rotate(target: &Target, out: &Out, caller: Caller, of: &CallerName, only: bool) -> Result<(), Failure> {
    let there = target.tenant_item(&of.tenant).await?;
    let mut tenant = there.value.clone();
    let secrets = caller.secrets(&mut tenant, &of.name).ok_or_else(|| nobody(caller, of))?;
    if only && !secrets.is_empty() {
        out.confirm(&format!("{} is refused from now on, until it has the new secret. Go on?", of.name))?;
    }
    let before = secrets.clone();
    let secret = put_new(secrets, only)?;
    write(target, caller, of, &there, &tenant, before).await?;
    out.answer(&json!({ "name": of.name, "secret": secret.expose() }), secret.expose());
    if !only {
        let command = if caller == Caller::Ehr { "ehr" } else { "fhir-server" };
        out.note(format!(
            "Shown this once. The one before it is good until `admit {command} forget-secrets {} {}`.",
            of.tenant, of.name
        ));
    }
    Ok(())
}

async fn forget(target: &Target, out: &Out, caller: Caller, of: &CallerName) -> Result<(), Failure> {
    let there = target.tenant_item(&of.tenant).await?;
    let mut tenant = there.value.clone();
    let secrets = caller.secrets(&mut tenant, &of.name).ok_or_else(|| nobody(caller, of))?;
    let (before, many) = (secrets.clone(), secrets.len());
    if many < 2 {
        out.answer(&json!({ "forgotten": 0 }), "it has no more than one secret");
        return Ok(());
    }
    out.confirm(&format!("All secrets of {} but the newest end now. Go on?", of.name))?;
    secrets.truncate(1);
    write(target, caller, of, &there, &tenant, before).await?;
    out.answer(&json!({ "forgotten": many - 1 }), format!("{} forgotten", many - 1));
    Ok(())
}

/// With what the file had, if this is the first change since: as long as it says the same, what is written here stays.
async fn write(
    target: &Target,
    caller: Caller,
    of: &CallerName,
    there: &Versioned<Tenant>,
    next: &Tenant,
    before: Vec<ChosenSecretHash>,
) -> Result<(), Failure> {
    let line = AppliedItem {
        tenant: next.id.clone(),
        kind: caller.kind(),
        id: of.name.clone(),
        secrets: before,
        set_since: None,
    };
    let mut writes = vec![Write::update(there, next)?];
    if target.server.store.find::<AppliedItem>(line.key(), target.now()).await?.is_none() {
        writes.push(Write::create(&line)?);
    }
    target.write(writes).await
}

fn nobody(caller: Caller, of: &CallerName) -> Failure {
    Failure::failed(format!("{} has no {} {}", of.tenant, caller.as_str(), of.name))
}
