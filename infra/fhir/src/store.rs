//! The resources in memory, every version kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::date;

/// A clone is cheap, contents are shared: a transaction works on a clone and replaces the store when all went well.
#[derive(Clone, Default)]
pub struct Store {
    types: BTreeMap<String, BTreeMap<String, Vec<Version>>>,
    created: u64,
}

#[derive(Clone, Debug)]
pub struct Version {
    pub number: usize,
    pub at: i64,
    pub change: Change,
    /// Nothing, when this version is the deletion.
    pub content: Option<Arc<Value>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Create,
    Update,
    Delete,
}

impl Store {
    pub fn versions(&self, resource_type: &str, id: &str) -> &[Version] {
        self.types.get(resource_type).and_then(|resources| resources.get(id)).map_or(&[], Vec::as_slice)
    }

    /// What is there now; nothing if it was deleted.
    pub fn current(&self, resource_type: &str, id: &str) -> Option<Arc<Value>> {
        self.versions(resource_type, id).last().and_then(|version| version.content.clone())
    }

    /// All resources of a type as they are now, in the order of their ids.
    pub fn all<'a>(&'a self, resource_type: &str) -> impl Iterator<Item = &'a Arc<Value>> + use<'a> {
        let resources = self.types.get(resource_type).into_iter().flat_map(BTreeMap::values);
        resources.filter_map(|versions| versions.last().and_then(|version| version.content.as_ref()))
    }

    pub fn histories<'a>(
        &'a self,
        resource_type: &str,
    ) -> impl Iterator<Item = (&'a String, &'a Vec<Version>)> + use<'a> {
        self.types.get(resource_type).into_iter().flatten()
    }

    /// Stores a new version under the resource's `id` and writes `meta.versionId` and `meta.lastUpdated` into it.
    pub fn put(&mut self, resource_type: &str, id: &str, mut content: Value, now: i64) -> Version {
        let versions = self.types.entry(resource_type.to_owned()).or_default().entry(id.to_owned()).or_default();
        let number = versions.len() + 1;
        if let Some(fields) = content.as_object_mut() {
            let mut meta = fields.remove("meta").filter(Value::is_object).unwrap_or_else(|| json!({}));
            meta["versionId"] = json!(number.to_string());
            meta["lastUpdated"] = json!(date::instant(now));
            fields.insert("meta".to_owned(), meta);
        }
        let change =
            if versions.last().is_some_and(|last| last.content.is_some()) { Change::Update } else { Change::Create };
        let version = Version { number, at: now, change, content: Some(Arc::new(content)) };
        versions.push(version.clone());
        version
    }

    pub fn delete(&mut self, resource_type: &str, id: &str, now: i64) {
        let Some(versions) = self.types.get_mut(resource_type).and_then(|resources| resources.get_mut(id)) else {
            return;
        };
        versions.push(Version { number: versions.len() + 1, at: now, change: Change::Delete, content: None });
    }

    /// An id that no resource of the type has or had.
    pub fn new_id(&mut self, resource_type: &str) -> String {
        loop {
            self.created += 1;
            let id = format!("new-{}", self.created);
            if self.versions(resource_type, &id).is_empty() {
                return id;
            }
        }
    }
}

/// The number of what is there now; nothing if it was deleted.
pub fn current_version(versions: &[Version]) -> Option<String> {
    versions.last().filter(|version| version.content.is_some()).map(|version| version.number.to_string())
}

/// The content before this version was deleted, or its own.
pub fn last_content(versions: &[Version]) -> Option<&Arc<Value>> {
    versions.iter().rev().find_map(|version| version.content.as_ref())
}
