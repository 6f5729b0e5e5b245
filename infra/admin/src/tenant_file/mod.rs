//! A tenant in a file: everything an operator decides about it, in TOML, documented in `infra/tenant-file.md`.

mod client;
mod client_authentication;
mod client_keys;
mod client_urls;
mod fields;
mod identity_provider;
mod load;
mod mistake;
mod nearest;
mod pages;
mod policy;
mod reading;
mod roles;
mod secrets;
mod settle;
mod tenant;
mod urls;
mod user;

pub use load::{load, load_all};
pub use mistake::{Mistake, Mistakes, Place};
pub use settle::Known;
pub use urls::is_loopback;

use crate::plan::Named;
use fields::Fields;
use reading::{Hashing, Reading};
use rules::{client::Client, identity_provider::secret::ProviderSecret, tenant::Tenant, user::User};
use std::fmt;
use toml::de::DeTable;

/// A file that was checked as far as it can be without knowing where it will be served.
#[derive(Clone)]
pub struct TenantFile {
    file: String,
    text: String,
    id: String,
    lan: bool,
    local: ForLocal,
}

/// What only the local server reads.
#[derive(Clone)]
struct ForLocal {
    logins: Vec<Login>,
    simulate: bool,
}

/// Somebody who can sign in, with the password that is in the file.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    pub username: String,
    pub password: String,
    pub name: String,
    pub fhir_user: Option<String>,
}

/// A tenant and all that belongs to it, as the table has it.
#[derive(Clone, Debug)]
pub struct TenantItems {
    pub tenant: Tenant,
    pub clients: Vec<Client>,
    pub users: Vec<User>,
    pub provider_secrets: Vec<ProviderSecret>,
}

/// Any base will do for a check; what depends on the real one is judged by `resolve`.
const ANY_BASE: &str = "https://admit.invalid";

pub fn parse(file_name: &str, text: &str) -> Result<TenantFile, Mistakes> {
    check(file_name, text, false)
}

/// For a server that listens in a private network: what may be plain http on loopback may be so on its addresses too.
pub fn parse_on_lan(file_name: &str, text: &str) -> Result<TenantFile, Mistakes> {
    check(file_name, text, true)
}

fn check(file_name: &str, text: &str, lan: bool) -> Result<TenantFile, Mistakes> {
    let (items, local, _) = read((file_name, text), ANY_BASE, lan, Hashing::Skipped)?;
    let id = items.tenant.id.as_str().to_owned();
    Ok(TenantFile { file: file_name.to_owned(), text: text.to_owned(), id, lan, local })
}

impl TenantFile {
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether anything in it depends on where it will be served.
    pub fn needs_base(&self) -> bool {
        let any = |base| {
            read((&self.file, &self.text), base, self.lan, Hashing::Skipped).map(|(items, ..)| format!("{items:?}"))
        };
        any(ANY_BASE).ok() != any("https://other.invalid").ok()
    }

    /// The names in it, to look up what is there under them.
    pub fn named(&self) -> Named {
        let items = read((&self.file, &self.text), ANY_BASE, self.lan, Hashing::Skipped);
        items.map(|(items, ..)| Named::of(&items)).unwrap_or_default()
    }

    /// The same file for a server that listens in a private network.
    pub fn on_lan(self) -> TenantFile {
        TenantFile { lan: true, ..self }
    }

    /// The people whose passwords are in the file in the clear.
    pub fn logins(&self) -> Vec<Login> {
        self.local.logins.clone()
    }

    /// Whether the local server may simulate problems here.
    pub fn simulate(&self) -> bool {
        self.local.simulate
    }

    /// As it is in a deployment under this public URL: `{base}` filled in, secrets hashed.
    pub fn resolve(&self, base: &str) -> Result<TenantItems, Mistakes> {
        self.resolve_knowing(base, &Known::default())
    }

    /// The same, with the hashes that are there for what has not changed: each hash has a salt of its own, and none would
    /// ever look the same twice.
    pub fn resolve_knowing(&self, base: &str, known: &Known) -> Result<TenantItems, Mistakes> {
        let base = base.trim_end_matches('/');
        let (mut items, _, plain) = read((&self.file, &self.text), base, self.lan, Hashing::Later)?;
        settle::settle(&mut items, &plain, known).map_err(|_| {
            Mistakes(vec![Mistake::about_file(&self.file, "a secret that can't be hashed", "a shorter one")])
        })?;
        Ok(items)
    }
}

/// The text stays out: it holds secrets.
impl fmt::Debug for TenantFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantFile").field("file", &self.file).field("id", &self.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("username", &self.username).finish_non_exhaustive()
    }
}

fn read(
    (file, text): (&str, &str),
    base: &str,
    lan: bool,
    hashing: Hashing,
) -> Result<(TenantItems, ForLocal, Vec<String>), Mistakes> {
    let document = document(file, text)?;
    let id = document.get("id").and_then(|id| id.get_ref().as_str()).unwrap_or_default();
    let reading = Reading::new(base, id, lan, hashing);
    let root = Fields::new(&reading, 0, &document, &tenant::FILE);
    let (tenant, policy) = tenant::tenant(&root);
    let tenant_id = tenant.as_ref().map(|tenant| &tenant.id);
    let roles = tenant.as_ref().map(|tenant| tenant.roles.as_slice()).unwrap_or_default();
    let clients = root.tables("clients", &client::CLIENT);
    let users = root.tables("users", &user::USER);
    let client_items = clients.iter().filter_map(|fields| client::client(fields, tenant_id, &policy, roles)).collect();
    let user_items = users.iter().filter_map(|fields| user::user(fields, tenant_id)).collect();
    let local = ForLocal { logins: users.iter().filter_map(user::login).collect(), simulate: root.flag("simulate") };
    let provider_secrets = tenant_id.map(|id| identity_provider::provider_secrets(&root, id)).unwrap_or_default();
    check_names(&reading, &clients, &users);
    let nobody_local = users.is_empty();
    let plain = reading.take_plain();
    reading.finish(file, text)?;
    // Whatever keeps the tenant from being made is a mistake, and `finish` has returned it.
    let mut tenant = tenant.ok_or_else(|| Mistakes(vec![Mistake::about_file(file, "no tenant", "one")]))?;
    let elsewhere_alone = nobody_local && !tenant.identity_providers.is_empty();
    tenant.policy.local_sign_in.get_or_insert(!elsewhere_alone);
    Ok((TenantItems { tenant, clients: client_items, users: user_items, provider_secrets }, local, plain))
}

fn document<'t>(file: &str, text: &'t str) -> Result<DeTable<'t>, Mistakes> {
    DeTable::parse(text).map(toml::Spanned::into_inner).map_err(|error| {
        let place = error.span().map(|span| Place::of(span.start, text));
        let found = format!("what is not TOML ({})", error.message().replace('\n', "; "));
        Mistakes(vec![Mistake {
            file: file.to_owned(),
            place,
            found,
            expected: "TOML, see infra/tenant-file.md".into(),
        }])
    })
}

fn check_names(reading: &Reading<'_>, clients: &[Fields<'_>], users: &[Fields<'_>]) {
    let client_ids = || clients.iter().filter_map(|client| client.text("client_id"));
    let usernames = users.iter().filter_map(|user| user.text("username"));
    let subs = || users.iter().filter_map(|user| user.text("sub"));
    reading.unique("a client_id of its own", client_ids(), str::to_owned);
    reading.unique("a username of its own (upper and lower case are the same)", usernames, str::to_lowercase);
    reading.unique("a sub of its own", subs(), str::to_owned);
    // A person's token must never read as a client's (RFC 9700 §4.15).
    for sub in subs().filter(|sub| client_ids().any(|id| id.value == sub.value)) {
        reading.wrong(sub, "a sub that is no client_id");
    }
}
