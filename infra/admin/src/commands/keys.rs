//! `admit keys`: shows a tenant's signing keys, and replaces them.

use crate::{
    end_access::end,
    failure::Failure,
    out::{Out, moment, table},
    target::{OperatorAction, Target},
};
use rules::{
    signing_keys::{
        Custody, KeyState, SigningKeyRecord,
        rotation::{LEAST_PUBLISHED, Urgency},
    },
    tenant::{AccessOf, TenantId},
};
use serde_json::{Value, json};
use server::{keys::rotate::rotate, store::Versioned};
use std::time::Duration;

#[derive(clap::Subcommand, Debug)]
pub enum Keys {
    /// Shows the keys, their states, and where they are
    Show { tenant: String },
    /// Rotates the keys that are due, as the hourly schedule does
    Rotate {
        tenant: String,
        /// Makes new keys although the old ones are not due: published now, used when every verifier can have them
        #[arg(long, conflicts_with = "compromised")]
        now: bool,
        /// The old keys are no longer trusted: new ones sign at once, and everything given before ends: access
        /// tokens, JWTs and opaque ones, refresh tokens and codes
        #[arg(long)]
        compromised: bool,
        /// With --now: don't wait the six and a half minutes until the new keys can be used
        #[arg(long, requires = "now")]
        no_wait: bool,
    },
}

impl Keys {
    pub fn operation(&self) -> Option<OperatorAction> {
        match self {
            Keys::Rotate { tenant, compromised: true, .. } => {
                OperatorAction::new(tenant, "keys rotate --compromised", "")
            }
            Keys::Rotate { tenant, now: true, .. } => OperatorAction::new(tenant, "keys rotate --now", ""),
            Keys::Rotate { tenant, .. } => OperatorAction::new(tenant, "keys rotate", ""),
            Keys::Show { .. } => None,
        }
    }

    pub async fn run(self, target: &Target, out: &Out) -> Result<(), Failure> {
        match self {
            Keys::Show { tenant } => show(target, out, &target.tenant(&tenant).await?.id, &[]).await,
            Keys::Rotate { tenant, now, compromised, no_wait } => {
                let record = target.tenant(&tenant).await?;
                let tenant = record.id.clone();
                let urgency = match (now, compromised) {
                    (_, true) => Urgency::Compromised,
                    (true, false) => Urgency::Soon,
                    (false, false) => Urgency::OnSchedule,
                };
                if urgency == Urgency::Compromised {
                    out.confirm(&format!(
                        "Every token that {} has issued dies within 30 seconds, refresh tokens too: people must let their apps in \
                         again. Clients that keep its JWKS refuse the new ones for up to five minutes. Go on?",
                        tenant.as_str()
                    ))?;
                    // What no key has signed, opaque tokens and grants, would outlive the keys.
                    end(target, &record, AccessOf::Everybody).await?;
                }
                let mut done = rotate(&target.server.store, &target.maker, &tenant, urgency, target.now()).await?;
                if urgency == Urgency::Soon && !no_wait && !done.is_empty() {
                    wait(out).await;
                    done.extend(rotate(&target.server.store, &target.maker, &tenant, urgency, target.now()).await?);
                }
                if no_wait {
                    out.note(format!("Run this again in {LEAST_PUBLISHED} seconds: then the new keys can be used."));
                }
                for step in &done {
                    target.changed(&tenant, step.clone());
                }
                show(target, out, &tenant, &done).await
            }
        }
    }
}

async fn wait(out: &Out) {
    for left in (1..=LEAST_PUBLISHED).rev() {
        out.progress(format!("published; every verifier can have the new keys in {left} s"));
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    out.progress_ends();
}

async fn show(target: &Target, out: &Out, tenant: &TenantId, done: &[String]) -> Result<(), Failure> {
    let (_, mut keys) = target.server.store.tenant_with_keys(tenant, target.now()).await?;
    keys.sort_by(|a, b| (a.alg.as_str(), a.since).cmp(&(b.alg.as_str(), b.since)));
    let rows: Vec<Vec<String>> = keys.iter().map(row).collect();
    let json: Vec<Value> = keys
        .iter()
        .map(|key| json!({ "kid": key.public.kid, "alg": key.alg, "state": key.state, "since": key.since, "where": custody(key) }))
        .collect();
    let mut human = done.iter().map(|step| format!("{step}\n")).collect::<String>();
    human += &table(&["KID", "ALG", "STATE", "SINCE", "WHERE"], &rows);
    out.answer(&json!({ "done": done, "keys": json }), human);
    Ok(())
}

fn row(key: &Versioned<SigningKeyRecord>) -> Vec<String> {
    let state = match key.state {
        KeyState::Published => "published",
        KeyState::Active => "signs",
        KeyState::Retiring => "retiring",
    };
    vec![key.public.kid.clone(), key.alg.as_str().to_owned(), state.to_owned(), moment(key.since), custody(key)]
}

fn custody(key: &SigningKeyRecord) -> String {
    match &key.custody {
        Custody::Kms { key_id } => key_id.clone(),
        Custody::Sealed { sealing_key, .. } => format!("the table, sealed by {sealing_key}"),
        Custody::InTable { .. } => "the table".to_owned(),
    }
}
