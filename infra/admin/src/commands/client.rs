//! `admit client`: what a file does not say about an app: its live secrets, and whether it is switched off.

use crate::{
    applied::{secrets, secrets_mut},
    failure::Failure,
    out::{Out, table},
    place::Place,
    scan,
};
use rules::{
    client::{Client, ClientAuthentication, RegisteredKeys},
    secret::{ChosenSecretHash, Secret},
    signing_keys::{Custody, in_process::generate},
    tenant::{SigningAlg, TenantId},
    time::Timestamp,
};
use serde_json::{Value, json};
use server::store::{Commit, Versioned, Write, schema};
use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

#[derive(clap::Subcommand, Debug)]
pub enum Clients {
    /// All of a tenant
    List { tenant: String },
    /// One, with everything but its secrets
    Show { tenant: String, client_id: String },
    /// Makes a new secret and shows it, this once. The last one stays good until `forget-secrets`
    RotateSecret {
        tenant: String,
        client_id: String,
        /// The old ones are good no longer, from now on
        #[arg(long)]
        only: bool,
    },
    /// Ends all secrets but the newest
    ForgetSecrets { tenant: String, client_id: String },
    /// Switches it off: it gets no tokens, and nobody can open it. `enable` undoes it
    Disable { tenant: String, client_id: String },
    /// Switches it on again
    Enable { tenant: String, client_id: String },
    /// Makes a key pair for a client: the private key into a file, the public one for the tenant file on the screen
    Key(NewKey),
}

#[derive(clap::Args, Debug)]
pub struct NewKey {
    /// The file for the private key, a JWK; it must not exist
    file: PathBuf,
    #[arg(long, default_value = "ES384", value_parser = ["ES384", "ES256"])]
    alg: String,
}

impl Clients {
    pub async fn run(self, place: &Place, out: &Out) -> Result<(), Failure> {
        match self {
            Clients::List { tenant } => list(place, out, &place.tenant(&tenant).await?.id).await,
            Clients::Show { tenant, client_id } => show(place, out, (&tenant, &client_id)).await,
            Clients::RotateSecret { tenant, client_id, only } => rotate(place, out, (&tenant, &client_id), only).await,
            Clients::ForgetSecrets { tenant, client_id } => forget(place, out, (&tenant, &client_id)).await,
            Clients::Disable { tenant, client_id } => switch(place, out, (&tenant, &client_id), true).await,
            Clients::Enable { tenant, client_id } => switch(place, out, (&tenant, &client_id), false).await,
            Clients::Key(command) => command.run(out),
        }
    }
}

async fn list(place: &Place, out: &Out, tenant: &TenantId) -> Result<(), Failure> {
    let mut found = scan::all::<Client>(place, out, tenant, "CLIENT", |_| false).await?;
    found.sort_by(|a, b| a.client_id.cmp(&b.client_id));
    let state = |client: &Client| if client.disabled { "off" } else { "on" };
    let row = |client: &Versioned<Client>| {
        let scope = client.scope.to_string();
        vec![client.client_id.clone(), client.client_name.clone(), proof(client), state(client).to_owned(), scope]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    let json: Vec<Value> = found.iter().map(|client| public(client)).collect();
    out.answer(&Value::from(json), table(&["CLIENT", "NAME", "PROVES ITSELF BY", "STATE", "SCOPE"], &rows));
    Ok(())
}

fn proof(client: &Client) -> String {
    match &client.authentication {
        ClientAuthentication::None => "nothing (public)".to_owned(),
        ClientAuthentication::ClientSecretBasic { secrets } => format!("secret ({})", secrets.len()),
        ClientAuthentication::ClientSecretPost { secrets } => format!("secret, in the form ({})", secrets.len()),
        ClientAuthentication::PrivateKeyJwt { keys: RegisteredKeys::Jwks(set) } => format!("key ({})", set.keys.len()),
        ClientAuthentication::PrivateKeyJwt { keys: RegisteredKeys::JwksUri(url) } => format!("keys at {url}"),
    }
}

/// As the table has it, with the number of its secrets in place of their hashes.
fn public(client: &Client) -> Value {
    let mut json = serde_json::to_value(client).unwrap_or_default();
    for method in ["client_secret_basic", "client_secret_post"] {
        if let Some(secrets) = json.pointer_mut(&format!("/authentication/{method}/secrets")) {
            *secrets = json!(self::secrets(client).len());
        }
    }
    json
}

async fn show(place: &Place, out: &Out, name: (&str, &str)) -> Result<(), Failure> {
    let client = find(place, name).await?;
    let json = public(&client);
    let human = serde_json::to_string_pretty(&json).unwrap_or_default();
    out.answer(&json, human);
    Ok(())
}

async fn rotate(place: &Place, out: &Out, name: (&str, &str), only: bool) -> Result<(), Failure> {
    let there = find(place, name).await?;
    if only {
        out.confirm(&format!("{} can't get tokens from now on, until it has the new secret. Go on?", name.1))?;
    }
    let secret = Secret::random();
    let hash = ChosenSecretHash::of_client_secret(secret.expose()).map_err(|_| Failure::failed("hashing failed"))?;
    let mut client = there.value.clone();
    let kept = secrets_mut(&mut client)
        .ok_or_else(|| Failure::usage(format!("{} has no secret: it proves itself by {}", name.1, proof(&there))))?;
    kept.insert(0, hash);
    kept.truncate(if only { 1 } else { 2 });
    write(place, &there, &client).await?;
    out.answer(&json!({ "client_id": name.1, "client_secret": secret.expose() }), secret.expose());
    match only {
        true => {}
        false => out.note(format!(
            "Shown this once. The one before it is good until `admit client forget-secrets {} {}`.",
            name.0, name.1
        )),
    }
    Ok(())
}

async fn forget(place: &Place, out: &Out, name: (&str, &str)) -> Result<(), Failure> {
    let there = find(place, name).await?;
    let mut client = there.value.clone();
    let many = secrets(&client).len();
    if many < 2 {
        out.answer(&json!({ "forgotten": 0 }), "it has no more than one secret");
        return Ok(());
    }
    out.confirm(&format!("All secrets of {} but the newest end now. Go on?", name.1))?;
    if let Some(kept) = secrets_mut(&mut client) {
        kept.truncate(1);
    }
    write(place, &there, &client).await?;
    out.answer(&json!({ "forgotten": many - 1 }), format!("{} forgotten", many - 1));
    Ok(())
}

async fn switch(place: &Place, out: &Out, name: (&str, &str), disabled: bool) -> Result<(), Failure> {
    let there = find(place, name).await?;
    if disabled && !there.disabled {
        out.confirm(&format!("{} gets no tokens any more, until you enable it. Go on?", name.1))?;
    }
    write(place, &there, &Client { disabled, ..there.value.clone() }).await?;
    let state = if disabled { "off" } else { "on" };
    out.answer(&json!({ "client_id": name.1, "disabled": disabled }), format!("{} is switched {state}", name.1));
    if disabled {
        out.note(format!(
            "What it has may last as long as an access token does. To end that too: `admit grants revoke {} --client {}`.",
            name.0, name.1
        ));
    }
    Ok(())
}

async fn find(place: &Place, (tenant, client_id): (&str, &str)) -> Result<Versioned<Client>, Failure> {
    let tenant = place.tenant(tenant).await?.id;
    let found = place.server.store.find::<Client>(schema::client(&tenant, client_id), place.now()).await?;
    found.ok_or_else(|| Failure::failed(format!("{} has no client {client_id}", tenant.as_str())))
}

async fn write(place: &Place, there: &Versioned<Client>, next: &Client) -> Result<(), Failure> {
    match place.server.store.commit(vec![Write::update(there, next)?]).await? {
        Commit::Done => Ok(()),
        Commit::LostRace => Err(Failure::failed("somebody else changed it at this moment; nothing was written")),
    }
}

impl NewKey {
    pub fn run(self, out: &Out) -> Result<(), Failure> {
        let alg = if self.alg == "ES256" { SigningAlg::ES256 } else { SigningAlg::ES384 };
        let public = make_key(&self.file, alg)?;
        out.answer(&json!({ "keys": [public] }), format!("jwks = {}", inline(&public)));
        out.note(format!("The private key is in {}: keep it where only the client can read it.", self.file.display()));
        Ok(())
    }
}

/// Makes a key pair, and keeps its private half in this new file, for its owner's eyes alone.
pub fn make_key(file: &Path, alg: SigningAlg) -> Result<Value, Failure> {
    let unusable = || Failure::failed("no key could be made");
    let nobody = TenantId::parse("client").ok_or_else(unusable)?;
    let made = generate(&nobody, alg, Timestamp(0)).map_err(|_| unusable())?;
    let public = serde_json::to_value(&made.public).map_err(Failure::failed)?;
    let Custody::InTable { pkcs8 } = &made.custody else { return Err(unusable()) };
    let mut private = public.clone();
    private["d"] = crate::private_key::private_number(alg, pkcs8).ok_or_else(unusable)?.into();
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Failure::refused(format!("{} exists already: move it away, or name another file", file.display()))
        }
        _ => Failure::failed(format!("{}: {error}", file.display())),
    };
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let text = serde_json::to_string_pretty(&private).map_err(Failure::failed)?;
    options.open(file).and_then(|mut file| file.write_all(format!("{text}\n").as_bytes())).map_err(failed)?;
    Ok(public)
}

/// As a tenant file has it, on one line.
pub fn inline(public: &Value) -> String {
    let members = public.as_object().into_iter().flatten();
    let members: Vec<String> = members.map(|(name, value)| format!("{name} = {value}")).collect();
    format!("{{ keys = [ {{ {} }} ] }}", members.join(", "))
}
