//! `admit client`: what a file does not say about an app: its live secrets, and whether it is switched off.

use super::{
    new_secret::put_new,
    registered::{Settings, put_client},
};
use crate::{
    end_access::end,
    failure::Failure,
    out::{Out, table},
    private_key::{NewPair, new_pair},
    target::{OperatorAction, Target},
    tenant_file::{client_secrets, client_secrets_mut},
};
use rules::{
    client::{
        Client, ClientAuthentication, RegisteredKeys,
        document::described::{is_switched_off, to_switch_off},
    },
    secret::Secret,
    tenant::{AccessOf, SigningAlg, Tenant, TenantId},
    user::User,
};
use serde_json::{Value, json};
use server::store::{List, ListOf, Versioned, Write, schema};
use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

#[derive(clap::Subcommand, Debug)]
pub enum Clients {
    /// Lists a tenant's clients
    List { tenant: String },
    /// Shows one, without its secrets
    Show(ClientName),
    /// Adds a client without the tenant file; `tenant apply` leaves it alone until a file names it
    Add {
        #[command(flatten)]
        name: ClientName,
        #[command(flatten)]
        settings: Settings,
    },
    /// Changes a client's settings. If a file has brought the client, the next `tenant apply` undoes the change, and
    /// says so
    Set {
        #[command(flatten)]
        name: ClientName,
        #[command(flatten)]
        settings: Settings,
    },
    /// Makes a new secret and shows it once. The previous one stays good until `forget-secrets`
    RotateSecret {
        #[command(flatten)]
        name: ClientName,
        /// The old secrets end at once
        #[arg(long)]
        only: bool,
    },
    /// Removes all secrets except the newest
    ForgetSecrets(ClientName),
    /// Switches a client off within 30 seconds: it gets no tokens, people can't open it, and Admit refuses what it
    /// has. `enable` undoes it
    Disable(ClientName),
    /// Switches a client on again: what it has that has not expired is good again
    Enable(ClientName),
    /// Ends everything that a client was given until now, for good: its own tokens, and what people allowed it. It
    /// may get new ones
    EndTokens(ClientName),
    /// Makes a key pair for a client: writes the private key to a file, and prints the public one for the tenant file
    Key(NewKey),
}

#[derive(clap::Args, Debug)]
pub struct ClientName {
    tenant: String,
    client_id: String,
}

#[derive(clap::Args, Debug)]
pub struct NewKey {
    /// The file for the private key, a JWK; it must not exist
    file: PathBuf,
    #[arg(long, default_value = "ES384", value_parser = ["ES384", "ES256"])]
    alg: String,
}

impl Clients {
    pub fn operation(&self) -> Option<OperatorAction> {
        let of = |name: &ClientName, command| OperatorAction::new(&name.tenant, command, &name.client_id);
        match self {
            Clients::Add { name, .. } => of(name, "client add"),
            Clients::Set { name, .. } => of(name, "client set"),
            Clients::RotateSecret { name, only: false } => of(name, "client rotate-secret"),
            Clients::RotateSecret { name, only: true } => of(name, "client rotate-secret --only"),
            Clients::ForgetSecrets(name) => of(name, "client forget-secrets"),
            Clients::Disable(name) => of(name, "client disable"),
            Clients::Enable(name) => of(name, "client enable"),
            Clients::EndTokens(name) => of(name, "client end-tokens"),
            Clients::List { .. } | Clients::Show(_) | Clients::Key(_) => None,
        }
    }

    pub async fn run(self, target: &Target, out: &Out) -> Result<(), Failure> {
        match self {
            Clients::List { tenant } => list(target, out, &target.tenant(&tenant).await?.id).await,
            Clients::Show(name) => show(target, out, &name).await,
            Clients::Add { name, settings } => add(target, out, &name, &settings).await,
            Clients::Set { name, settings } => set(target, out, &name, &settings).await,
            Clients::RotateSecret { name, only } => rotate_secret(target, out, &name, only).await,
            Clients::ForgetSecrets(name) => forget_secrets(target, out, &name).await,
            Clients::Disable(name) => set_disabled(target, out, &name, true).await,
            Clients::Enable(name) => set_disabled(target, out, &name, false).await,
            Clients::EndTokens(name) => end_tokens(target, out, &name).await,
            Clients::Key(command) => command.run(out),
        }
    }
}

async fn list(target: &Target, out: &Out, tenant: &TenantId) -> Result<(), Failure> {
    let mut found = target.listed::<Client>(ListOf::all(tenant, List::Clients)).await?;
    found.sort_by(|a, b| a.client_id.cmp(&b.client_id));
    let state = |client: &Client| if client.disabled { "off" } else { "on" };
    let row = |client: &Versioned<Client>| {
        let scope = client.scope.to_string();
        vec![
            client.client_id.clone(),
            client.client_name.clone(),
            authentication(client),
            state(client).to_owned(),
            scope,
        ]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    let json: Vec<Value> = found.iter().map(|client| without_secrets(client)).collect();
    out.answer(&Value::from(json), table(&["CLIENT", "NAME", "PROVES ITSELF BY", "STATE", "SCOPE"], &rows));
    Ok(())
}

fn authentication(client: &Client) -> String {
    match &client.authentication {
        ClientAuthentication::None => "nothing (public)".to_owned(),
        ClientAuthentication::ClientSecretBasic { secrets } => format!("secret ({})", secrets.len()),
        ClientAuthentication::ClientSecretPost { secrets } => format!("secret, in the form ({})", secrets.len()),
        ClientAuthentication::PrivateKeyJwt { keys: RegisteredKeys::Jwks(set) } => format!("key ({})", set.keys.len()),
        ClientAuthentication::PrivateKeyJwt { keys: RegisteredKeys::JwksUri(url) } => format!("keys at {url}"),
    }
}

/// The table's item, with the number of its secrets in place of their hashes.
fn without_secrets(client: &Client) -> Value {
    let mut json = serde_json::to_value(client).unwrap_or_default();
    for method in ["client_secret_basic", "client_secret_post"] {
        if let Some(secrets) = json.pointer_mut(&format!("/authentication/{method}/secrets")) {
            *secrets = json!(client_secrets(client).len());
        }
    }
    json
}

async fn show(target: &Target, out: &Out, name: &ClientName) -> Result<(), Failure> {
    let client = find(target, name).await?;
    let json = without_secrets(&client);
    let human = serde_json::to_string_pretty(&json).unwrap_or_default();
    out.answer(&json, human);
    Ok(())
}

async fn add(target: &Target, out: &Out, name: &ClientName, settings: &Settings) -> Result<(), Failure> {
    let tenant = target.tenant_item(&name.tenant).await?;
    if look_up(target, &tenant, name).await?.is_some() {
        return Err(Failure::refused(format!("{} has a client {} already: `client set`", name.tenant, name.client_id)));
    }
    // A person's token must never read as a client's (RFC 9700 §4.15).
    let users = target.listed::<User>(ListOf::all(&tenant.id, List::Users)).await?;
    if users.iter().any(|user| user.sub == name.client_id) {
        return Err(Failure::usage(format!("{} is the sub of a user of {}", name.client_id, name.tenant)));
    }
    put(target, out, &tenant, name, None, settings).await
}

async fn set(target: &Target, out: &Out, name: &ClientName, settings: &Settings) -> Result<(), Failure> {
    let there = find(target, name).await?;
    put(target, out, &target.tenant_item(&name.tenant).await?, name, Some(&there), settings).await
}

async fn put(
    target: &Target,
    out: &Out,
    tenant: &Versioned<Tenant>,
    name: &ClientName,
    there: Option<&Versioned<Client>>,
    settings: &Settings,
) -> Result<(), Failure> {
    let secret = Secret::random();
    let hash = format!("sha256:{}", secret.hash().as_str());
    let client = put_client(target, out, tenant, &name.client_id, there, settings, &hash).await?;
    let has_new = client_secrets(&client).iter().any(|one| one.matches(secret.expose()));
    let mut json = without_secrets(&client);
    if has_new {
        json["client_secret"] = json!(secret.expose());
        out.note("The client's secret is shown this once.");
    }
    out.answer(&json, serde_json::to_string_pretty(&json).unwrap_or_default());
    Ok(())
}

async fn rotate_secret(target: &Target, out: &Out, name: &ClientName, only: bool) -> Result<(), Failure> {
    let there = find(target, name).await?;
    if only {
        out.confirm(&format!("{} can't get tokens from now on, until it has the new secret. Go on?", name.client_id))?;
    }
    let mut client = there.value.clone();
    let secrets = client_secrets_mut(&mut client).ok_or_else(|| {
        Failure::usage(format!("{} has no secret: it proves itself by {}", name.client_id, authentication(&there)))
    })?;
    let secret = put_new(secrets, only)?;
    target.write(vec![Write::update(&there, &client)?]).await?;
    out.answer(&json!({ "client_id": name.client_id, "client_secret": secret.expose() }), secret.expose());
    if !only {
        out.note(format!(
            "Shown this once. The one before it is good until `admit client forget-secrets {} {}`.",
            name.tenant, name.client_id
        ));
    }
    Ok(())
}

async fn forget_secrets(target: &Target, out: &Out, name: &ClientName) -> Result<(), Failure> {
    let there = find(target, name).await?;
    let mut client = there.value.clone();
    let many = client_secrets(&client).len();
    if many < 2 {
        out.answer(&json!({ "forgotten": 0 }), "it has no more than one secret");
        return Ok(());
    }
    out.confirm(&format!("All secrets of {} but the newest end now. Go on?", name.client_id))?;
    if let Some(secrets) = client_secrets_mut(&mut client) {
        secrets.truncate(1);
    }
    target.write(vec![Write::update(&there, &client)?]).await?;
    out.answer(&json!({ "forgotten": many - 1 }), format!("{} forgotten", many - 1));
    Ok(())
}

async fn set_disabled(target: &Target, out: &Out, name: &ClientName, disabled: bool) -> Result<(), Failure> {
    let tenant = target.tenant(&name.tenant).await?;
    let there = look_up(target, &tenant, name).await?;
    // Of a client that nobody registered, the table has nothing: from now on it has that it is switched off.
    let unregistered = there.is_none().then(|| to_switch_off(&name.client_id, &tenant)).flatten();
    if disabled && !there.as_ref().is_some_and(|there| there.disabled) && (there.is_some() || unregistered.is_some()) {
        let what = "gets no tokens any more, and what it has is refused, until you enable it";
        out.confirm(&format!("{} {what}. Go on?", name.client_id))?;
    }
    let write = match (&there, unregistered) {
        (None, Some(off)) if disabled => Write::create(&off)?,
        (None, _) => return Err(no_client(name)),
        // What was written to switch it off goes with that.
        (Some(there), _) if !disabled && is_switched_off(there) => Write::delete(there),
        (Some(there), _) => Write::update(there, &Client { disabled, ..there.value.clone() })?,
    };
    target.write(vec![write]).await?;
    let state = if disabled { "off" } else { "on" };
    out.answer(
        &json!({ "client_id": name.client_id, "disabled": disabled }),
        format!("{} is switched {state}", name.client_id),
    );
    if disabled {
        out.note(format!(
            "A caller that asks Admit knows it within 30 seconds. A FHIR server that judges a JWT alone takes what it has until it \
             expires. `enable` makes good again what has not run out. To end that for good: `admit client end-tokens {} {}`.",
            name.tenant, name.client_id
        ));
    }
    Ok(())
}

/// A client that is gone can still have tokens, so it need not be there.
async fn end_tokens(target: &Target, out: &Out, name: &ClientName) -> Result<(), Failure> {
    let tenant = target.tenant(&name.tenant).await?;
    if look_up(target, &tenant, name).await?.is_none() {
        out.note(format!("{}; what it was given before it was removed ends all the same", no_client(name).message));
    }
    out.confirm(&format!(
        "All tokens of {} end now, its own and those of people; its users must let it in again. Go on?",
        name.client_id
    ))?;
    end(target, &tenant, AccessOf::Client(name.client_id.clone())).await?;
    out.answer(
        &json!({ "client_id": name.client_id, "tokens_ended": true }),
        format!("all that {} was given until now is over", name.client_id),
    );
    out.note("A caller that asks Admit knows it within 30 seconds. A FHIR server that verifies JWTs itself accepts them until they expire.");
    Ok(())
}

async fn find(target: &Target, name: &ClientName) -> Result<Versioned<Client>, Failure> {
    let tenant = target.tenant(&name.tenant).await?;
    look_up(target, &tenant, name).await?.ok_or_else(|| no_client(name))
}

async fn look_up(target: &Target, tenant: &Tenant, name: &ClientName) -> Result<Option<Versioned<Client>>, Failure> {
    Ok(target.server.store.find(schema::client(&tenant.id, &name.client_id), target.now()).await?)
}

fn no_client(name: &ClientName) -> Failure {
    Failure::failed(format!("{} has no client {}", name.tenant, name.client_id))
}

impl NewKey {
    pub fn run(self, out: &Out) -> Result<(), Failure> {
        let alg = if self.alg == "ES256" { SigningAlg::ES256 } else { SigningAlg::ES384 };
        let public = make_key(&self.file, alg)?;
        out.answer(&json!({ "keys": [public] }), format!("jwks = {}", jwks_line(&public)));
        out.note(format!("The private key is in {}: keep it where only the client can read it.", self.file.display()));
        Ok(())
    }
}

/// Makes a key pair and writes its private half to a new file that only its owner can read.
pub fn make_key(file: &Path, alg: SigningAlg) -> Result<Value, Failure> {
    let NewPair { public, private } = new_pair(alg).ok_or_else(|| Failure::failed("no key could be made"))?;
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

/// A key set as a tenant file has it, on one line.
pub fn jwks_line(public: &Value) -> String {
    let members = public.as_object().into_iter().flatten();
    let members: Vec<String> = members.map(|(name, value)| format!("{name} = {value}")).collect();
    format!("{{ keys = [ {{ {} }} ] }}", members.join(", "))
}
