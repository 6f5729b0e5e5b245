//! A form becomes an app of the tenant, or its faults are named.

use super::{
    lines::{Form, Made},
    save,
};
use crate::{
    site::Site,
    tenant::LocalTenant,
    validate::{EnclosingTenant, parse_clients},
};
use rules::client::Client;

pub struct Registered {
    pub client: Client,
    pub lines: String,
    pub made: Option<Made>,
}

/// Judged as a tenant file is, and written into the table.
pub async fn enter(site: &Site, tenant: &LocalTenant, form: &Form) -> Result<Registered, Vec<String>> {
    let written = form.lines();
    let enclosing = EnclosingTenant { id: tenant.file.id(), base: &site.base, lan: site.lan };
    let clients = parse_clients(&enclosing, &written.text).map_err(|mistakes| {
        let words =
            |mistake: &admin::tenant_file::Mistake| format!("Found {}, expected {}.", mistake.found, mistake.expected);
        mistakes.iter().map(words).collect::<Vec<_>>()
    })?;
    let client = clients.into_iter().next().ok_or_else(|| vec!["There is no app in this form.".to_owned()])?;
    save::save(site, tenant, client.clone()).await.map_err(|why| vec![why])?;
    Ok(Registered { client, lines: written.text, made: written.made })
}
