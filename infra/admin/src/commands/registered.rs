//! `admit client add|set` and `admit user add|set`: one client or person without the tenant file, judged by the very rules of the file.
//! What comes so is kept apart from what files bring: a file that does not name it leaves it, and `tenant plan` says so.

use crate::{
    failure::Failure,
    out::Out,
    plan::{AppliedItem, has_local_sign_in, lost},
    target::Target,
    tenant_file::{StoredHashes, TenantItems, client_secrets, export, origins_of, parse, warnings},
};
use rules::{
    client::Client,
    hash_work::HashWork,
    tenant::{AccessOf, EndedAccess, Tenant},
    time::Timestamp,
    user::User,
};
use serde_json::{Map, Value, json};
use server::store::{Item, List, ListOf, Versioned, Write};
use std::collections::BTreeSet;

/// What is said of it: by the names of the tenant file.
#[derive(clap::Args, Clone, Debug)]
pub struct Settings {
    /// `scope="patient/*.rs"`, `redirect_uris=https://a.example/cb` (several times for several), `verified=true`, by the names of the
    /// tenant file (infra/tenant-file.md); `key=` alone takes it away
    #[arg(value_name = "KEY=VALUE", required = true)]
    settings: Vec<String>,
}

/// Keys that hold several values.
const LISTS: [&str; 7] =
    ["grant_types", "redirect_uris", "post_logout_redirect_uris", "launch_urls", "origins", "fhir_servers", "patients"];

/// A command line can be read by everybody who lists processes; and who somebody is, nobody changes in passing.
const NOT_HERE: [(&str, &str); 8] = [
    ("client_id", "a client with another id is another client: add it"),
    ("username", "a user with another name comes by the tenant file"),
    ("sub", "the server makes it, or the tenant file says it"),
    ("client_secret", "`admit client rotate-secret` makes one"),
    ("client_secrets", "`admit client rotate-secret` makes one"),
    ("client_secret_hashes", "`admit client rotate-secret` makes one"),
    ("password", "`admit user set-password` reads one"),
    ("password_hash", "`admit user set-password` reads one"),
];

impl Settings {
    fn put_into(&self, table: &mut Map<String, Value>) -> Result<(), Failure> {
        let mut lists: Map<String, Value> = Map::new();
        for setting in &self.settings {
            let Some((key, value)) = setting.split_once('=') else {
                return Err(Failure::usage(format!("{setting}: say KEY=VALUE, by the names of the tenant file")));
            };
            if let Some((_, instead)) = NOT_HERE.iter().find(|(name, _)| *name == key) {
                return Err(Failure::usage(format!("{key} is not set here: {instead}")));
            }
            match (value, read(value)) {
                ("", _) => {
                    table.remove(key);
                }
                (_, Value::String(text)) if LISTS.contains(&key) => {
                    let list = lists.entry(key.to_owned()).or_insert_with(|| json!([]));
                    list.as_array_mut().into_iter().for_each(|list| list.push(json!(text)));
                }
                (_, value) => {
                    table.insert(key.to_owned(), value);
                }
            }
        }
        table.extend(lists);
        Ok(())
    }
}

/// As TOML if it is that, and as a text otherwise: nobody wants to quote twice.
fn read(value: &str) -> Value {
    let parsed: Option<Map<String, Value>> = toml::from_str(&format!("v = {value}")).ok();
    parsed.and_then(|mut table| table.remove("v")).unwrap_or_else(|| value.into())
}

/// The tenant's file with this one client or user in it and no other, read as files are.
fn in_file(tenant: &Tenant, kind: &str, id: &str, table: Map<String, Value>) -> Result<TenantItems, Failure> {
    let tenant = Tenant { identity_providers: Vec::new(), ..tenant.clone() };
    let items = TenantItems { tenant, clients: Vec::new(), users: Vec::new(), provider_secrets: Vec::new() };
    let mut file = export::file(&items).map_err(Failure::failed)?;
    file[kind] = json!([table]);
    let text = toml::to_string_pretty(&file).map_err(Failure::failed)?;
    let parsed = parse(&format!("{id}, as a tenant file would have it"), &text)?;
    Ok(parsed.resolve_reusing("https://admit.invalid", &StoredHashes::default())?)
}

fn table_of(value: Result<Value, serde_json::Error>) -> Result<Map<String, Value>, Failure> {
    match value.map_err(Failure::failed)? {
        Value::Object(members) => Ok(members),
        _ => Ok(Map::new()),
    }
}

/// A client with this secret, if it proves itself by one; the caller shows it.
pub async fn put_client(
    target: &Target,
    out: &Out,
    tenant: &Versioned<Tenant>,
    id: &str,
    there: Option<&Versioned<Client>>,
    settings: &Settings,
    secret_hash: &str,
) -> Result<Client, Failure> {
    let mut table = match there {
        Some(there) => client_table(there)?,
        None => Map::from_iter([("client_id".to_owned(), json!(id)), ("client_name".to_owned(), json!(id))]),
    };
    settings.put_into(&mut table)?;
    let by_secret = |method: &Value| method.as_str().is_some_and(|method| method.starts_with("client_secret"));
    let is_by_secret = table.get("token_endpoint_auth_method").is_some_and(by_secret);
    match (is_by_secret, table.contains_key("client_secret_hashes")) {
        (true, false) => drop(table.insert("client_secret_hashes".to_owned(), json!([secret_hash]))),
        (false, true) => drop(table.remove("client_secret_hashes")),
        _ => {}
    }
    let items = in_file(tenant, "clients", &format!("client {id}"), table)?;
    let Some(mut client) = items.clients.into_iter().next() else { return Err(Failure::failed("no client")) };
    if let Some(warning) = warnings::of_client(&client) {
        out.note(format!("warning: {warning}"));
    }
    client.disabled = there.is_some_and(|there| there.disabled);
    let write = match there {
        Some(there) => Write::update(there, &client)?,
        None => Write::create(&client)?,
    };
    let gone = origins_gone(target, tenant, there, &client).await?;
    commit(target, tenant, write, &AppliedItem::client(&client), |tenant, now| {
        tenant.origins.retain(|origin| !gone.contains(origin));
        tenant.origins.extend(client.origins.iter().cloned());
        if there.is_none() {
            tenant.ended = EndedAccess::with_client_again(&tenant.ended, id, now);
        }
        let longest = client.access_token_seconds.unwrap_or_default().max(tenant.longest_token_seconds);
        tenant.longest_token_seconds = longest;
        tenant.refusal_work = tenant.refusal_work.max(HashWork::of_all(client_secrets(&client)));
    })
    .await?;
    Ok(client)
}

/// As a file would have it. Origins that are just those of its URLs go with them; any others were said, and stay.
fn client_table(there: &Client) -> Result<Map<String, Value>, Failure> {
    let mut table = table_of(export::client(there))?;
    if there.origins == origins_of(&there.redirect_uris, &there.launch_urls) {
        table.remove("origins");
    } else {
        table.insert("origins".to_owned(), json!(there.origins));
    }
    Ok(table)
}

/// The origins that this client had, and no client of the tenant has any more.
async fn origins_gone(
    target: &Target,
    tenant: &Tenant,
    there: Option<&Versioned<Client>>,
    next: &Client,
) -> Result<BTreeSet<String>, Failure> {
    let had = there.map(|there| there.origins.clone()).unwrap_or_default();
    let mut gone: BTreeSet<String> = had.difference(&next.origins).cloned().collect();
    if gone.is_empty() {
        return Ok(gone);
    }
    for other in target.listed::<Client>(ListOf::all(&tenant.id, List::Clients)).await? {
        if other.client_id != next.client_id {
            gone.retain(|origin| !other.origins.contains(origin));
        }
    }
    Ok(gone)
}

/// A user with this password's hash, if they are new. What they may no longer open ends for their apps, as with a file.
pub async fn put_user(
    target: &Target,
    out: &Out,
    tenant: &Versioned<Tenant>,
    name: &str,
    there: Option<&Versioned<User>>,
    settings: &Settings,
    password_hash: &str,
) -> Result<(User, Vec<AccessOf>), Failure> {
    let mut table = match there {
        Some(there) => table_of(Ok(export::user(there, tenant)))?,
        None => {
            let (name, hash) = (json!(name), json!(password_hash));
            let keys = [("username", &name), ("name", &name), ("password_hash", &hash)];
            keys.into_iter().map(|(key, value)| (key.to_owned(), value.clone())).collect()
        }
    };
    settings.put_into(&mut table)?;
    let items = in_file(tenant, "users", &format!("user {name}"), table)?;
    let Some(mut user) = items.users.into_iter().next() else { return Err(Failure::failed("no user")) };
    if user.sub.is_empty() {
        user.sub = rules::secret::random_text::<16>();
    }
    if there.is_none() && !has_local_sign_in(tenant) {
        out.note(format!("warning: {name} can't sign in with a password: the tenant has `local_sign_in = false`"));
    }
    let ended = there.map(|there| lost(there, &user)).unwrap_or_default();
    if !ended.is_empty() {
        out.confirm(&format!("{name} loses what they could open: what apps have of it ends. Go on?"))?;
    }
    let write = match there {
        Some(there) => Write::update(there, &user)?,
        None => Write::create(&user)?,
    };
    let work = HashWork::of(&user.password);
    commit(target, tenant, write, &AppliedItem::user(&user), |tenant, now| {
        let marks = ended.iter().map(|whose| EndedAccess { whose: whose.clone(), at: now });
        tenant.ended = EndedAccess::added(&tenant.ended, marks.collect(), i64::MAX, now);
        tenant.refusal_work = tenant.refusal_work.max(work);
    })
    .await?;
    Ok((user, ended))
}

/// With what is derived from it in the tenant's own item; and with a mark where a file has brought it, which `tenant plan` names.
async fn commit(
    target: &Target,
    tenant: &Versioned<Tenant>,
    write: Write,
    line: &AppliedItem,
    derive: impl Fn(&mut Tenant, Timestamp),
) -> Result<(), Failure> {
    let now = target.now();
    let mut next = tenant.value.clone();
    derive(&mut next, now);
    let mut writes = vec![write, Write::update(tenant, &next)?];
    if let Some(line) = target.server.store.find::<AppliedItem>(line.key(), now).await? {
        writes.push(Write::update(&line, &AppliedItem { set_since: Some(now), ..line.value.clone() })?);
    }
    target.write(writes).await
}
