//! The claim `extensions` of an assertion, as it was written. What comes twice in one object is told from what comes once: to most
//! parsers the last one counts, to some the first, and the two would read two organizations.

use crate::jws::UnverifiedJws;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};
use std::{cell::Cell, fmt};

/// Of all the objects together, in bytes of JSON without spaces (B2B-10).
pub const MOST_BYTES: usize = 8_000;
/// Objects and lists in one another; `extensions` itself is the first.
pub const MOST_DEPTH: usize = 4;

/// What an assertion brought. Whether anybody wants it is the registration's to say.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Brought {
    #[default]
    Nothing,
    Objects(Map<String, Value>),
    Unreadable(Fault),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("extensions can't be read")]
    NoText,
    #[error("extensions must be a JSON object")]
    NoObject,
    #[error("a member of extensions, or of an object in it, comes twice")]
    Twice,
    #[error("extensions may hold objects and lists in one another up to a depth of {MOST_DEPTH}, itself included")]
    TooDeep,
    #[error("extensions may have {MOST_BYTES} bytes at most, written without spaces")]
    TooLong,
}

impl Brought {
    /// Of claims that were verified. Half a surrogate, or a number beyond all bounds, is passed over where nobody looks; whoever wants
    /// to know is told.
    pub fn by(jws: &UnverifiedJws<'_>) -> Brought {
        jws.peek().unwrap_or(Brought::Unreadable(Fault::NoText))
    }
}

/// Of all claims, this one alone.
impl<'de> Deserialize<'de> for Brought {
    fn deserialize<D: Deserializer<'de>>(claims: D) -> Result<Brought, D::Error> {
        claims.deserialize_map(Claims)
    }
}

struct Claims;

impl<'de> Visitor<'de> for Claims {
    type Value = Brought;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the claims of a JWT")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut claims: A) -> Result<Brought, A::Error> {
        let fault = Cell::new(None);
        let mut found = None;
        while let Some(name) = claims.next_key::<String>()? {
            if name != "extensions" {
                claims.next_value::<IgnoredAny>()?;
            } else if found.is_some() {
                fault.set(Some(Fault::Twice));
                claims.next_value::<IgnoredAny>()?;
            } else {
                found = Some(claims.next_value_seed(Noting { left: MOST_DEPTH, fault: &fault })?);
            }
        }
        Ok(match (found, fault.get()) {
            (None, _) => Brought::Nothing,
            (Some(_), Some(fault)) => Brought::Unreadable(fault),
            (Some(value), None) => bounded(value),
        })
    }
}

fn bounded(value: Value) -> Brought {
    if value.to_string().len() > MOST_BYTES {
        return Brought::Unreadable(Fault::TooLong);
    }
    match value {
        Value::Object(objects) => Brought::Objects(objects),
        _ => Brought::Unreadable(Fault::NoObject),
    }
}

/// Reads a value to its end, and notes what is wrong with it.
#[derive(Clone, Copy)]
struct Noting<'f> {
    /// How many objects and lists may still be opened.
    left: usize,
    fault: &'f Cell<Option<Fault>>,
}

impl Noting<'_> {
    fn inside(self) -> Option<Self> {
        let left = self.left.checked_sub(1);
        if left.is_none() {
            self.fault.set(Some(Fault::TooDeep));
        }
        Some(Noting { left: left?, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Noting<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<Value, D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Noting<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, it: bool) -> Result<Value, E> {
        Ok(it.into())
    }

    fn visit_i64<E: Error>(self, it: i64) -> Result<Value, E> {
        Ok(it.into())
    }

    fn visit_u64<E: Error>(self, it: u64) -> Result<Value, E> {
        Ok(it.into())
    }

    fn visit_f64<E: Error>(self, it: f64) -> Result<Value, E> {
        Ok(it.into())
    }

    fn visit_str<E: Error>(self, it: &str) -> Result<Value, E> {
        Ok(it.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let Some(inside) = self.inside() else {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Value::Null);
        };
        let mut all = Vec::new();
        while let Some(item) = list.next_element_seed(inside)? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let Some(inside) = self.inside() else {
            while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(Value::Null);
        };
        let mut members = Map::new();
        while let Some(name) = object.next_key::<String>()? {
            if members.insert(name, object.next_value_seed(inside)?).is_some() {
                self.fault.set(Some(Fault::Twice));
            }
        }
        Ok(Value::Object(members))
    }
}
