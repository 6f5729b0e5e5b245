//! What a policy of `infra/template.yaml` allows, as this server's policies say it: any other statement is refused.

use serde_json::{Value, json};

/// The one algorithm that audit events are sealed with.
pub const OAEP: &str = "RSAES_OAEP_SHA_256";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub sid: String,
    pub denies: bool,
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
    /// Keys that bear the stack's tag `admit-signing`; to delete them, with at least so many days to regret it.
    SigningKeys {
        least_days: u64,
    },
    /// Keys for signatures that will bear it.
    NewSigningKeys,
    /// The tags of such a key, and no others.
    NewSigningTags,
    /// Each key that the template makes.
    OwnKeys,
    /// Keys that bear a stack's tag `admit-signing`.
    TaggedKeys,
    /// Keys that are not for signatures.
    OtherKeys,
    /// The queue of what the function could not do. Lambda puts it there.
    Failures,
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
    let denies = match statement["Effect"].as_str() {
        Some("Allow") => false,
        Some("Deny") => true,
        other => panic!("{sid}: {other:?}"),
    };
    let (equals, any) = (&condition["StringEquals"], *resource == "*");
    let tag = |name: &str| equals[format!("{name}/admit-signing")]["Ref"] == "AWS::StackName";
    let for_signatures = equals["kms:KeyUsage"] == "SIGN_VERIFY";
    let deletes = list(&statement["Action"]).contains(&json!("kms:ScheduleKeyDeletion"));
    let least_days = condition["NumericGreaterThanEquals"]["kms:ScheduleKeyDeletionPendingWindowInDays"].as_u64();
    let lists = if resource["Fn::If"][0] == "OwnTable" { &resource["Fn::If"][1]["Fn::Sub"] } else { &Value::Null };
    let is_lists = *lists == "${AdmitTable.Arn}/index/Lists";
    let any_key = resource["Fn::Sub"].as_str().is_some_and(|arn| arn.ends_with(":key/*"));
    let resource = table_in_use(resource);
    let on = match resource["Fn::GetAtt"].as_str() {
        _ if denies => denied(&sid, resource, condition),
        Some("AdmitTable.Arn") => On::Items(leading_keys(&sid, condition)),
        Some("TableKey.Arn") if condition["StringEquals"].get("kms:ViaService").is_some() => On::TableKey,
        Some("SealingKey.Arn") if is_for_a_tenant_and_a_kid(condition) => On::SealedKeys,
        Some("SealingKey.Arn") => On::SealingKey,
        Some("AuditNotKept.Arn") => On::Failures,
        Some("AuditKey.Arn") => On::AuditKey,
        Some(group) if group.trim_end_matches(".Arn") == log => On::OwnLog,
        _ if is_lists => On::Lists(leading_keys(&sid, condition)),
        _ if any_key && tag("aws:ResourceTag") && (!deletes || for_signatures) => {
            On::SigningKeys { least_days: least_days.unwrap_or_default() }
        }
        _ if any_key && is_for_audit_events(condition) => On::AuditKeys,
        _ if any && tag("aws:RequestTag") && for_signatures => On::NewSigningKeys,
        _ if any && tag("aws:RequestTag") && has_only_our_tags(condition) => On::NewSigningTags,
        _ => panic!("{sid}: nobody here knows how to prove a statement about {resource} under {condition}"),
    };
    Statement { sid, denies, actions: list(&statement["Action"]).iter().map(text_of).collect(), on }
}

/// The stack's own table. Where a parameter names another, that one too: versions of the functions from before the change still read
/// the first.
fn table_in_use(resource: &Value) -> &Value {
    let choice = &resource["Fn::If"];
    if choice[0] != "OwnTable" {
        return resource;
    }
    let text = choice[1].to_string();
    let other = match text.contains("Fn::Sub") {
        true => json!({ "Fn::Sub": "${TableArn}/index/Lists" }),
        false => json!({ "Ref": "TableArn" }),
    };
    assert_eq!(choice[2], json!([choice[1], other]));
    &choice[1]
}

fn denied(sid: &str, resource: &Value, condition: &Value) -> On {
    let nulls = &condition["Null"];
    let named = list(resource);
    let own: Vec<&str> = named.iter().filter_map(|key| key["Fn::GetAtt"].as_str()).collect();
    let is_any = *resource == "*";
    match () {
        _ if own == ["TableKey.Arn", "SealingKey.Arn", "AuditKey.Arn", "AuditLogKey.Arn"] && condition.is_null() => {
            On::OwnKeys
        }
        _ if is_any && *nulls == json!({ "aws:ResourceTag/admit-signing": "false" }) => On::TaggedKeys,
        _ if is_any
            && *nulls == json!({ "kms:KeyUsage": "false" })
            && condition["StringNotEquals"] == json!({ "kms:KeyUsage": "SIGN_VERIFY" }) =>
        {
            On::OtherKeys
        }
        _ => panic!("{sid}: nobody here knows how to prove a refusal of {resource} under {condition}"),
    }
}

fn has_only_our_tags(condition: &Value) -> bool {
    condition["ForAllValues:StringEquals"]["aws:TagKeys"] == json!(["admit-signing", "admit-tenant"])
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
            // A name without its bounds.
            other => vec![format!("{other:?}").split(' ').next().unwrap_or_default().to_owned()],
        }
    }
}
