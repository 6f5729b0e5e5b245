//! `admit migrate`: makes a table that an earlier release has written what this one expects. The one command that reads a whole table.

use crate::{
    failure::Failure,
    out::Out,
    target::{OperatorAction, Target},
};
use serde_json::json;
use server::store::{StoreError, Write, schema::ListsComplete};
use tokio::task::JoinSet;

/// Puts what is older than the lists into them, so that `grants list` and the like find it. Once, when all functions run this
/// release; it reads the whole table, and can be interrupted and run again
#[derive(clap::Args, Debug)]
pub struct Migrate {}

/// As many writes at a time as a laptop's connection bears.
const AT_ONCE: usize = 16;

impl Migrate {
    pub fn operation(&self) -> Option<OperatorAction> {
        Some(OperatorAction::by_changes("migrate"))
    }

    pub async fn run(self, target: &Target, out: &Out) -> Result<(), Failure> {
        // Tenants that are made from here on are complete from their beginning.
        let tenants = target.server.store.tenants(target.now()).await?;
        let (mut seen, mut put, mut from) = (0, 0, None);
        loop {
            let (items, next) = target.server.store.whole_table(from).await?;
            seen += items.len();
            put += put_in_lists(target, items).await?;
            out.progress(format!("looked at {seen} items, listed {put}"));
            from = next;
            if from.is_none() {
                break;
            }
        }
        out.progress_ends();
        for tenant in &tenants {
            let mark = ListsComplete { tenant: tenant.clone() };
            target.server.store.write_unraced(vec![Write::overwrite(&mark)?]).await?;
            target.changed(tenant, "completed the tenant's lists".to_owned());
        }
        out.answer(
            &json!({ "items": seen, "listed": put, "tenants": tenants }),
            format!("{put} of {seen} items were in no list; the lists of {} tenants are complete", tenants.len()),
        );
        Ok(())
    }
}

async fn put_in_lists(
    target: &Target,
    items: Vec<std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue>>,
) -> Result<usize, Failure> {
    let (mut running, mut put) = (JoinSet::new(), 0);
    for item in items {
        if running.len() >= AT_ONCE {
            put += joined(running.join_next().await)?;
        }
        let (store, now) = (target.server.store.clone(), target.now());
        running.spawn(async move { store.put_in_lists(&item, now).await });
    }
    while !running.is_empty() {
        put += joined(running.join_next().await)?;
    }
    Ok(put)
}

fn joined(one: Option<Result<Result<bool, StoreError>, tokio::task::JoinError>>) -> Result<usize, Failure> {
    match one {
        Some(Ok(put)) => Ok(usize::from(put?)),
        Some(Err(given_up)) => Err(Failure::failed(given_up)),
        None => Ok(0),
    }
}
