//! A tenant file as a whole: parsed, checked, and resolved for the public URL that it is served under.

use super::{
    client,
    fields::Fields,
    hti::check_devices,
    identity_provider,
    items::{ItemNames, Login, TenantItems},
    mistake::{Mistake, Mistakes, Place},
    reading::{Hashing, Reading},
    reuse_hashes::{StoredHashes, reuse_hashes},
    tenant, user,
};
use rules::precis;
use std::fmt;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A file that was checked as far as it can be without knowing where it will be served.
#[derive(Clone)]
pub struct TenantFile {
    source: Source,
    id: String,
    local: LocalSettings,
}

#[derive(Clone)]
struct Source {
    file: String,
    text: String,
    /// For a server that listens in a private network.
    lan: bool,
}

/// The settings that only the local server reads.
#[derive(Clone)]
struct LocalSettings {
    logins: Vec<Login>,
    simulate: bool,
    any_client: bool,
    pkce: AsksPkce,
}

/// What the local server asks of apps (RFC 7636). A deployment always asks for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AsksPkce {
    #[default]
    Required,
    /// Apps without it are taken too.
    Optional,
    /// As a server that has never heard of it: what apps send of it is ignored.
    None,
}

const PKCE: [(&str, AsksPkce); 3] =
    [("required", AsksPkce::Required), ("optional", AsksPkce::Optional), ("none", AsksPkce::None)];

/// The result of reading a source.
struct Parsed {
    items: TenantItems,
    local: LocalSettings,
    /// Passwords and secrets that are still to be hashed.
    plain: Vec<String>,
}

/// Any base will do for a check. `resolve` judges what depends on the real one.
const ANY_BASE: &str = "https://admit.invalid";

pub fn parse(file_name: &str, text: &str) -> Result<TenantFile, Mistakes> {
    check(Source { file: file_name.to_owned(), text: text.to_owned(), lan: false })
}

/// For a server that listens in a private network: its addresses may be plain http, as loopback ones may.
pub fn parse_on_lan(file_name: &str, text: &str) -> Result<TenantFile, Mistakes> {
    check(Source { file: file_name.to_owned(), text: text.to_owned(), lan: true })
}

fn check(source: Source) -> Result<TenantFile, Mistakes> {
    let Parsed { items, local, .. } = source.read(ANY_BASE, Hashing::Skipped)?;
    Ok(TenantFile { source, id: items.tenant.id.as_str().to_owned(), local })
}

impl TenantFile {
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The path that it was read from.
    pub fn name(&self) -> &str {
        &self.source.file
    }

    /// Whether anything in it depends on where it will be served.
    pub fn needs_base(&self) -> bool {
        let any = |base| self.source.read(base, Hashing::Skipped).map(|parsed| format!("{:?}", parsed.items));
        any(ANY_BASE).ok() != any("https://other.invalid").ok()
    }

    /// The names in it, to look up what the table has under them.
    pub fn item_names(&self) -> ItemNames {
        let parsed = self.source.read(ANY_BASE, Hashing::Skipped);
        parsed.map(|parsed| ItemNames::of(&parsed.items)).unwrap_or_default()
    }

    /// The same file for a server that listens in a private network.
    pub fn on_lan(self) -> TenantFile {
        TenantFile { source: Source { lan: true, ..self.source }, ..self }
    }

    /// The people whose passwords are in the file in the clear.
    pub fn logins(&self) -> Vec<Login> {
        self.local.logins.clone()
    }

    /// What is for a laptop alone. With key sets on loopback, a deployed function would fetch keys from its own machine and
    /// without TLS, where the answering server says who a client is. The others it would silently not do.
    pub fn for_deployment(&self, items: &TenantItems) -> Result<(), Mistakes> {
        let document = document(&self.source.file, &self.source.text)?;
        let policy = document.get("policy").and_then(|policy| policy.get_ref().as_table());
        let key_sets = policy.and_then(|policy| policy.get("loopback_key_sets"));
        let refused = [
            (
                items.tenant.policy.loopback_key_sets,
                key_sets,
                "`loopback_key_sets = true`",
                "`false`: with it, functions fetch the keys of clients and providers over plain http from their own machine, \
                 and the answering server says who a client is. It is for a server on a laptop",
            ),
            (
                self.local.any_client,
                document.get("any_client"),
                "`any_client = true`",
                "`false`: a deployment knows its apps. It is for a server on a laptop",
            ),
            (
                self.local.pkce != AsksPkce::Required,
                document.get("pkce"),
                "`pkce` other than `required`",
                "\"required\": without it, a thief of a code can use it. It is for a server on a laptop",
            ),
        ];
        let mistake = |(_, value, found, expected): (bool, Option<&Spanned<DeValue<'_>>>, &str, &str)| Mistake {
            file: self.source.file.clone(),
            place: value.map(|value| Place::of(value.span().start, &self.source.text)),
            found: format!("{found} in a deployment"),
            expected: expected.to_owned(),
        };
        let mistakes: Vec<Mistake> = refused.into_iter().filter(|(is_set, ..)| *is_set).map(mistake).collect();
        if mistakes.is_empty() { Ok(()) } else { Err(Mistakes(mistakes)) }
    }

    /// Whether the local server may simulate problems here.
    pub fn simulate(&self) -> bool {
        self.local.simulate
    }

    /// Whether the local server takes an app here that nobody registered.
    pub fn any_client(&self) -> bool {
        self.local.any_client
    }

    pub fn pkce(&self) -> AsksPkce {
        self.local.pkce
    }

    /// As it is in a deployment under this public URL: `{base}` filled in, secrets hashed.
    pub fn resolve(&self, base: &str) -> Result<TenantItems, Mistakes> {
        self.resolve_reusing(base, &StoredHashes::default())
    }

    /// The same, with the table's hashes for what has not changed. A new hash has a salt of its own and never looks the same.
    pub fn resolve_reusing(&self, base: &str, stored: &StoredHashes) -> Result<TenantItems, Mistakes> {
        let Parsed { mut items, plain, .. } = self.source.read(base.trim_end_matches('/'), Hashing::Later)?;
        reuse_hashes(&mut items, &plain, stored).map_err(|_| {
            Mistakes(vec![Mistake::about_file(self.name(), "a secret that can't be hashed", "a shorter one")])
        })?;
        Ok(items)
    }
}

/// The text stays out: it holds secrets.
impl fmt::Debug for TenantFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantFile").field("file", &self.name()).field("id", &self.id).finish_non_exhaustive()
    }
}

impl Source {
    fn read(&self, base: &str, hashing: Hashing) -> Result<Parsed, Mistakes> {
        let document = document(&self.file, &self.text)?;
        let id = document.get("id").and_then(|id| id.get_ref().as_str()).unwrap_or_default();
        let reading = Reading::new(base, id, self.lan, hashing);
        let root = Fields::new(&reading, 0, &document, &tenant::FILE);
        let (tenant, policy) = tenant::tenant(&root);
        let tenant_id = tenant.as_ref().map(|tenant| &tenant.id);
        let client_tables = root.tables("clients", &client::CLIENT);
        let user_tables = root.tables("users", &user::USER);
        let clients = client_tables.iter().filter_map(|fields| client::client(fields, tenant.as_ref(), &policy));
        let clients = clients.collect();
        let users = user_tables.iter().filter_map(|fields| user::user(fields, tenant.as_ref())).collect();
        let logins = user_tables.iter().filter_map(user::login).collect();
        let (simulate, any_client) = (root.flag("simulate"), root.flag("any_client"));
        let local =
            LocalSettings { logins, simulate, any_client, pkce: root.choice("pkce", &PKCE).unwrap_or_default() };
        let provider_secrets = tenant_id.map(|id| identity_provider::provider_secrets(&root, id)).unwrap_or_default();
        check_names(&reading, &client_tables, &user_tables);
        if root.has("hti") {
            check_devices(&reading, &client_tables);
        }
        let has_users = !user_tables.is_empty();
        let plain = reading.take_plain();
        reading.finish(&self.file, &self.text)?;
        // Without a mistake, which `finish` would have returned, there is a tenant.
        let mut tenant = tenant.ok_or_else(|| Mistakes(vec![Mistake::about_file(&self.file, "no tenant", "one")]))?;
        let provider_sign_in_only = !has_users && !tenant.identity_providers.is_empty();
        tenant.policy.local_sign_in.get_or_insert(!provider_sign_in_only);
        Ok(Parsed { items: TenantItems { tenant, clients, users, provider_secrets }, local, plain })
    }
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
    reading.unique(
        "a username of its own (upper and lower case, and forms of one letter, are the same)",
        usernames,
        precis::username,
    );
    reading.unique("a sub of its own", subs(), str::to_owned);
    // A person's token must never read as a client's (RFC 9700 §4.15).
    for sub in subs().filter(|sub| client_ids().any(|id| id.value == sub.value)) {
        reading.wrong(sub, "a sub that is no client_id");
    }
}
