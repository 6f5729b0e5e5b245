//! `admit lockouts`: whose secrets are guessed at, and whose authenticator app is locked.

use crate::{
    failure::Failure,
    out::{Out, table},
    target::Target,
};
use rules::{
    client::Client,
    credentials::{Credentials, totp::Totp},
    tenant::TenantId,
    user::User,
};
use serde_json::{Value, json};
use server::{
    store::{List, ListOf},
    throttle::locked::{Counted, Suspect, counted},
};
use std::collections::BTreeMap;

#[derive(clap::Subcommand, Debug)]
pub enum Lockouts {
    /// Lists the names of a tenant with wrong passwords, secrets or codes: of users, clients, FHIR servers and EHRs.
    /// The audit trail has where they tried from: `admit audit search TENANT SUB`
    List { tenant: String },
}

impl Lockouts {
    pub async fn run(self, target: &Target, out: &Out) -> Result<(), Failure> {
        let Lockouts::List { tenant } = self;
        list(target, out, &tenant).await
    }
}

async fn list(target: &Target, out: &Out, tenant: &str) -> Result<(), Failure> {
    let tenant = target.tenant(tenant).await?;
    let users = target.listed::<User>(ListOf::all(&tenant.id, List::Users)).await?;
    let clients = target.listed::<Client>(ListOf::all(&tenant.id, List::Clients)).await?;
    let apps = apps(target, &tenant.id).await?;
    let (mut names, mut suspects) = (Vec::new(), Vec::new());
    for user in &users {
        names.push(("user", user.username.as_str()));
        let app = apps.get(&user.sub);
        suspects.push(Suspect::Person { username: &user.username, sub: &user.sub, app });
    }
    let clients = clients.iter().map(|client| ("client", client.client_id.as_str()));
    let servers = tenant.fhir_servers.iter().map(|server| ("FHIR server", server.name.as_str()));
    let resources = tenant.resources.iter().map(|resource| ("resource", resource.name.as_str()));
    let ehrs = tenant.ehrs.iter().map(|ehr| ("EHR", ehr.name.as_str()));
    for (kind, name) in clients.chain(servers).chain(resources).chain(ehrs) {
        names.push((kind, name));
        suspects.push(Suspect::Caller { name });
    }
    let counts = counted(&target.server, &tenant, &suspects, target.now()).await?;
    let mut found: Vec<(&str, &str, Counted)> = Vec::new();
    for ((kind, name), counted) in names.into_iter().zip(counts) {
        if counted != Counted::default() {
            found.push((kind, name, counted));
        }
    }
    found.sort_by_key(|(_, _, counted)| std::cmp::Reverse((counted.is_locked(), counted.this_hour)));
    show(out, &found);
    Ok(())
}

/// The authenticator apps of a tenant's people, by `sub`.
async fn apps(target: &Target, tenant: &TenantId) -> Result<BTreeMap<String, Totp>, Failure> {
    let own = target.listed::<Credentials>(ListOf::all(tenant, List::Credentials)).await?;
    Ok(own.into_iter().filter_map(|own| Some((own.value.sub, own.value.totp?))).collect())
}

fn show(out: &Out, found: &[(&str, &str, Counted)]) {
    let state = |counted: &Counted| match (counted.is_locked(), counted.is_under_attack()) {
        (true, _) => "the app is locked: `admit user forget-factors`, or a recovery code",
        (false, true) => "guessed at: no address has a free try",
        (false, false) => "",
    };
    let mut rows = Vec::new();
    let mut json = Vec::new();
    for (kind, name, counted) in found {
        let (hour, codes) = (counted.this_hour.to_string(), counted.codes_in_a_row.to_string());
        rows.push(vec![(*kind).to_owned(), (*name).to_owned(), hour, codes, state(counted).to_owned()]);
        json.push(json!({
            "kind": kind, "name": name, "wrong_this_hour": counted.this_hour, "wrong_codes_in_a_row": counted.codes_in_a_row,
            "under_attack": counted.is_under_attack(), "locked": counted.is_locked(),
        }));
    }
    let human = match rows.is_empty() {
        true => "nothing is counted against any name of this tenant".to_owned(),
        false => table(&["KIND", "NAME", "WRONG THIS HOUR", "WRONG CODES IN A ROW", "STATE"], &rows),
    };
    out.answer(&Value::from(json), human);
}
