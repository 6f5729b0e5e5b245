//! `admit doctor`: examines a tenant from outside, as an app does, and reports what would trouble one.

mod advertised;
mod check;
mod checks;
mod fapi;
mod resources;
mod round_trip;

use crate::{
    failure::{Exit, Failure},
    out::Out,
    tenant_file::is_loopback,
};
use check::{Check, ExaminedTenant, Verdict};
use checks::Documents;
use serde_json::{Value, json};
use std::{path::PathBuf, time::Duration};

#[derive(clap::Args, Debug)]
pub struct Doctor {
    /// The tenant's issuer, as in https://auth.example.org/clinic
    issuer: String,
    /// A page's origin that should be let in (CORS), as in https://app.example
    #[arg(long, value_name = "ORIGIN")]
    origin: Option<String>,
    /// A FHIR server that its tokens are for, as in https://fhir.example.org/r4: its metadata, and what it says to somebody without a
    /// token. Those that the tenant names itself are looked at anyway; may be given several times
    #[arg(long, value_name = "URL")]
    fhir: Vec<String>,
    /// Look too for what the FAPI 2.0 Security Profile forbids
    #[arg(long)]
    fapi2: bool,
    /// A backend client, for a whole way to a token
    #[arg(long, requires = "key")]
    client_id: Option<String>,
    /// Its private key, a JWK in a file
    #[arg(long, requires = "client_id", value_name = "FILE")]
    key: Option<PathBuf>,
    /// What it asks for
    #[arg(long, default_value = "system/*.rs")]
    scope: String,
}

impl Doctor {
    pub async fn run(self, out: &Out) -> Result<(), Failure> {
        let issuer = self.issuer.trim_end_matches('/').to_owned();
        if !issuer.starts_with("https://") && !issuer.starts_with("http://") {
            return Err(Failure::usage(format!("{issuer} is no issuer: https://host/tenant is expected")));
        }
        let mut http = reqwest::Client::builder()
            .timeout(Duration::from_secs(15))
            .redirect(reqwest::redirect::Policy::none())
            .user_agent("admit-doctor");
        if is_loopback(&issuer) {
            http = http.no_proxy();
        }
        let http = http.build().map_err(Failure::failed)?;
        let tenant = ExaminedTenant { issuer, http, now: server::Clock::System.now().0 };
        let mut found = Vec::new();
        let mut add = |checks: Vec<Check>| {
            if !out.json {
                checks.iter().for_each(|check| out.answer(&Value::Null, check.line()));
            }
            found.extend(checks);
        };
        add(vec![checks::transport(&tenant)]);
        let (discovery, documents) = checks::discovery(&tenant).await;
        add(discovery);
        if let Some(documents) = documents {
            let (keys, set) = checks::keys(&tenant, &documents).await;
            add(keys);
            add(checks::cors(&tenant, &documents, self.origin.as_deref()).await);
            add(checks::refusals(&tenant, &documents).await);
            add(vec![advertised::pushed_requests(&tenant, &documents).await]);
            add(vec![advertised::proofs(&tenant, &documents).await]);
            add(advertised::client_documents(&documents).into_iter().collect());
            for resource in self.fhir_servers(&documents) {
                add(resources::fhir_server(&tenant, &documents, &resource).await);
            }
            if self.fapi2 {
                add(vec![fapi::narrowing(&documents)]);
            }
            if let (Some(client_id), Some(key)) = (&self.client_id, &self.key) {
                let client = round_trip::BackendClient { client_id, key, scope: &self.scope };
                add(round_trip::round_trip(&tenant, &documents, set.as_ref(), &client).await);
            }
        }
        let count = |verdict| found.iter().filter(|check| check.verdict == verdict).count();
        let (wrong, doubtful) = (count(Verdict::Wrong), count(Verdict::Doubtful));
        let summary = format!("\n{} good, {doubtful} doubtful, {wrong} wrong", count(Verdict::Good));
        out.answer(&json!({ "issuer": tenant.issuer, "checks": found, "healthy": wrong == 0 }), summary);
        if wrong == 0 { Ok(()) } else { Err(Failure::silent(Exit::Failed)) }
    }

    /// Those of the command line, and those that the tenant names.
    fn fhir_servers(&self, documents: &Documents) -> Vec<String> {
        let named = advertised::texts(&documents.authorization_server["protected_resources"]);
        let given = self.fhir.iter().map(String::as_str);
        let mut all: Vec<String> = Vec::new();
        for url in given.chain(named) {
            if !all.iter().any(|other| other == url) {
                all.push(url.to_owned());
            }
        }
        all
    }
}
