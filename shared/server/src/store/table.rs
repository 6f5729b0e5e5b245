//! The table as `infra/template.yaml` makes it, for a laptop, an emulator or a test, which have no stack.

use super::listed::{INDEX, INDEX_PK, INDEX_SK};
use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition, BillingMode, CreateGlobalSecondaryIndexAction, GlobalSecondaryIndex,
        GlobalSecondaryIndexUpdate, KeySchemaElement, KeyType, Projection, ProjectionType, ScalarAttributeType,
        TimeToLiveSpecification,
    },
};
use std::error::Error;

type Failed = Box<dyn Error + Send + Sync>;

/// Makes the table, unless it is there; and its index, where the table is older than that.
pub async fn create(client: &Client, table: &str) -> Result<(), Failed> {
    let there = client.describe_table().table_name(table).send().await.ok().and_then(|answer| answer.table);
    if let Some(there) = there {
        return match there.global_secondary_indexes().iter().any(|index| index.index_name() == Some(INDEX)) {
            true => Ok(()),
            false => add_index(client, table).await,
        };
    }
    let mut create = client.create_table().table_name(table).billing_mode(BillingMode::PayPerRequest);
    for name in ["pk", "sk", INDEX_PK, INDEX_SK] {
        create = create.attribute_definitions(attribute(name)?);
    }
    let index = GlobalSecondaryIndex::builder()
        .index_name(INDEX)
        .key_schema(key(INDEX_PK, KeyType::Hash)?)
        .key_schema(key(INDEX_SK, KeyType::Range)?)
        .projection(keys_alone());
    let create = create.key_schema(key("pk", KeyType::Hash)?).key_schema(key("sk", KeyType::Range)?);
    create.global_secondary_indexes(index.build()?).send().await?;
    let ttl = TimeToLiveSpecification::builder().attribute_name("expires_at").enabled(true).build()?;
    client.update_time_to_live().table_name(table).time_to_live_specification(ttl).send().await?;
    Ok(())
}

async fn add_index(client: &Client, table: &str) -> Result<(), Failed> {
    let index = CreateGlobalSecondaryIndexAction::builder()
        .index_name(INDEX)
        .key_schema(key(INDEX_PK, KeyType::Hash)?)
        .key_schema(key(INDEX_SK, KeyType::Range)?)
        .projection(keys_alone())
        .build()?;
    let mut update = client.update_table().table_name(table);
    for name in ["pk", "sk", INDEX_PK, INDEX_SK] {
        update = update.attribute_definitions(attribute(name)?);
    }
    let update = update.global_secondary_index_updates(GlobalSecondaryIndexUpdate::builder().create(index).build());
    update.send().await?;
    Ok(())
}

fn attribute(name: &str) -> Result<AttributeDefinition, Failed> {
    let attribute = AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
    Ok(attribute.build()?)
}

fn key(name: &str, kind: KeyType) -> Result<KeySchemaElement, Failed> {
    Ok(KeySchemaElement::builder().attribute_name(name).key_type(kind).build()?)
}

fn keys_alone() -> Projection {
    Projection::builder().projection_type(ProjectionType::KeysOnly).build()
}
