//! What a search asks, and the store that it looks at through the caller's eyes.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value;

use super::criterion::Chains;
use crate::compartment;
use crate::definitions::ResourceType;
use crate::guard::{Guard, Permission};
use crate::store::Store;

/// The store through the caller's eyes.
pub struct Context<'a> {
    pub store: &'a Store,
    pub base: &'a str,
    pub guard: &'a Guard<'a>,
    sight: RefCell<HashMap<String, Rc<Permission>>>,
}

/// What a search asks beside its parameters.
pub struct Search<'a> {
    pub of: &'static ResourceType,
    pub parameters: &'a [(String, String)],
    /// `GET Patient/{id}/{type}`: only what is in this patient's compartment.
    pub in_compartment_of: Option<&'a str>,
    pub strict: bool,
}

impl<'a> Context<'a> {
    pub fn new(store: &'a Store, base: &'a str, guard: &'a Guard<'a>) -> Context<'a> {
        Context { store, base, guard, sight: RefCell::default() }
    }

    /// Whether the caller could read the resource or find it by a search of its own.
    pub fn sees(&self, resource: &Value) -> bool {
        let Some(resource_type) = resource["resourceType"].as_str() else { return false };
        let known = self.sight.borrow().get(resource_type).cloned();
        let permission = known.unwrap_or_else(|| {
            let permission = Rc::new(self.guard.sight(resource_type));
            self.sight.borrow_mut().insert(resource_type.to_owned(), Rc::clone(&permission));
            permission
        });
        permission.sees(resource)
    }
}

impl Chains for Context<'_> {
    fn follow(&self, resource_type: &str, id: &str) -> Option<Arc<Value>> {
        self.store.current(resource_type, id).filter(|resource| self.sees(resource))
    }
}

impl Search<'_> {
    /// Of a search in a compartment: whether the resource is in it.
    pub fn is_about(&self, resource: &Value) -> bool {
        self.in_compartment_of.is_none_or(|patient| compartment::patients_of(resource).contains(&patient))
    }
}
