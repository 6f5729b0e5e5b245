//! What a journey leaves in the table, told in a few words an item, so that one journey can be compared with another.

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use local::engine::{TABLE, config};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// How many items of each kind and state.
pub type Left = BTreeMap<String, i64>;

type Item = HashMap<String, AttributeValue>;

/// Reads and clears what is not configuration.
pub struct Table(Client);

impl Table {
    pub fn at(endpoint: &str) -> Table {
        Table(Client::from_conf(config(endpoint).build()))
    }

    /// What is there.
    pub async fn left(&self) -> Left {
        self.items().await.into_iter().fold(Left::new(), |mut left, (state, count, _)| {
            *left.entry(state).or_default() += count;
            left
        })
    }

    /// Each item that is no configuration.
    async fn items(&self) -> Vec<(String, i64, Item)> {
        let found = self.0.scan().table_name(TABLE).send().await.expect("the engine answers").items.unwrap_or_default();
        let told = found.into_iter().filter_map(|item| {
            let pk = text(&item, "pk").expect("a key").to_owned();
            let kind = pk.split('#').nth(1).filter(|kind| !CONFIGURATION.contains(kind))?;
            let (state, count) = state(kind, &item);
            Some((state, count, item))
        });
        told.collect()
    }

    /// What is there; afterwards it is not.
    pub async fn swept(&self) -> Left {
        let left = self.left().await;
        for (_, _, item) in self.items().await {
            let keys = ["pk", "sk"].map(|name| (name.to_owned(), item[name].clone()));
            let delete = self.0.delete_item().table_name(TABLE).set_key(Some(HashMap::from(keys)));
            delete.send().await.expect("the engine answers");
        }
        left
    }
}

const CONFIGURATION: [&str; 5] = ["TENANT", "TENANTS", "CLIENT", "USER", "PROVIDER"];

fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

fn state(kind: &str, item: &Item) -> (String, i64) {
    let body: Value = text(item, "body").and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default();
    let state = match kind {
        "GRANT" | "SESSION" => body["state"]["is"].as_str().unwrap_or_default().to_owned(),
        // `new` and `opened` are words, and what is used is more.
        "PUSHED" => body["state"].as_str().unwrap_or("used").to_owned(),
        "LAUNCH" => format!("used: {}", body["used"]),
        "INTERACTION" => format!("finished: {}", body["finished"]),
        // Attempts are added up, wherever they were counted.
        "ATTEMPTS" => {
            let count = item.get("count").and_then(|count| count.as_n().ok()).and_then(|count| count.parse().ok());
            return ("ATTEMPTS counted".to_owned(), count.unwrap_or_default());
        }
        "ALLOWED" => text(item, "sk").and_then(|sk| sk.split('#').next()).unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    (format!("{kind} {state}").trim().to_owned(), 1)
}

/// What there is too little or too much of. Who was told to come back, and did, may have left the traces of having come
/// twice, and a way that ended with that word is no open way any more. Whoever is right gets in even where that can't be written (`attempts`), so after a lasting fault, counts may differ.
pub fn compared(expected: &Left, found: &Left, was_told: bool, was_brief: bool) -> Vec<String> {
    let names = expected.keys().chain(found.keys()).collect::<std::collections::BTreeSet<_>>();
    let count = |left: &Left, name: &String| left.get(name).copied().unwrap_or_default();
    let difference = |name: &String| count(found, name) - count(expected, name);
    let is_trace = |name: &str| ["INTERACTION", "SESSION", "JTI", "JWKS"].iter().any(|kind| name.starts_with(kind));
    names
        .into_iter()
        .filter_map(|name| match difference(name) {
            0 => None,
            // What could not be kept for others is asked for again.
            _ if name.starts_with("CLIENTDOC") => None,
            _ if name.starts_with("ATTEMPTS") && (was_told || !was_brief) => None,
            more if more > 0 && was_told && is_trace(name) => None,
            _ if name == "INTERACTION finished: false" && was_told => None,
            more if more > 0 => Some(format!("SPENT TWICE: {more} {name} more")),
            less => Some(format!("LOST: {} {name}", -less)),
        })
        .collect()
}
