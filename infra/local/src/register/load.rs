//! Apps that were registered in an earlier run: they are in the table, but in no file.

use crate::failure::Failure;
use admin::tenant_file::TenantItems;
use aws_sdk_dynamodb::{Client as Table, types::AttributeValue};
use rules::{client::Client, time::Timestamp};
use server::store::{Versioned, item};

/// Reads the whole table, which only a table on a laptop is small enough for.
pub async fn load(table: &Table, name: &str, items: &TenantItems, now: Timestamp) -> Result<Vec<Client>, Failure> {
    let mut clients = Vec::new();
    let mut from = None;
    loop {
        let prefix = format!("{}#CLIENT#", items.tenant.id.as_str());
        let page = table
            .scan()
            .table_name(name)
            .filter_expression("begins_with(pk, :prefix)")
            .expression_attribute_values(":prefix", AttributeValue::S(prefix))
            .consistent_read(true)
            .set_exclusive_start_key(from)
            .send()
            .await?;
        for stored in page.items() {
            let client: Option<Versioned<Client>> = item::read(stored, now).map_err(|error| error.to_string())?;
            clients.extend(client.map(|client| client.value));
        }
        from = page.last_evaluated_key;
        if from.is_none() {
            break;
        }
    }
    clients.retain(|client: &Client| items.clients.iter().all(|in_file| in_file.client_id != client.client_id));
    Ok(clients)
}
