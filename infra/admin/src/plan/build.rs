//! Compares a tenant's file with the table: the changes for the operator to see, and the writes that bring them about.

use super::{
    applied::{AppliedItem, AppliedKind},
    diff::{Change, ChangedItem},
    ended::{LongestGrant, lost},
    next_tenant::{missing_keys, next_tenant},
    tenant_in_table::TenantInTable,
};
use crate::tenant_file::{TenantItems, client_secrets, client_secrets_mut};
use rules::{
    brands::PublishedBrands,
    credentials::Credentials,
    secret::{ChosenSecretHash, random_text},
    tenant::{AccessOf, EndedAccess, SigningAlg, Tenant},
    time::Timestamp,
    user::User,
};
use serde_json::Value;
use server::store::{
    Item, StoreError, Versioned, Write,
    schema::{KnownTenant, ListsComplete},
};
use std::collections::BTreeSet;

pub struct Plan {
    pub tenant: Tenant,
    pub is_new: bool,
    /// For the operator to see.
    pub changes: Vec<Change>,
    /// Algorithms that the tenant signs with and has no key for.
    pub missing_keys: Vec<SigningAlg>,
    /// Users that the file no longer has. Their access ends with this plan.
    pub removed_users: Vec<User>,
    /// What ends with this plan of all that was given before, and what an earlier one has left to be revoked.
    pub ended: Vec<AccessOf>,
    /// What commands have brought or changed, and what becomes of it.
    pub by_command: Vec<String>,
    /// Clients that are new in the file.
    pub(super) new_clients: Vec<String>,
    pub(super) longest_grant: LongestGrant,
    pub(super) before: Option<Versioned<Tenant>>,
    pub(super) published: Option<Versioned<PublishedBrands>>,
    pub(super) writes: Writes,
}

/// In the order in which they are written, if they don't fit into one transaction.
#[derive(Default)]
pub(super) struct Writes {
    /// Clients, users, secrets, and the list of what was applied.
    pub parts: Vec<Write>,
    pub tenant: Vec<Write>,
    pub removals: Vec<Write>,
}

impl Plan {
    pub fn is_empty(&self) -> bool {
        let nothing = self.changes.is_empty() && self.missing_keys.is_empty() && self.writes.is_empty();
        nothing && !self.publishes() && !self.has_left_over()
    }

    /// Whether something else will be published of the tenant.
    fn publishes(&self) -> bool {
        let there = self.published.as_ref().map(|there| &there.value);
        PublishedBrands::next(there, &self.tenant, Timestamp(0)).is_some()
    }

    /// Whether an apply that was cut short has left something to be revoked.
    pub fn has_left_over(&self) -> bool {
        self.tenant.ended.iter().any(EndedAccess::is_of_a_person)
    }

    pub fn new(before: &TenantInTable, items: &TenantItems) -> Result<Plan, StoreError> {
        let mut plan = Plan {
            tenant: next_tenant(before, items),
            is_new: before.tenant.is_none(),
            changes: Vec::new(),
            missing_keys: Vec::new(),
            removed_users: Vec::new(),
            ended: Vec::new(),
            by_command: Vec::new(),
            new_clients: Vec::new(),
            longest_grant: LongestGrant::of(before, items),
            before: before.tenant.clone(),
            published: before.brands.clone(),
            writes: Writes::default(),
        };
        plan.missing_keys = missing_keys(before, &plan.tenant);
        plan.of_tenant(before)?;
        plan.of_clients(before, items)?;
        plan.of_users(before, items)?;
        plan.of_provider_secrets(before, items)?;
        plan.of_callers(before, items);
        let clients = before.other_clients.iter().map(|client| format!("client {}", client.client_id));
        let users = before.other_users.iter().map(|user| format!("user {}", user.username));
        let stays = |what| format!("{what} is in no file: a command has added it, and it stays");
        plan.by_command.extend(clients.chain(users).map(stays));
        Ok(plan)
    }

    fn of_tenant(&mut self, before: &TenantInTable) -> Result<(), StoreError> {
        let tenant = self.tenant.clone();
        let written =
            self.write_if_changed(ChangedItem::Tenant, tenant.id.as_str(), before.tenant.as_ref(), &tenant)?;
        self.writes.tenant.extend(written);
        if self.is_new {
            self.writes.tenant.push(Write::overwrite(&KnownTenant { tenant: tenant.id.clone() })?);
            self.writes.tenant.push(Write::overwrite(&ListsComplete { tenant: tenant.id.clone() })?);
        }
        Ok(())
    }

    fn of_clients(&mut self, before: &TenantInTable, items: &TenantItems) -> Result<(), StoreError> {
        for wanted in &items.clients {
            let there = before.clients.get(&wanted.client_id);
            let line = before.applied.get(&(AppliedKind::Client, wanted.client_id.clone()));
            let mut client = wanted.clone();
            client.disabled = there.is_some_and(|there| there.disabled);
            // A secret that a command made stays until the file has a new one.
            let unchanged = line.is_some_and(|line| line.secrets == client_secrets(wanted));
            if let (true, Some(there), Some(secrets)) = (unchanged, there, client_secrets_mut(&mut client)) {
                let of_same_kind = client_secrets(there);
                if !of_same_kind.is_empty() {
                    *secrets = of_same_kind.to_vec();
                }
            }
            let written = self.write_if_changed(ChangedItem::Client, &wanted.client_id, there, &client)?;
            if written.is_some() && there.is_some() {
                self.note_command(&format!("client {}", wanted.client_id), line);
            }
            self.new_clients.extend(there.is_none().then(|| wanted.client_id.clone()));
            self.writes.parts.extend(written);
            self.note_applied(line, AppliedItem::client(wanted))?;
        }
        let ids: BTreeSet<&str> = items.clients.iter().map(|client| client.client_id.as_str()).collect();
        for (id, line) in before.applied_of_kind(AppliedKind::Client).filter(|(id, _)| !ids.contains(id.as_str())) {
            self.remove(ChangedItem::Client, id, before.clients.get(id), line);
            self.ended.extend(before.clients.contains_key(id).then(|| AccessOf::Client(id.clone())));
        }
        Ok(())
    }

    fn of_users(&mut self, before: &TenantInTable, items: &TenantItems) -> Result<(), StoreError> {
        for wanted in &items.users {
            let name = wanted.username.to_lowercase();
            let there = before.users.get(&name);
            let line = before.applied.get(&(AppliedKind::User, name.clone()));
            // A password that was changed since stays until the file has a new one.
            let unchanged = line.is_some_and(|line| line.secrets == [wanted.password.clone()]);
            let mut user = wanted.clone();
            if user.sub.is_empty() {
                // Never of the name: the next person with this name is somebody else to every app (OIDC Core §2).
                user.sub = there.map_or_else(random_text::<16>, |there| there.sub.clone());
            }
            match there {
                // The name is another person's now, to whom nothing of the former one comes.
                Some(former) if former.sub != user.sub => {
                    self.ended.push(AccessOf::Person(former.sub.clone()));
                    self.writes.parts.extend(own_of_former(former, before, items)?);
                }
                Some(there) => {
                    if unchanged {
                        user.password = there.password.clone();
                    }
                    self.ended.extend(lost(there, &user));
                }
                None => {}
            }
            let written = self.write_if_changed(ChangedItem::User, &wanted.username, there, &user)?;
            if written.is_some() && there.is_some() {
                self.note_command(&format!("user {}", wanted.username), line);
            }
            self.writes.parts.extend(written);
            self.note_applied(line, AppliedItem::user(wanted))?;
        }
        let names: BTreeSet<String> = items.users.iter().map(|user| user.username.to_lowercase()).collect();
        for (name, line) in before.applied_of_kind(AppliedKind::User).filter(|(name, _)| !names.contains(name.as_str()))
        {
            let user = before.users.get(name);
            if let Some(user) = user {
                self.ended.push(AccessOf::Person(user.sub.clone()));
                self.writes.removals.extend(own_of_former(user, before, items)?);
                let is_renamed = items.users.iter().any(|wanted| wanted.sub == user.sub);
                self.removed_users.extend((!is_renamed).then(|| user.value.clone()));
            }
            self.remove(ChangedItem::User, name, user, line);
        }
        Ok(())
    }

    fn of_provider_secrets(&mut self, before: &TenantInTable, items: &TenantItems) -> Result<(), StoreError> {
        for wanted in &items.provider_secrets {
            let there = before.provider_secrets.get(&wanted.provider);
            let line = before.applied.get(&(AppliedKind::Provider, wanted.provider.clone()));
            // A secret that a command has set stays until the file has a new one.
            match line {
                Some(line) if line.secrets.iter().any(|was| was.matches(wanted.secret.0.expose())) => continue,
                Some(line) => self.writes.removals.push(Write::delete(line)),
                None => {}
            }
            let written = self.write_if_changed(ChangedItem::ProviderSecret, &wanted.provider, there, wanted)?;
            self.writes.parts.extend(written);
        }
        let ids: BTreeSet<&str> = items.provider_secrets.iter().map(|secret| secret.provider.as_str()).collect();
        for (provider, there) in before.provider_secrets.iter().filter(|(id, _)| !ids.contains(id.as_str())) {
            self.changes.push(Change::removed(ChangedItem::ProviderSecret, provider));
            self.writes.removals.push(Write::delete(there));
        }
        Ok(())
    }

    /// Where the file says another secret than when a command replaced it, or nothing of whose it was, the file counts again.
    fn of_callers(&mut self, before: &TenantInTable, items: &TenantItems) {
        let same = |kind, name: &String, wanted: Option<&[ChosenSecretHash]>| {
            let line = before.applied.get(&(kind, name.clone()));
            line.is_some_and(|line| Some(line.secrets.as_slice()) == wanted)
        };
        let tenant = &items.tenant;
        for (kind, name) in before.applied.keys() {
            let wanted = match kind {
                AppliedKind::Ehr => tenant.ehrs.iter().find(|ehr| ehr.name == *name).map(|ehr| ehr.secrets.as_slice()),
                AppliedKind::FhirServer => {
                    tenant.guarded().find(|guarded| guarded.name() == name).map(|guarded| guarded.secrets())
                }
                AppliedKind::Client | AppliedKind::User | AppliedKind::Provider => continue,
            };
            if !same(*kind, name, wanted)
                && let Some(line) = before.applied.get(&(*kind, name.clone()))
            {
                self.writes.removals.push(Write::delete(line));
            }
        }
    }

    /// The write that makes the table's item as the file wants it, unless it is so already.
    fn write_if_changed<T: Item>(
        &mut self,
        what: ChangedItem,
        id: &str,
        there: Option<&Versioned<T>>,
        wanted: &T,
    ) -> Result<Option<Write>, StoreError> {
        let json = |item: &T| serde_json::to_value(item).map_err(|error| StoreError::Unavailable(error.to_string()));
        let (old, new) = (there.map(|there| json(&there.value)).transpose()?, json(wanted)?);
        let write = match (&old, there) {
            (Some(old), Some(_)) if *old == new => return Ok(None),
            (_, Some(there)) => Write::update(there, wanted)?,
            (_, None) => Write::create(wanted)?,
        };
        let change = Change::between(what, id, old.as_ref().unwrap_or(&Value::Null), &new);
        if there.is_none() || !change.fields.is_empty() {
            self.changes.push(change);
        }
        Ok(Some(write))
    }

    /// The file is about to write over what a command said.
    fn note_command(&mut self, what: &str, line: Option<&Versioned<AppliedItem>>) {
        self.by_command.extend(match line {
            None => Some(format!("{what} was not added by a file: from now on this one says what it is")),
            Some(Versioned { value: AppliedItem { set_since: Some(at), .. }, .. }) => {
                let day = at.utc().strftime("%Y-%m-%d");
                Some(format!("{what} was set by a command on {day}: this file undoes what differs"))
            }
            Some(_) => None,
        });
    }

    fn note_applied(&mut self, there: Option<&Versioned<AppliedItem>>, wanted: AppliedItem) -> Result<(), StoreError> {
        self.writes.parts.extend(match there {
            Some(there) if there.secrets == wanted.secrets && there.set_since.is_none() => None,
            Some(there) => Some(Write::update(there, &wanted)?),
            None => Some(Write::create(&wanted)?),
        });
        Ok(())
    }

    fn remove<T: Item>(
        &mut self,
        what: ChangedItem,
        id: &str,
        there: Option<&Versioned<T>>,
        line: &Versioned<AppliedItem>,
    ) {
        if let Some(there) = there {
            self.changes.push(Change::removed(what, id));
            self.writes.removals.push(Write::delete(there));
        }
        self.writes.removals.push(Write::delete(line));
    }
}

impl Writes {
    fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.tenant.is_empty() && self.removals.is_empty()
    }
}

/// What a person made their own, when somebody else has their name or nobody: it stays theirs under another name, with the same `sub`,
/// and goes with them if they go.
fn own_of_former(user: &User, before: &TenantInTable, items: &TenantItems) -> Result<Option<Write>, StoreError> {
    let Some(own) = before.credentials.values().find(|own| own.sub == user.sub) else { return Ok(None) };
    let renamed = items.users.iter().find(|wanted| wanted.sub == user.sub);
    Ok(Some(match renamed {
        Some(User { username, .. }) => {
            Write::update(own, &Credentials { username: username.clone(), ..own.value.clone() })?
        }
        None => Write::delete(own),
    }))
}
