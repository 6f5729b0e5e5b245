//! The policy of each function allows what the function does in all journeys: no more, and no less.

use super::walks::everything_there_is_to_do;
use kit::{
    kms::emulated,
    policies::{Used, differences, used},
    stack_keys::{STACK, name_of_key},
    template::{TEXT, Template},
};
use server::keys::make::in_kms::STACK_TAG;
use std::collections::BTreeSet;

#[tokio::test]
async fn each_function_may_do_what_it_does_and_nothing_else() {
    everything_there_is_to_do().await;
    let used = used();
    for line in lines(&used) {
        println!("{line}");
    }
    assert_eq!(differences(Template::of_the_stack(), &used), Vec::<String>::new());
    only_marked_keys_were_used(&used).await;
    only_known_attributes_were_written(&used);

    // Each of these makes it red: an action, a kind of item or a key too many, and one too few.
    for (role, change, instead, complaint) in [
        (
            "AuthorizeRole",
            "Action: dynamodb:GetItem",
            "Action: [dynamodb:GetItem, dynamodb:DeleteItem]",
            "authorize may dynamodb:DeleteItem on *#CLIENT#* (Read) and never does",
        ),
        (
            "AuthorizeRole",
            "[\"*#CLIENT#*\", \"*#PROVIDER#*\", \"*#USER#*\"]",
            "[\"*#CLIENT#*\", \"*#JTI#*\", \"*#PROVIDER#*\", \"*#USER#*\"]",
            "authorize may dynamodb:GetItem on *#JTI#* (Read) and never does",
        ),
        (
            "AuthorizeRole",
            "[\"*#CLIENT#*\", \"*#PROVIDER#*\", \"*#USER#*\"]",
            "[\"*#CLIENT#*\", \"*#USER#*\"]",
            "authorize needs dynamodb:GetItem on PROVIDER and may not",
        ),
        (
            "AuthorizeRole",
            "[\"*#CLIENT#*\", \"*#PROVIDER#*\", \"*#USER#*\"]",
            "[\"*#CLIENT#*\", \"*#PROVIDER#*\"]",
            "authorize needs dynamodb:GetItem on USER and may not",
        ),
        (
            "AuthorizeRole",
            "[\"*#ALLOWED#*\", \"*#CREDENTIALS#*\", \"*#GRANT#*\",",
            "[\"*#ALLOWED#*\", \"*#GRANT#*\",",
            "authorize needs dynamodb:PutItem on CREDENTIALS and may not",
        ),
        (
            "AuthorizeRole",
            "Action: kms:Sign",
            "Action: [kms:Sign, kms:GetPublicKey]",
            "authorize may kms:GetPublicKey on SigningKeys (SignWithTenantKeys) and never does",
        ),
        (
            "RotateKeysRole",
            "[dynamodb:PutItem, dynamodb:DeleteItem]",
            "dynamodb:PutItem",
            "rotate-keys needs dynamodb:DeleteItem on TENANT and may not",
        ),
        (
            "RotateKeysRole",
            "Action: kms:TagResource\n              Resource: \"*\"\n              Condition:\n                StringEquals:",
            "Action: kms:CreateKey\n              Resource: \"*\"\n              Condition:\n                StringEquals:",
            "rotate-keys needs kms:TagResource on new and may not",
        ),
        (
            "RotateKeysRole",
            "Action: kms:GetPublicKey",
            "Action: [kms:GetPublicKey, kms:Decrypt]",
            "rotate-keys may kms:Decrypt on SigningKeys (PublishSigningKeys) and never does",
        ),
        (
            "RotateKeysRole",
            "Action: kms:GetPublicKey",
            "Action: kms:DescribeKey",
            "rotate-keys needs kms:GetPublicKey on a signing key and may not",
        ),
        (
            "AuditRole",
            "Action: kms:Decrypt",
            "Action: [kms:Decrypt, kms:Encrypt]",
            "audit may kms:Encrypt on AuditKeys (OpenAuditEvents) and never does",
        ),
        ("AuditRole", "Action: kms:Decrypt", "Action: kms:Encrypt", "audit needs kms:Decrypt on AuditKey and may not"),
        (
            "HealthLakeRole",
            "\"*#SESSION#*\", \"*#TOKEN#*\"",
            "\"*#SESSION#*\", \"*#TOKEN#*\", \"*#USER#*\"",
            "healthlake may dynamodb:GetItem on *#USER#* (Read) and never does",
        ),
        (
            "HealthLakeRole",
            "\"*#SESSION#*\", \"*#TOKEN#*\"",
            "\"*#SESSION#*\"",
            "healthlake needs dynamodb:GetItem on TOKEN and may not",
        ),
        (
            "AuthorizerRole",
            "Action: dynamodb:GetItem",
            "Action: [dynamodb:GetItem, dynamodb:PutItem]",
            "authorizer may dynamodb:PutItem on *#GRANT#* (Read) and never does",
        ),
        (
            "AuthorizerRole",
            "\"*#SESSION#*\", \"*#TOKEN#*\"",
            "\"*#TOKEN#*\"",
            "authorizer needs dynamodb:GetItem on SESSION and may not",
        ),
        (
            "IntrospectRole",
            "Action: kms:Decrypt",
            "Action: [kms:Decrypt, kms:GenerateDataKey]",
            "introspect may kms:GenerateDataKey on TableKey (UseTableKey) and never does",
        ),
        (
            "DiscoveryRole",
            "[logs:CreateLogStream, logs:PutLogEvents]",
            "[logs:CreateLogGroup, logs:CreateLogStream, logs:PutLogEvents]",
            "discovery may logs:CreateLogGroup on OwnLog (WriteOwnLog) and never does",
        ),
    ] {
        let (before, after) = TEXT.split_once(&format!("\n  {role}:\n")).expect("a role of the template");
        let changed = format!("{before}\n  {role}:\n{}", after.replacen(change, instead, 1));
        assert_ne!(changed, TEXT, "{change} is not in the template");
        let found = differences(&Template::read(&changed), &used);
        assert!(found.iter().any(|line| line == complaint), "{change} → {instead}: {found:#?}");
    }
}

fn lines(used: &BTreeSet<Used>) -> BTreeSet<String> {
    let what = |used: &Used| match used.asked.action.starts_with("kms:") {
        true => String::new(),
        false => used.asked.kind().to_owned(),
    };
    used.iter().map(|used| format!("{:<15} {:<45} {}", used.function, used.asked.action, what(used))).collect()
}

/// Policies know tenants' keys by their tag, and those of the stack by their names.
async fn only_marked_keys_were_used(used: &BTreeSet<Used>) {
    let kms = emulated();
    for Used { function, asked } in used.iter().filter(|used| used.asked.action.starts_with("kms:")) {
        match asked.action.as_str() {
            "kms:CreateKey" | "kms:TagResource" => {}
            _ if ["SealingKey", "AuditKey"].contains(&name_of_key(&asked.key)) => {}
            _ => {
                let tags =
                    kms.list_resource_tags().key_id(&asked.key).send().await.expect("tags").tags.unwrap_or_default();
                let marked = tags.iter().any(|tag| (tag.tag_key(), tag.tag_value()) == (STACK_TAG, STACK));
                assert!(marked, "{function} used {} for {}", asked.key, asked.action);
            }
        }
    }
}

fn only_known_attributes_were_written(used: &BTreeSet<Used>) {
    for Used { function, asked } in used.iter().filter(|used| used.asked.action.starts_with("dynamodb:")) {
        let known: &[&str] = match asked.action.as_str() {
            "dynamodb:PutItem" => &["pk", "sk", "body", "version", "write_id", "expires_at", "list_pk", "list_sk"],
            "dynamodb:UpdateItem" => &["count", "last", "before", "last_before", "write_id", "expires_at"],
            "dynamodb:Query" => &["Lists"],
            _ => &[],
        };
        let unknown: Vec<_> = asked.attributes.iter().filter(|name| !known.contains(&name.as_str())).collect();
        assert!(unknown.is_empty(), "{function} {} {}: {unknown:?}", asked.action, asked.kind());
    }
}
