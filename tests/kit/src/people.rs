//! The policies that `infra/policies` has for people, judged as IAM judges them, as far as they go.

use crate::{asked::Asked, policies::is_like};
use serde_json::Value;
use server::store::INDEX;
use std::path::Path;

/// One document, for one tenant where it is about one.
pub struct PersonPolicy {
    statements: Vec<PersonStatement>,
}

/// What it says of the table. What it says of other services is no call to the table.
#[derive(Clone, Debug)]
pub struct PersonStatement {
    pub sid: String,
    pub actions: Vec<String>,
    pub keys: Vec<String>,
    pub of_lists: bool,
}

impl PersonPolicy {
    pub fn read(name: &str, tenant: &str) -> PersonPolicy {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/policies").join(format!("{name}.json"));
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let document: Value = serde_json::from_str(&text.replace("${Tenant}", tenant)).expect("JSON");
        let statements = document["Statement"].as_array().expect("statements").iter();
        PersonPolicy { statements: statements.filter_map(PersonStatement::of_table).collect() }
    }

    pub fn statements(&self) -> &[PersonStatement] {
        &self.statements
    }

    /// One request. IAM judges each action of it with all its keys at once, and one statement must allow them all.
    pub fn allows(&self, request: &[Asked]) -> bool {
        request.iter().all(|asked| {
            let together: Vec<&Asked> = request.iter().filter(|other| other.action == asked.action).collect();
            self.statements.iter().any(|statement| together.iter().all(|asked| statement.allows(asked)))
        })
    }
}

impl PersonStatement {
    fn of_table(statement: &Value) -> Option<PersonStatement> {
        let list = |value: &Value| -> Vec<String> {
            value.as_array().expect("a list").iter().map(|one| one.as_str().expect("a text").to_owned()).collect()
        };
        let (sid, actions) = (statement["Sid"].as_str().expect("a name").to_owned(), list(&statement["Action"]));
        if !actions.iter().any(|action| action.starts_with("dynamodb:")) {
            return None;
        }
        assert_eq!(statement["Effect"], "Allow", "{sid}");
        let table = "arn:aws:dynamodb:${Region}:${Account}:table/${Table}";
        let of_lists = match statement["Resource"].as_str().expect("one resource") {
            resource if resource == table => false,
            resource if resource == format!("{table}/index/{INDEX}") => true,
            other => panic!("{sid}: nobody here knows how to judge a statement about {other}"),
        };
        // A condition on a key that is absent is true with `ForAllValues`: only `Null` closes that hole, as for `Scan`.
        assert_eq!(statement["Condition"]["Null"]["dynamodb:LeadingKeys"], "false", "{sid}");
        let keys = list(&statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]);
        Some(PersonStatement { sid, actions, keys, of_lists })
    }

    fn allows(&self, asked: &Asked) -> bool {
        let is_about = asked.attributes.contains(INDEX) == self.of_lists && !asked.key.is_empty();
        is_about && self.actions.contains(&asked.action) && self.keys.iter().any(|key| is_like(key, &asked.key))
    }

    /// Whether this call is one that this action on this key is for.
    pub fn is_for(&self, action: &str, key: &str, asked: &Asked) -> bool {
        asked.action == action && asked.attributes.contains(INDEX) == self.of_lists && is_like(key, &asked.key)
    }
}
