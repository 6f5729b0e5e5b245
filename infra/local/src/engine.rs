//! The table on this machine: an embedded engine that speaks DynamoDB's protocol, or one outside.

use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
};
use dynoxide::Database;
use server::store::{client_config, table};
use std::{error::Error, path::Path, time::Duration};
use tokio::net::TcpListener;

pub const TABLE: &str = "admit";
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Where the table is.
pub enum Place<'a> {
    Memory,
    File(&'a Path),
    Url(&'a str),
}

/// A client of the engine, with the table made if it was missing.
pub async fn open(place: Place<'_>) -> Result<Client, Box<dyn Error + Send + Sync>> {
    Ok(open_at(place, TABLE).await?.0)
}

/// The same, with the engine's address, so that the operator's command can ask it too.
pub async fn open_at(place: Place<'_>, table: &str) -> Result<(Client, String), Box<dyn Error + Send + Sync>> {
    let endpoint = match place {
        Place::Url(url) => url.to_owned(),
        Place::Memory => serve_in_memory().await?,
        Place::File(folder) => {
            std::fs::create_dir_all(folder)?;
            serve(Database::new(&folder.join("admit.sqlite").to_string_lossy())?).await?
        }
    };
    let client = Client::from_conf(config(&endpoint).build());
    server::store::table::create(&client, table).await?;
    Ok((client, endpoint))
}

/// The SDK as deployed functions use it, but for the address.
pub fn config(endpoint: &str) -> aws_sdk_dynamodb::config::Builder {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .endpoint_url(endpoint);
    client_config(config)
}

/// The address of an engine of one's own that forgets everything with the process.
pub async fn serve_in_memory() -> Result<String, Box<dyn Error + Send + Sync>> {
    serve(Database::memory()?).await
}

/// Serves the engine to this process, and deletes what has expired, as DynamoDB does on its own.
async fn serve(database: Database) -> Result<String, Box<dyn Error + Send + Sync>> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    let swept = database.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(SWEEP_EVERY).await;
            if let Err(error) = swept.sweep_ttl() {
                tracing::warn!(%error, "expired items could not be deleted");
            }
        }
    });
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    Ok(endpoint)
}

/// The same table that `infra/template.yaml` makes.
pub async fn create_table(client: &Client) -> Result<(), Box<dyn Error + Send + Sync>> {
    table::create(client, TABLE).await
}
