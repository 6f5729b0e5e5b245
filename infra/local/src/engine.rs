//! The table on this machine: an embedded engine that speaks DynamoDB's protocol, or one outside.

use aws_sdk_dynamodb::{
    Client,
    config::{
        BehaviorVersion, ConfigBag, Credentials, Intercept, Region, RuntimeComponents,
        interceptors::BeforeTransmitInterceptorContextMut,
    },
    error::BoxError,
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
    let is_embedded = !matches!(place, Place::Url(_));
    let endpoint = match place {
        Place::Url(url) => url.to_owned(),
        Place::Memory => serve_in_memory().await?,
        Place::File(folder) => {
            std::fs::create_dir_all(folder)?;
            serve(Database::new(&folder.join("admit.sqlite").to_string_lossy())?).await?
        }
    };
    let config = config(&endpoint);
    let config = if is_embedded { config.interceptor(WithoutRequestToken) } else { config };
    let client = Client::from_conf(config.build());
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

/// The SDK gives each transaction a token, so that one whose answer was lost can be asked for again. The engine keeps every token for ten
/// minutes and looks at all of them at each transaction (dynoxide 3.2): after ten thousand that takes longer than all the rest of a
/// login. Nothing gets lost on the way to an engine in this process.
#[derive(Debug)]
struct WithoutRequestToken;

impl Intercept for WithoutRequestToken {
    fn name(&self) -> &'static str {
        "without request token"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let Some(shorter) = request.body().bytes().and_then(without_request_token) else { return Ok(()) };
        request.headers_mut().insert("content-length", shorter.len().to_string());
        *request.body_mut() = shorter.into();
        Ok(())
    }
}

/// `None` if there is no token. In a text of an item the quotes of the member's name would be escaped.
fn without_request_token(body: &[u8]) -> Option<String> {
    const MEMBER: &str = ",\"ClientRequestToken\":\"";
    let (before, from) = str::from_utf8(body).ok()?.split_once(MEMBER)?;
    let (_, after) = from.split_once('"')?;
    Some(format!("{before}{after}"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};

    #[test]
    fn a_request_without_a_token_stays_as_it_is_and_so_does_all_else_of_one_with_it() {
        let body = r#"{"TransactItems":[{"Put":{"Item":{"a":{"S":",\"ClientRequestToken\":\"x\""}}}}],"ClientRequestToken":"4f-1"}"#;
        let without = r#"{"TransactItems":[{"Put":{"Item":{"a":{"S":",\"ClientRequestToken\":\"x\""}}}}]}"#;
        assert_eq!(without_request_token(body.as_bytes()).as_deref(), Some(without));
        assert_eq!(without_request_token(without.as_bytes()), None);
    }

    /// The engine would answer the second with the first's answer, or complain that the requests differ.
    #[tokio::test]
    async fn the_embedded_engine_is_sent_no_request_token() {
        let client = open(Place::Memory).await.unwrap();
        for value in ["1", "2"] {
            let item = |name: &str, value: &str| (name.to_owned(), AttributeValue::S(value.to_owned()));
            let put = Put::builder()
                .table_name(TABLE)
                .set_item(Some([item("pk", "p"), item("sk", "s"), item("v", value)].into()));
            let put = TransactWriteItem::builder().put(put.build().unwrap()).build();
            let transaction = client.transact_write_items().transact_items(put).client_request_token("the same");
            transaction.send().await.unwrap();
        }
    }
}
