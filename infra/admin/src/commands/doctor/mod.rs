//! `admit doctor`: examines a tenant from outside, as an app does, and reports what would trouble one.

mod check;
mod checks;
mod round_trip;

use crate::{
    failure::{Exit, Failure},
    out::Out,
    tenant_file::is_loopback,
};
use check::{Check, ExaminedTenant, Verdict};
use serde_json::{Value, json};
use std::{path::PathBuf, time::Duration};

#[derive(clap::Args, Debug)]
pub struct Doctor {
    /// The tenant's issuer, as in https://auth.example.org/clinic
    issuer: String,
    /// A page's origin that should be let in (CORS), as in https://app.example
    #[arg(long, value_name = "ORIGIN")]
    origin: Option<String>,
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
}
