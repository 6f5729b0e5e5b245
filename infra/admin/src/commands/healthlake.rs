//! `admit healthlake`: the input by which AWS HealthLake trusts a tenant. HealthLake's console can't set it.

use crate::{failure::Failure, out::Out, target::Target, tenant_file::is_loopback};
use rules::{oauth::metadata::smart_configuration, tenant::Tenant};
use serde_json::{Value, json};

#[derive(clap::Args, Debug)]
pub struct Healthlake {
    tenant: String,
    /// The data store's name. Default: the tenant's id
    #[arg(long)]
    name: Option<String>,
    /// The function `healthlake`, or an alias of it. Default: as the stack's outputs say
    #[arg(long, value_name = "ARN")]
    lambda_arn: Option<String>,
    /// HealthLake itself narrows user scopes to what the person's fhirUser may see
    #[arg(long)]
    fine_grained: bool,
    /// Scopes of SMART 1 alone
    #[arg(long)]
    v1: bool,
}

impl Healthlake {
    pub async fn run(self, target: &Target, out: &Out) -> Result<(), Failure> {
        let tenant = target.tenant(&self.tenant).await?;
        let arn = self.lambda_arn.clone().or_else(|| arn_of_stack(target)).ok_or_else(|| {
            Failure::usage("say which function HealthLake is to ask: --lambda-arn, or --stack, whose outputs say it")
        })?;
        if !(49..=256).contains(&arn.len()) || !arn.starts_with("arn:") || !arn.contains(":lambda:") {
            return Err(Failure::usage(format!("{arn} is not the ARN of a Lambda function")));
        }
        let input = self.input(&tenant, &arn);
        out.answer(&input, serde_json::to_string_pretty(&input).unwrap_or_default());
        for line in notes(&tenant) {
            out.note(line);
        }
        Ok(())
    }

    /// As `aws healthlake create-fhir-datastore --cli-input-json` takes it (HL-9).
    fn input(&self, tenant: &Tenant, arn: &str) -> Value {
        let strategy = if self.v1 { "SMART_ON_FHIR_V1" } else { "SMART_ON_FHIR" };
        json!({
            "DatastoreName": self.name.as_deref().unwrap_or(tenant.id.as_str()),
            "DatastoreTypeVersion": "R4",
            "IdentityProviderConfiguration": {
                "AuthorizationStrategy": strategy,
                "FineGrainedAuthorizationEnabled": self.fine_grained,
                "IdpLambdaArn": arn,
                // A text that holds JSON, not JSON.
                "Metadata": metadata(tenant, self.v1).to_string(),
            },
        })
    }
}

/// The data store publishes this as its own smart-configuration, so it holds only what the store can do: `launch/patient` is
/// the one launch scope it knows (HL-10).
fn metadata(tenant: &Tenant, v1: bool) -> Value {
    let mut document = smart_configuration(tenant);
    if let Some(members) = document.as_object_mut() {
        members.remove("management_endpoint");
        members.insert("issuer".to_owned(), json!(tenant.issuer.as_str()));
    }
    let keep = |list: &mut Value, wanted: &dyn Fn(&str) -> bool| {
        if let Some(list) = list.as_array_mut() {
            list.retain(|one| one.as_str().is_some_and(wanted));
        }
    };
    let is_v2 = |scope: &str| scope.rsplit('.').next().is_some_and(|last| !matches!(last, "read" | "write" | "*"));
    keep(&mut document["scopes_supported"], &|scope| {
        let of_launch = scope.starts_with("launch");
        (!of_launch || scope == "launch/patient") && !(v1 && scope.contains('/') && !of_launch && is_v2(scope))
    });
    keep(&mut document["capabilities"], &|capability| !(v1 && capability == "permission-v2"));
    document
}

fn arn_of_stack(target: &Target) -> Option<String> {
    let of_healthlake = |name: &str| name.to_lowercase().contains("healthlake");
    let found = target.outputs.iter().find(|(name, value)| of_healthlake(name) && value.contains(":lambda:"));
    found.map(|(_, value)| value.clone())
}

fn notes(tenant: &Tenant) -> Vec<String> {
    let mut notes = Vec::new();
    if !tenant.fhir_servers.iter().any(|server| server.url.contains("healthlake.")) {
        notes.push(
            "The data store's endpoint is known when it is there: make it the url of one of the [[fhir_servers]] then, and apply \
             the file. Until that, no token is for it."
                .to_owned(),
        );
    }
    let issuer = tenant.issuer.as_str();
    if !issuer.starts_with("https://") || is_loopback(issuer) {
        notes.push(format!(
            "The issuer is {issuer}, and nobody reaches that from a data store or by its smart-configuration: let the tenant have one on \
             https, at a name of the public DNS."
        ));
    }
    notes.push(
        "The function must exist before the data store, and let healthlake.amazonaws.com invoke it; the role that it names must \
         trust healthlake.amazonaws.com."
            .to_owned(),
    );
    notes
}
