//! `admit tenant export`: writes a tenant as the file that would make it, and names what no file holds.

use crate::{
    failure::Failure,
    out::Out,
    plan::TenantInTable,
    target::Target,
    tenant_file::{ItemNames, TenantItems, export::text},
};
use rules::{client::Client, credentials::Credentials, user::User};
use serde_json::json;
use server::store::{List, ListOf};
use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

pub async fn export(
    target: &Target,
    out: &Out,
    tenant: &str,
    file: Option<PathBuf>,
    with_provider_secrets: bool,
) -> Result<(), Failure> {
    let found = target.tenant(tenant).await?;
    let clients = target.listed::<Client>(ListOf::all(&found.id, List::Clients)).await?;
    let users = target.listed::<User>(ListOf::all(&found.id, List::Users)).await?;
    let provider_secrets = match with_provider_secrets {
        true => {
            let before =
                TenantInTable::read(&target.server.store, &found.id, &ItemNames::default(), target.now()).await?;
            before.provider_secrets.into_values().map(|secret| secret.value).collect()
        }
        false => Vec::new(),
    };
    let items = TenantItems {
        tenant: found,
        clients: clients.into_iter().map(|client| client.value).collect(),
        users: users.into_iter().map(|user| user.value).collect(),
        provider_secrets,
    };
    let left_out = left_out(target, &items).await?;
    let text = text(&items).map_err(Failure::failed)?;
    match &file {
        Some(file) => {
            if file.exists() {
                out.confirm(&format!("{} exists. Write over it?", file.display()))?;
            }
            write_private(file, &text).map_err(|error| Failure::failed(format!("{}: {error}", file.display())))?;
            let written = format!("written to {}", file.display());
            out.answer(&json!({ "written": file, "left_out": left_out }), written);
        }
        None => out.answer(&json!({ "file": text, "left_out": left_out }), &text),
    }
    for line in &left_out {
        out.note(format!("Not in the file: {line}"));
    }
    Ok(())
}

/// The things that another table would lack. Second factors are secrets that authenticators and the table share, so they don't leave.
async fn left_out(target: &Target, items: &TenantItems) -> Result<Vec<String>, Failure> {
    let mut lines = Vec::new();
    let tenant = &items.tenant;
    let own = target.listed::<Credentials>(ListOf::all(&tenant.id, List::Credentials)).await?;
    let factors = own.iter().filter(|one| one.has_second_factor()).count();
    let passwords = own.iter().filter(|one| one.password.is_some()).count();
    if factors > 0 {
        lines.push(format!(
            "authenticator apps, passkeys and recovery codes of {factors} people. They stay in this table, whatever is \
             applied to it; in another, those people sign in by password alone and set up theirs again"
        ));
    }
    if passwords > 0 {
        lines.push(format!(
            "passwords that {passwords} people have chosen themselves. In another table those in the file count"
        ));
    }
    let off: Vec<&str> = items.clients.iter().filter(|client| client.disabled).map(|c| c.client_id.as_str()).collect();
    if !off.is_empty() {
        lines.push(format!("that clients are switched off: {}. In another table they are on", off.join(", ")));
    }
    let with_secret = tenant.identity_providers.iter().filter(|one| one.authentication.needs_secret());
    let providers: Vec<&str> = with_secret.map(|one| one.id.as_str()).collect();
    if items.provider_secrets.is_empty() && !providers.is_empty() {
        lines.push(format!(
            "client_secret of the identity providers {}, without which the file can't be applied: --with-provider-secrets \
             writes them",
            providers.join(", ")
        ));
    }
    Ok(lines)
}

/// Writes a file that only its owner can read, since it holds hashes of passwords.
fn write_private(file: &Path, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(text.as_bytes())
}
