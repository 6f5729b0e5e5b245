//! `admit provider`: the secret that an identity provider gave this server. The provider makes it, so it is read and not made.

use super::user::read_secret;
use crate::{
    failure::Failure,
    out::Out,
    plan::{AppliedItem, AppliedKind},
    target::{OperatorAction, Target},
};
use rules::{
    identity_provider::secret::{ProviderSecret, StoredSecret},
    secret::{ChosenSecretHash, Secret},
};
use serde_json::json;
use server::store::{Item, Versioned, Write, schema};

#[derive(clap::Subcommand, Debug)]
pub enum Providers {
    /// Reads a new secret from standard input. It stays until the secret in the tenant file changes
    SetSecret {
        tenant: String,
        /// The provider's id, as the tenant file has it
        provider: String,
    },
}

impl Providers {
    pub fn operation(&self) -> Option<OperatorAction> {
        let Providers::SetSecret { tenant, provider } = self;
        OperatorAction::new(tenant, "provider set-secret", provider)
    }

    pub async fn run(self, target: &Target, out: &Out) -> Result<(), Failure> {
        let Providers::SetSecret { tenant, provider } = self;
        set_secret(target, out, &tenant, &provider).await
    }
}

async fn set_secret(target: &Target, out: &Out, tenant: &str, provider: &str) -> Result<(), Failure> {
    let (tenant, store) = (target.tenant(tenant).await?, &target.server.store);
    let known = tenant.identity_providers.iter().find(|one| one.id == provider);
    let known = known.filter(|one| one.authentication.needs_secret()).ok_or_else(|| {
        Failure::failed(format!("{} has no identity provider {provider} that gave it a secret", tenant.id.as_str()))
    })?;
    let secret = read_secret(out, "Secret:")?;
    if secret.is_empty() {
        return Err(Failure::usage("an empty secret"));
    }
    let key = schema::provider_secret(&tenant.id, &known.id);
    let there: Option<Versioned<ProviderSecret>> = store.find(key, target.now()).await?;
    let next = ProviderSecret {
        tenant: tenant.id.clone(),
        provider: known.id.clone(),
        secret: StoredSecret(Secret::new(secret)),
    };
    let mut writes = vec![match &there {
        Some(there) => Write::update(there, &next)?,
        None => Write::create(&next)?,
    }];
    let hash = |one: &Versioned<ProviderSecret>| ChosenSecretHash::of_client_secret(one.secret.0.expose());
    let secrets = there.iter().map(hash).collect::<Result<_, _>>().map_err(|_| Failure::failed("hashing failed"))?;
    let line = AppliedItem {
        tenant: tenant.id.clone(),
        kind: AppliedKind::Provider,
        id: known.id.clone(),
        secrets,
        set_since: None,
    };
    if store.find::<AppliedItem>(line.key(), target.now()).await?.is_none() {
        writes.push(Write::create(&line)?);
    }
    target.write(writes).await?;
    out.answer(&json!({ "provider": provider }), "the secret is set");
    Ok(())
}
