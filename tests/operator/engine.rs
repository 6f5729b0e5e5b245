//! A server on a table of its own in the embedded engine, and the faults between them.

use aws_sdk_dynamodb::config::retry::RetryConfig;
use kit::faults::Faults;
use server::{
    Clock, Server,
    keys::{outbound::Outbound, signer::Custodian},
    store::Store,
};
use std::time::Duration;

pub async fn server() -> (Server, Faults) {
    let faults = Faults::default();
    let endpoint = local::engine::serve_in_memory().await.unwrap();
    let retry = RetryConfig::standard().with_initial_backoff(Duration::from_millis(1));
    let config = local::engine::config(&endpoint).http_client(faults.client()).retry_config(retry).build();
    let client = aws_sdk_dynamodb::Client::from_conf(config);
    local::engine::create_table(&client).await.unwrap();
    let store = Store::new(client, local::engine::TABLE);
    (Server::new(store, Custodian::Laptop(None), Outbound::new().unwrap(), Clock::System), faults)
}
