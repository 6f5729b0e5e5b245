//! Apps without a registration: each becomes a public client when it first asks.

use super::{enter::enter, lines::Form};
use crate::{site::Site, tenant::LocalTenant};
use rules::client::Client;
use server::store::schema;

/// What such an app may ask for: all that a person can give.
const SCOPE: &str = "launch launch/patient launch/encounter openid fhirUser profile offline_access online_access \
                     patient/*.cruds user/*.cruds";
/// Its name on the consent page, so that nobody takes it for a registered one.
const PREFIX: &str = "Unregistered app ";
/// Per tenant, and per app: a stranger's requests must not fill the table.
const MOST_CLIENTS: usize = 200;
const MOST_REDIRECT_URIS: usize = 20;

pub fn is_unregistered(client: &Client) -> bool {
    client.client_name.starts_with(PREFIX)
}

/// Registers the app, or adds the redirect URI. One that is registered is left as it is, and so is one that was switched off: the
/// table says so at once, and the server's memory knows no such app at all.
pub async fn take_in(site: &Site, tenant: &LocalTenant, client_id: &str, redirect_uri: &str) -> Result<(), String> {
    let now = site.server.now();
    let key = schema::client(&tenant.items.tenant.id, client_id);
    let known = site.server.store.find::<Client>(key, now).await.map_err(|error| error.to_string())?;
    let mut redirect_uris: Vec<String> = match known {
        Some(known) if known.disabled || !is_unregistered(&known) => return Ok(()),
        Some(known) => known.redirect_uris.iter().map(|uri| uri.as_str().to_owned()).collect(),
        None if tenant.clients().iter().filter(|client| is_unregistered(client)).count() >= MOST_CLIENTS => {
            return Err(format!("there are {MOST_CLIENTS} already: remove some at /launcher/register"));
        }
        None => Vec::new(),
    };
    if redirect_uris.iter().any(|uri| uri == redirect_uri) {
        return Ok(());
    }
    if redirect_uris.len() >= MOST_REDIRECT_URIS || redirect_uri.contains(char::is_whitespace) {
        return Err(format!("more than {MOST_REDIRECT_URIS} redirect URIs, or one with a space"));
    }
    redirect_uris.push(redirect_uri.to_owned());
    let form = Form {
        tenant: tenant.file.id().to_owned(),
        client_id: client_id.to_owned(),
        client_name: format!("{PREFIX}{client_id}"),
        kind: "public".to_owned(),
        redirect_uris: redirect_uris.join("\n"),
        scope: SCOPE.to_owned(),
        ..Form::default()
    };
    enter(site, tenant, &form).await.map(|_| ()).map_err(|mistakes| mistakes.join(" "))
}
