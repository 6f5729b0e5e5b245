//! `admit init`: a stack's first tenant, from nothing to a backend client that can get a token.

use super::{
    client::{jwks_line, make_key},
    tenant,
};
use crate::{
    failure::Failure,
    out::Out,
    plan::Plan,
    target::{OperatorAction, Target, TargetOptions, audit_key, tenant_id},
    tenant_file,
};
use rules::tenant::SigningAlg;
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
};

#[derive(clap::Args, Debug)]
pub struct Init {
    /// The tenant's id and path segment, which can never change
    tenant: String,
    /// What people read on the pages
    #[arg(long)]
    name: String,
    /// The base URL of the FHIR server that its tokens open
    #[arg(long, value_name = "URL")]
    fhir_server: Option<String>,
    /// Where the tenant file and the client's private key go
    #[arg(long, default_value = ".", value_name = "FOLDER")]
    dir: PathBuf,
    /// Also makes the table, for an emulator; on AWS the stack makes it
    #[arg(long)]
    create_table: bool,
}

impl Init {
    pub fn operation(&self) -> Option<OperatorAction> {
        OperatorAction::new(&self.tenant, "init", &self.tenant)
    }

    pub async fn run(self, target: &Target, options: &TargetOptions, out: &Out) -> Result<(), Failure> {
        let id = tenant_id(&self.tenant)?;
        if self.create_table {
            if !options.endpoint.as_deref().is_some_and(tenant_file::is_loopback) {
                return Err(Failure::usage("--create-table is for an emulator on this machine, named by --endpoint"));
            }
            let made = server::store::table::create(&target.dynamodb, &target.table).await;
            made.map_err(|error| Failure::failed(format!("the table can't be made: {error}")))?;
        }
        let base = target.base()?.to_owned();
        let (there, _) = target.server.store.tenant_with_keys(&id, target.now()).await?;
        if there.is_some() {
            return Err(Failure::refused(format!(
                "there is a tenant {} already: change it with `admit tenant apply`",
                self.tenant
            )));
        }
        let file = self.dir.join(format!("{}.toml", self.tenant));
        let key = self.dir.join(format!("{}-backend.key.json", self.tenant));
        if let Some(exists) = [&file, &key].into_iter().find(|path| path.exists()) {
            return Err(Failure::refused(format!("{} exists already: move it away, or say --dir", exists.display())));
        }
        let public = make_key(&key, SigningAlg::ES384)?;
        let text = self.text(&jwks_line(&public));
        let planned = async {
            let parsed = tenant_file::parse(&file.display().to_string(), &text)?;
            // A wrong base shows here, before anything is written.
            let plan = tenant::plan_of(target, &parsed).await?;
            fs::write(&file, &text).map_err(|error| Failure::failed(format!("{}: {error}", file.display())))?;
            Ok::<Plan, Failure>(plan)
        };
        let plan = match planned.await {
            Ok(plan) => plan,
            Err(failure) => {
                // A second try finds nothing in its way.
                let _ = fs::remove_file(&key);
                let _ = fs::remove_file(&file);
                return Err(failure);
            }
        };
        // From here on the table may have it although no answer says so, and the key would be lost with its file.
        tenant::write(target, out, &plan).await.map_err(|failure| {
            let (why, file, key) = (&failure.message, file.display(), key.display());
            let message =
                format!("{why}\n{file} and {key} are written. When that is mended: admit tenant apply {file}");
            failure.reworded(message)
        })?;
        audit_key::publish(target, out).await;
        let issuer = plan.tenant.issuer.as_str();
        self.answer(out, issuer, &base, &file, &key);
        Ok(())
    }

    fn text(&self, jwks: &str) -> String {
        let (id, quoted) = (&self.tenant, |text: &str| toml::Value::from(text).to_string());
        let fhir = match &self.fhir_server {
            Some(url) => format!("\n[[fhir_servers]]\nname = \"{id}-fhir\"\nurl = {}\n", quoted(url)),
            None => String::new(),
        };
        format!(
            "# What can be written here: infra/tenant-file.md. `admit tenant plan` says what a change would do, `apply` does it.\n\
             id = \"{id}\"\nname = {}\n{fhir}\n\
             # A backend service: it proves itself with the key in {id}-backend.key.json.\n\
             [[clients]]\nclient_id = \"backend\"\nclient_name = \"Backend service\"\n\
             token_endpoint_auth_method = \"private_key_jwt\"\ngrant_types = [\"client_credentials\"]\n\
             scope = \"system/*.rs\"\njwks = {jwks}\n",
            quoted(&self.name),
        )
    }

    fn answer(&self, out: &Out, issuer: &str, base: &str, file: &Path, key: &Path) {
        let (file, key) = (file.display().to_string(), key.display().to_string());
        let human = format!(
            "{issuer} is there, with a backend client\n\n  \
             {file}   what the tenant is; keep it in version control\n  \
             {key}   the client's private key; keep it out\n\n\
             In 30 seconds at the latest it answers. Try:\n\n  \
             admit doctor {issuer} --client-id backend --key {key}\n"
        );
        let json = json!({ "issuer": issuer, "base": base, "file": file, "key": key, "client_id": "backend" });
        out.answer(&json, human);
    }
}
