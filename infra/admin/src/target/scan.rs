//! Reads a whole table for the items of one tenant and kind. The table has no list of clients, users or grants, since only an
//! operator would need it. The progress shows how much a scan reads.

use super::Target;
use crate::{failure::Failure, out::Out};
use aws_sdk_dynamodb::{error::DisplayErrorContext, types::AttributeValue};
use rules::tenant::TenantId;
use server::store::{Item, Versioned, item};
use std::collections::HashMap;

/// Stops when `enough` says so. A strongly consistent scan would cost twice as much, and a list needs no such guarantee.
pub async fn items<T: Item>(
    target: &Target,
    out: &Out,
    tenant: &TenantId,
    kind: &str,
    enough: impl Fn(&[Versioned<T>]) -> bool,
) -> Result<Vec<Versioned<T>>, Failure> {
    items_below(target, out, tenant, kind, "", enough).await
}

/// The same, for partitions with items of several kinds: the items whose sort key begins with `sort`.
pub async fn items_below<T: Item>(
    target: &Target,
    out: &Out,
    tenant: &TenantId,
    kind: &str,
    sort: &str,
    enough: impl Fn(&[Versioned<T>]) -> bool,
) -> Result<Vec<Versioned<T>>, Failure> {
    let prefix = format!("{}#{kind}#", tenant.as_str());
    let (mut found, mut from, mut seen) = (Vec::new(), None, 0);
    loop {
        let page = target
            .dynamodb
            .scan()
            .table_name(&target.table)
            .filter_expression("begins_with(pk, :prefix)")
            .expression_attribute_values(":prefix", AttributeValue::S(prefix.clone()))
            .set_exclusive_start_key(from)
            .send()
            .await
            .map_err(|error| Failure::failed(format!("the table can't be read: {}", DisplayErrorContext(error))))?;
        let begins = |one: &HashMap<String, AttributeValue>| {
            one.get("sk").and_then(|sk| sk.as_s().ok()).is_some_and(|sk| sk.starts_with(sort))
        };
        for one in page.items().iter().filter(|one| begins(one)) {
            found.extend(item::read::<T>(one, target.now())?);
        }
        seen += page.scanned_count();
        out.progress(format!("looked at {seen} items, found {}", found.len()));
        from = page.last_evaluated_key;
        if from.is_none() || enough(&found) {
            out.progress_ends();
            return Ok(found);
        }
    }
}
