//! `admit migrate`: makes a table that an earlier release has written what this one expects. The one command that reads a whole table.

use crate::{
    failure::Failure,
    out::Out,
    target::{OperatorAction, Target},
};
use serde_json::json;
use server::store::{StoreError, Write, item::Attributes, schema::ListsComplete};
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
        let (mut seen, mut put, mut from) = (0, Put::default(), None);
        loop {
            let (items, next) = target.server.store.whole_table(from).await?;
            seen += items.len();
            put_in_lists(target, items, &mut put).await?;
            out.progress(format!("looked at {seen} items, listed {}", put.listed));
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
            &json!({ "items": seen, "listed": put.listed, "unreadable": put.unreadable, "tenants": tenants }),
            format!("{} of {seen} items were in no list; those of {} tenants are complete", put.listed, tenants.len()),
        );
        if put.unreadable > 0 {
            out.note(format!(
                "{} items can't be read by this release, by functions neither: they are in no list",
                put.unreadable
            ));
        }
        Ok(())
    }
}

#[derive(Default)]
struct Put {
    listed: usize,
    unreadable: usize,
}

type Running = JoinSet<Result<bool, StoreError>>;

async fn put_in_lists(target: &Target, items: Vec<Attributes>, put: &mut Put) -> Result<(), Failure> {
    let mut running = Running::new();
    for item in items {
        if running.len() >= AT_ONCE {
            wait_for_one(&mut running, put).await?;
        }
        let (store, now) = (target.server.store.clone(), target.now());
        running.spawn(async move { store.put_in_lists(&item, now).await });
    }
    while !running.is_empty() {
        wait_for_one(&mut running, put).await?;
    }
    Ok(())
}

async fn wait_for_one(running: &mut Running, put: &mut Put) -> Result<(), Failure> {
    match running.join_next().await {
        Some(Ok(Ok(listed))) => put.listed += usize::from(listed),
        // It would stop this command for ever.
        Some(Ok(Err(StoreError::Unreadable(_)))) => put.unreadable += 1,
        Some(Ok(Err(error))) => return Err(error.into()),
        Some(Err(given_up)) => return Err(Failure::failed(given_up)),
        None => {}
    }
    Ok(())
}
