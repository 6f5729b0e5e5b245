//! Reads a whole table for the items of one tenant and kind. Nothing keeps a list of clients, users or grants for the
//! operator alone; what it costs to look at everything is said on the way.

use crate::{failure::Failure, out::Out, place::Place};
use aws_sdk_dynamodb::{error::DisplayErrorContext, types::AttributeValue};
use rules::tenant::TenantId;
use server::store::{Item, Versioned, item};
use std::collections::HashMap;

/// Strongly consistent would cost twice as much, and who lists is not in a race.
pub async fn all<T: Item>(
    place: &Place,
    out: &Out,
    tenant: &TenantId,
    kind: &str,
    enough: impl Fn(&[Versioned<T>]) -> bool,
) -> Result<Vec<Versioned<T>>, Failure> {
    below(place, out, (tenant, kind, ""), enough).await
}

/// The same, for partitions with items of several sorts: those whose sort key begins so.
pub async fn below<T: Item>(
    place: &Place,
    out: &Out,
    (tenant, kind, sort): (&TenantId, &str, &str),
    enough: impl Fn(&[Versioned<T>]) -> bool,
) -> Result<Vec<Versioned<T>>, Failure> {
    let prefix = format!("{}#{kind}#", tenant.as_str());
    let (mut found, mut from, mut seen) = (Vec::new(), None, 0);
    loop {
        let page = place
            .dynamodb
            .scan()
            .table_name(&place.table)
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
            found.extend(item::read::<T>(one, place.now())?);
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
