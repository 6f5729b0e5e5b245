//! The engines that the contract is tried on.

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use kit::{ministack::Ministack, moto::Moto};
use local::engine::{TABLE, config, create_table, serve_in_memory};
use rules::{secret::random_text, tenant::TenantId};
use server::store::{Store, schema};
use std::io::Write as _;

/// A table somewhere, and a tenant in it that nobody else uses.
pub struct Engine {
    pub store: Store,
    pub tenant: TenantId,
    client: Client,
    table: String,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Engine {
    pub async fn embedded() -> Engine {
        Engine::at(&serve_in_memory().await.expect("the engine starts")).await.expect("a table")
    }

    /// An emulator of another make, where it is installed.
    pub async fn ministack() -> Option<Engine> {
        if !Ministack::is_here() {
            return None;
        }
        let endpoint = format!("http://{}", Ministack::shared().address);
        Some(Engine::at(&endpoint).await.expect("ministack makes a table"))
    }

    /// A second one, of other authors.
    pub async fn moto() -> Option<Engine> {
        if !Moto::is_here() {
            return None;
        }
        Some(Engine::at(&Moto::shared().url()).await.expect("moto makes a table"))
    }

    /// The one that `ADMIT_TEST_DYNAMODB` names by its URL.
    pub async fn of_the_environment() -> Option<Engine> {
        let endpoint = std::env::var("ADMIT_TEST_DYNAMODB").ok().filter(|url| !url.is_empty())?;
        Some(Engine::at(&endpoint).await.expect("ADMIT_TEST_DYNAMODB makes a table"))
    }

    /// The table `ADMIT_TEST_TABLE` on AWS, by the credentials and the region of the environment.
    pub async fn on_aws() -> Option<Engine> {
        let table = std::env::var("ADMIT_TEST_TABLE").ok().filter(|table| !table.is_empty())?;
        let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
        Some(Engine::with(Client::new(&config), &table).expect("an engine"))
    }

    async fn at(endpoint: &str) -> Result<Engine, Failure> {
        let client = Client::from_conf(config(endpoint).build());
        create_table(&client).await?;
        Engine::with(client, TABLE)
    }

    fn with(client: Client, table: &str) -> Result<Engine, Failure> {
        let chance: String = random_text::<16>().to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
        let tenant = TenantId::parse(&format!("t{chance}")).ok_or("a tenant")?;
        let store = Store::new(client.clone(), table);
        Ok(Engine { store, tenant, client, table: table.to_owned() })
    }

    /// Takes away what the contract has written: a table on AWS is there for longer than the tests.
    pub async fn clean_up(&self) {
        let mut pages = self
            .client
            .scan()
            .table_name(&self.table)
            .filter_expression("begins_with(pk, :tenant)")
            .expression_attribute_values(":tenant", AttributeValue::S(self.tenant.as_str().to_owned()))
            .projection_expression("pk, sk")
            .into_paginator()
            .items()
            .send();
        while let Some(key) = pages.next().await {
            let key = key.expect("the engine answers");
            self.client.delete_item().table_name(&self.table).set_key(Some(key)).send().await.expect("deleted");
        }
    }

    /// Whether the item is in the table, expired or not.
    pub async fn is_there(&self, jti: &str) -> bool {
        let key = schema::revoked_access_token(&self.tenant, jti);
        !self.store.partition(&key.pk).await.expect("an answer").is_empty()
    }

    pub async fn delete(&self, jti: &str) {
        let key = schema::revoked_access_token(&self.tenant, jti);
        let request = self.client.delete_item().table_name(&self.table);
        let request = request.key("pk", AttributeValue::S(key.pk)).key("sk", AttributeValue::S(key.sk));
        request.send().await.expect("deleted");
    }

    /// An item that no code of ours would write; a name that ends in `#` holds a number.
    pub async fn put_raw(&self, pk: &str, sk: &str, members: &[(&str, &str)]) {
        let mut request = self.client.put_item().table_name(&self.table);
        for (name, value) in [("pk", pk), ("sk", sk)].iter().chain(members) {
            request = match name.strip_suffix('#') {
                Some(name) => request.item(name, AttributeValue::N((*value).to_owned())),
                None => request.item(*name, AttributeValue::S((*value).to_owned())),
            };
        }
        request.send().await.expect("written");
    }
}

/// Seen even where the output of tests that pass is not shown.
pub fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}
