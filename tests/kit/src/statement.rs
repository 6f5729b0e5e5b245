//! What a policy of `infra/template.yaml` allows, as this server's policies say it: any other statement is refused.

use serde_json::Value;

/// The one algorithm that audit events are sealed with.
pub const OAEP: &str = "RSAES_OAEP_SHA_256";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub sid: String,
    pub actions: Vec<String>,
    pub on: On,
}

/// What a statement is about. There is no other kind: whoever needs one says here how it is proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum On {
    /// Items whose partition key is like one of these.
    Items(Vec<String>),
    /// Lists of the table's index whose partition key is like one of these.
    Lists(Vec<String>),
    /// The key that encrypts the table, through DynamoDB alone. Whoever uses the table uses it.
    TableKey,
    /// The key that seals signing keys, always for a tenant and a `kid`.
    SealedKeys,
    SealingKey,
    /// The key that seals audit events on their way.
    AuditKey,
    /// The same and those that it followed, which bear the stack's tag; to open what was sealed as the functions do it.
    AuditKeys,
    /// Keys that bear the tag `admit=signing`.
    SigningKeys,
    /// Keys that will bear it.
    NewSigningKeys,
    /// The function's own log group. Lambda writes it.
    OwnLog,
}

/// The statements of a role's policies, for a function that writes this log group.
pub fn all(policies: &Value, log: &str) -> Vec<Statement> {
    let documents = list(policies).into_iter();
    let documents = documents.map(|policy| match policy.get("PolicyDocument") {
        Some(document) => document.clone(),
        None => policy,
    });
    documents.flat_map(|document| list(&document["Statement"])).map(|statement| read(&statement, log)).collect()
}

fn read(statement: &Value, log: &str) -> Statement {
    let (sid, resource, condition) = (text_of(&statement["Sid"]), &statement["Resource"], &statement["Condition"]);
    assert_eq!(statement["Effect"], "Allow", "{sid}");
    let tag = |name: &str| condition["StringEquals"][name] == "signing";
    let is_lists = resource["Fn::Sub"] == "${AdmitTable.Arn}/index/Lists";
    let any_key = resource["Fn::Sub"].as_str().is_some_and(|arn| arn.ends_with(":key/*"));
    let on = match resource["Fn::GetAtt"].as_str() {
        Some("AdmitTable.Arn") => On::Items(leading_keys(&sid, condition)),
        Some("TableKey.Arn") if condition["StringEquals"].get("kms:ViaService").is_some() => On::TableKey,
        Some("SealingKey.Arn") if is_for_a_tenant_and_a_kid(condition) => On::SealedKeys,
        Some("SealingKey.Arn") => On::SealingKey,
        Some("AuditKey.Arn") => On::AuditKey,
        Some(group) if group.trim_end_matches(".Arn") == log => On::OwnLog,
        _ if is_lists => On::Lists(leading_keys(&sid, condition)),
        _ if any_key && tag("aws:ResourceTag/admit") => On::SigningKeys,
        _ if any_key && is_for_audit_events(condition) => On::AuditKeys,
        _ if *resource == "*" && tag("aws:RequestTag/admit") => On::NewSigningKeys,
        _ => panic!("{sid}: nobody here knows how to prove a statement about {resource} under {condition}"),
    };
    Statement { sid, actions: list(&statement["Action"]).iter().map(text_of).collect(), on }
}

/// A condition on a key that is absent is true with `ForAllValues`: only `Null` closes that hole.
fn leading_keys(sid: &str, condition: &Value) -> Vec<String> {
    assert_eq!(condition["Null"]["dynamodb:LeadingKeys"], "false", "{sid} lets requests without a key through");
    let patterns = list(&condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]);
    assert!(!patterns.is_empty(), "{sid} names no keys");
    patterns.iter().map(text_of).collect()
}

fn is_for_a_tenant_and_a_kid(condition: &Value) -> bool {
    ["admit-tenant", "admit-kid"]
        .iter()
        .all(|name| condition["Null"][format!("kms:EncryptionContext:{name}")] == "false")
}

fn is_for_audit_events(condition: &Value) -> bool {
    let equals = &condition["StringEquals"];
    equals["aws:ResourceTag/admit-audit"]["Ref"] == "AWS::StackName" && equals["kms:EncryptionAlgorithm"] == OAEP
}

fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(values) => values.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}

impl Statement {
    /// The keys that it names: patterns of the table's, or what kind of KMS key.
    pub fn names(&self) -> Vec<String> {
        match &self.on {
            On::Items(patterns) | On::Lists(patterns) => patterns.clone(),
            other => vec![format!("{other:?}")],
        }
    }
}
