//! What one request of the SDK asks for, in IAM's words: each action, the key of the table or of KMS that it is for, and
//! the attributes that it names.

use crate::stack_keys::name_of_key;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::Value;
use std::collections::BTreeSet;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asked {
    /// `dynamodb:PutItem`, `kms:Sign`
    pub action: String,
    /// The partition key, or what names a KMS key. A key that is to be made has the tag it will bear.
    pub key: String,
    /// What is written or named; nothing where the whole item is read. An index that is asked is named too.
    pub attributes: BTreeSet<String>,
}

impl Asked {
    /// The kind of item: `GRANT` of `clinic#GRANT#abc`. A key of KMS has the name that the template has for it.
    pub fn kind(&self) -> &str {
        match self.action.starts_with("kms:") && self.key != "new" {
            true => name_of_key(&self.key),
            false => self.key.split('#').nth(1).unwrap_or(&self.key),
        }
    }

    fn of(action: &str, key: &str, attributes: impl IntoIterator<Item = String>) -> Asked {
        Asked { action: action.to_owned(), key: key.to_owned(), attributes: attributes.into_iter().collect() }
    }
}

/// `PutItem`, `Sign`: what the service calls it.
pub fn operation(request: &HttpRequest) -> String {
    let target = request.headers().get("x-amz-target").unwrap_or_default();
    target.rsplit('.').next().unwrap_or_default().to_owned()
}

pub fn is_kms(request: &HttpRequest) -> bool {
    request.headers().get("x-amz-target").is_some_and(|target| target.starts_with("TrentService"))
}

pub fn asked(request: &HttpRequest) -> Vec<Asked> {
    let body: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
    let operation = operation(request);
    if is_kms(request) { of_kms(&operation, &body) } else { of_dynamodb(&operation, &body) }
}

/// Which parts of a transaction need which action:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html>
fn of_dynamodb(operation: &str, body: &Value) -> Vec<Asked> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let values = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let single = |operation: &str, body: &Value| {
        let action = format!("dynamodb:{operation}");
        let key = [&body["Key"]["pk"], &body["Item"]["pk"], &body["ExpressionAttributeValues"][":pk"]];
        let key = key.iter().find_map(|key| key["S"].as_str()).unwrap_or_default();
        let names = |member: &str| body[member].as_object().map(|item| item.keys().cloned().collect::<Vec<_>>());
        let words = text(&body["UpdateExpression"]);
        let words = words.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '#' && c != ':');
        let known = ["SET", "ADD", "REMOVE", "if_not_exists", "list_append"];
        let words = words.filter(|w| w.starts_with(|c: char| c.is_alphabetic()) && !known.contains(w));
        let aliases = body["ExpressionAttributeNames"].as_object().into_iter().flat_map(|names| names.values());
        let updated = words.map(str::to_owned).chain(aliases.map(text));
        let index = body["IndexName"].as_str().map(str::to_owned);
        Asked::of(&action, key, names("Item").unwrap_or_default().into_iter().chain(updated).chain(index))
    };
    match operation {
        "BatchGetItem" => {
            let tables = body["RequestItems"].as_object().cloned().unwrap_or_default();
            let keys = tables.values().flat_map(|table| values(&table["Keys"]));
            keys.map(|key| Asked::of("dynamodb:BatchGetItem", key["pk"]["S"].as_str().unwrap_or_default(), []))
                .collect()
        }
        "TransactWriteItems" => {
            let parts = values(&body["TransactItems"]);
            let parts = parts.iter().filter_map(|part| part.as_object()?.iter().next());
            parts
                .map(|(what, part)| match what.as_str() {
                    "ConditionCheck" => single("ConditionCheckItem", part),
                    what => single(&format!("{what}Item"), part),
                })
                .collect()
        }
        operation => vec![single(operation, body)],
    }
}

fn of_kms(operation: &str, body: &Value) -> Vec<Asked> {
    let text = |member: &str| body[member].as_str().map(str::to_owned);
    let tags = body["Tags"].as_array().into_iter().flatten();
    let tags = tags.filter_map(|tag| Some(format!("{}={}", tag["TagKey"].as_str()?, tag["TagValue"].as_str()?)));
    if operation == "CreateKey" {
        let named: Vec<String> = tags.chain(text("KeyUsage")).collect();
        // A key that is made with tags needs both.
        return ["kms:CreateKey", "kms:TagResource"].map(|action| Asked::of(action, "new", named.clone())).to_vec();
    }
    let context = body["EncryptionContext"].as_object().into_iter().flat_map(|context| context.keys().cloned());
    let days = body["PendingWindowInDays"].as_u64().map(|days| days.to_string());
    let named = context.chain(text("EncryptionAlgorithm")).chain(days).chain(tags);
    vec![Asked::of(&format!("kms:{operation}"), &text("KeyId").unwrap_or_default(), named)]
}
