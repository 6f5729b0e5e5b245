//! A tenant's lists: its clients, users, grants, sessions. A sparse index of the table holds them, in which an item stands from the
//! write that makes it to the one that ends it. The index has nothing but keys: an item that changes and stays where it stands costs no
//! write there, so that a refresh, or a session that goes on, costs what it did.

use super::{
    Item, Key, Store, StoreError, Versioned,
    error::outage,
    item::Attributes,
    listed::{INDEX, INDEX_PK, INDEX_SK, List, part, pk},
    schema,
};
use crate::deadline::in_time;
use aws_sdk_dynamodb::types::AttributeValue;
use rules::{tenant::TenantId, time::Timestamp};

/// A list of a tenant, or the part of it that is one client's or one person's.
#[derive(Clone, Copy, Debug)]
pub struct ListOf<'a> {
    pub tenant: &'a TenantId,
    pub list: List,
    pub whose: Option<&'a str>,
}

impl<'a> ListOf<'a> {
    pub fn all(tenant: &'a TenantId, list: List) -> ListOf<'a> {
        ListOf { tenant, list, whose: None }
    }

    pub fn of(tenant: &'a TenantId, list: List, whose: &'a str) -> ListOf<'a> {
        ListOf { tenant, list, whose: Some(whose) }
    }
}

/// Some of a list.
pub struct ListPage<T> {
    pub items: Vec<Versioned<T>>,
    /// Where the rest begins.
    pub next: Option<Attributes>,
}

impl Store {
    /// What the list has, each item as it is now. The list itself is a moment late: what was written within the last second may be
    /// missing.
    pub async fn listed<T: Item>(&self, of: &ListOf<'_>, now: Timestamp) -> Result<Vec<Versioned<T>>, StoreError> {
        let (mut keys, mut from) = (Vec::new(), None);
        loop {
            let (some, next) = self.listed_keys(of, None, from).await?;
            keys.extend(some);
            from = next;
            if from.is_none() {
                return self.find_together(&keys, now).await?.all();
            }
        }
    }

    /// At most so many of it.
    pub async fn listed_page<T: Item>(
        &self,
        of: &ListOf<'_>,
        most: i32,
        from: Option<Attributes>,
        now: Timestamp,
    ) -> Result<ListPage<T>, StoreError> {
        let (keys, next) = self.listed_keys(of, Some(most), from).await?;
        Ok(ListPage { items: self.find_together(&keys, now).await?.all()?, next })
    }

    /// Where the items of the list lie: some six thousand in a call, if nobody wants fewer.
    pub async fn listed_keys(
        &self,
        of: &ListOf<'_>,
        most: Option<i32>,
        from: Option<Attributes>,
    ) -> Result<(Vec<Key>, Option<Attributes>), StoreError> {
        let asked = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(INDEX)
            .set_limit(most)
            .set_exclusive_start_key(from)
            .expression_attribute_values(":pk", AttributeValue::S(pk(of.tenant, of.list)));
        let asked = match of.whose {
            None => asked.key_condition_expression(format!("{INDEX_PK} = :pk")),
            Some(whose) => asked
                .key_condition_expression(format!("{INDEX_PK} = :pk AND begins_with({INDEX_SK}, :part)"))
                .expression_attribute_values(":part", AttributeValue::S(part(whose))),
        };
        let page = in_time(asked.send()).await?.map_err(outage)?;
        let keys = page.items.unwrap_or_default().iter().filter_map(Key::of).collect();
        Ok((keys, page.last_evaluated_key))
    }

    /// Puts an item into the lists that was written before there were any. False where there is nothing to do: it is no listed item, is
    /// listed already, or somebody has written it since, who lists it.
    pub async fn put_in_lists(&self, found: &Attributes, now: Timestamp) -> Result<bool, StoreError> {
        let Some(key) = Key::of(found).filter(|_| !found.contains_key(INDEX_PK)) else { return Ok(false) };
        let Some(listed) = schema::listed_as(&key, found, now)? else { return Ok(false) };
        let version = found.get("version").cloned().unwrap_or_else(|| AttributeValue::N("0".to_owned()));
        let [(_, pk), (_, sk)] = listed.attributes();
        let sent = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key.attributes()))
            .update_expression(format!("SET {INDEX_PK} = :pk, {INDEX_SK} = :sk"))
            .condition_expression("version = :version")
            .expression_attribute_values(":pk", pk)
            .expression_attribute_values(":sk", sk)
            .expression_attribute_values(":version", version);
        match in_time(sent.send()).await? {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) {
                true => Ok(false),
                false => Err(outage(error)),
            },
        }
    }

    /// Reads a page of the whole table, for the one command that must: the one that makes lists of what is older than they are.
    pub async fn whole_table(
        &self,
        from: Option<Attributes>,
    ) -> Result<(Vec<Attributes>, Option<Attributes>), StoreError> {
        let asked = self.client.scan().table_name(&self.table).set_exclusive_start_key(from);
        let page = in_time(asked.send()).await?.map_err(outage)?;
        Ok((page.items.unwrap_or_default(), page.last_evaluated_key))
    }
}
