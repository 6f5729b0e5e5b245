//! What `infra/template.yaml` lets each function do, and what the functions did: a call that their policy does not allow
//! fails in the tests as it would on AWS.

use crate::{
    asked::{Asked, asked},
    template, yaml,
};
use aws_sdk_dynamodb::{
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextRef},
    error::BoxError,
};
use axum::{Router, extract::Request, middleware};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, OnceLock},
};

/// The statements of each function, by its binary.
pub type Policies = BTreeMap<String, Vec<Statement>>;

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

/// One thing that a function did.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Used {
    pub function: String,
    pub asked: Asked,
}

pub fn of_template(text: &str) -> Policies {
    let template = yaml::read(text);
    let resources = template["Resources"].as_object().expect("resources");
    let functions = resources.values().filter(|resource| resource["Type"] == "AWS::Serverless::Function");
    functions
        .map(|function| {
            let binary = text_of(&function["Metadata"]["BuildProperties"]["Binary"]);
            let role = function["Properties"]["Role"]["Fn::GetAtt"].as_str().map(|role| role.trim_end_matches(".Arn"));
            let policies = match role {
                Some(role) => &resources[role]["Properties"]["Policies"],
                None => &function["Properties"]["Policies"],
            };
            let log = text_of(&function["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]);
            (binary, statements(policies, &log))
        })
        .collect()
}

fn statements(policies: &Value, log: &str) -> Vec<Statement> {
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
    let any_key = resource["Fn::Sub"].as_str().is_some_and(|arn| arn.ends_with(":key/*"));
    let on = match resource["Fn::GetAtt"].as_str() {
        Some("AdmitTable.Arn") => On::Items(leading_keys(&sid, condition)),
        Some("TableKey.Arn") if condition["StringEquals"].get("kms:ViaService").is_some() => On::TableKey,
        Some("SealingKey.Arn") if is_for_a_tenant_and_a_kid(condition) => On::SealedKeys,
        Some("SealingKey.Arn") => On::SealingKey,
        Some("AuditKey.Arn") => On::AuditKey,
        Some(group) if group.trim_end_matches(".Arn") == log => On::OwnLog,
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
            On::Items(patterns) => patterns.clone(),
            other => vec![format!("{other:?}")],
        }
    }

    /// Whether it allows this by what it says of this name.
    fn allows_by(&self, name: &str, asked: &Asked) -> bool {
        let has = |attribute: &str| asked.attributes.contains(attribute);
        let is = |name: &str| asked.action.starts_with("kms:") && name_of_key(&asked.key) == name;
        self.actions.contains(&asked.action)
            && match &self.on {
                On::Items(_) => asked.action.starts_with("dynamodb:") && is_like(name, &asked.key),
                On::SealedKeys => is("SealingKey") && has("admit-tenant") && has("admit-kid"),
                On::SealingKey => is("SealingKey"),
                On::AuditKey => is("AuditKey"),
                On::AuditKeys => is("AuditKey") && has(OAEP),
                On::NewSigningKeys => has("admit=signing"),
                On::SigningKeys => is(SIGNING_KEY),
                On::TableKey | On::OwnLog => false,
            }
    }
}

pub fn allows(statements: &[Statement], asked: &Asked) -> bool {
    statements.iter().any(|statement| statement.names().iter().any(|name| statement.allows_by(name, asked)))
}

/// IAM's `StringLike`, as far as the template goes: `*` is anything.
fn is_like(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text
            .strip_prefix(start)
            .is_some_and(|text| (0..=text.len()).any(|at| text.get(at..).is_some_and(|text| is_like(rest, text)))),
    }
}

/// What each function did and may not, and what it may and never did: a line each.
pub fn differences(policies: &Policies, used: &BTreeSet<Used>) -> Vec<String> {
    let mut lines = BTreeSet::new();
    for Used { function, asked } in used {
        if !policies.get(function).is_some_and(|statements| allows(statements, asked)) {
            lines.insert(format!("{function} needs {} on {} and may not", asked.action, asked.kind()));
        }
    }
    for (function, statements) in policies {
        let own: Vec<&Asked> = used.iter().filter(|used| used.function == *function).map(|used| &used.asked).collect();
        for statement in statements {
            for (action, name) in
                statement.actions.iter().flat_map(|a| statement.names().into_iter().map(move |n| (a, n)))
            {
                let is_used = match statement.on {
                    On::TableKey => action == "kms:Decrypt" && own.iter().any(|a| a.action.starts_with("dynamodb:")),
                    On::OwnLog => ["logs:CreateLogStream", "logs:PutLogEvents"].contains(&action.as_str()),
                    _ => own.iter().any(|a| a.action == *action && statement.allows_by(&name, a)),
                };
                if !is_used {
                    lines.insert(format!("{function} may {action} on {name} ({}) and never does", statement.sid));
                }
            }
        }
    }
    lines.into_iter().collect()
}

const OAEP: &str = "RSAES_OAEP_SHA_256";
const SIGNING_KEY: &str = "a signing key";

/// The keys that the template makes, by their ids. All others are a tenant's.
static STACKS_KEYS: Mutex<BTreeMap<String, &'static str>> = Mutex::new(BTreeMap::new());

/// From now on this key is what the template calls so.
pub fn is_the_stacks(arn: String, name: &'static str) -> String {
    STACKS_KEYS.lock().expect("nobody panicked").insert(key_id(&arn).to_owned(), name);
    arn
}

pub fn name_of_key(key: &str) -> &'static str {
    STACKS_KEYS.lock().expect("nobody panicked").get(key_id(key)).copied().unwrap_or(SIGNING_KEY)
}

fn key_id(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

tokio::task_local! {
    static FUNCTION: String;
}

/// Runs this as the function of that name.
pub async fn acting_as<T>(function: &str, work: impl Future<Output = T>) -> T {
    FUNCTION.scope(function.to_owned(), work).await
}

/// Each request is the function's that the template's routes lead it to.
pub fn attributed(routes: Router) -> Router {
    routes.layer(middleware::from_fn(|request: Request, next: middleware::Next| async move {
        match template::binary_for(request.uri().path()) {
            Some(function) => acting_as(&function, next.run(request)).await,
            None => next.run(request).await,
        }
    }))
}

/// Everything that was done as some function in this process.
pub fn used() -> BTreeSet<Used> {
    USED.lock().expect("nobody panicked").clone()
}

static USED: Mutex<BTreeSet<Used>> = Mutex::new(BTreeSet::new());

/// Between the SDK and its service: refuses what the policy of the acting function does not allow.
#[derive(Clone, Debug)]
pub struct Iam;

impl Intercept for Iam {
    fn name(&self) -> &'static str {
        "iam"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        static POLICIES: OnceLock<Policies> = OnceLock::new();
        let Ok(function) = FUNCTION.try_with(Clone::clone) else { return Ok(()) };
        let policies = POLICIES.get_or_init(|| of_template(template::TEMPLATE));
        for asked in asked(context.request()) {
            let allowed = policies.get(&function).is_some_and(|statements| allows(statements, &asked));
            assert!(
                allowed,
                "AccessDenied: infra/template.yaml does not let {function} {} on {}",
                asked.action,
                asked.kind()
            );
            USED.lock().expect("nobody panicked").insert(Used { function: function.clone(), asked });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn a_star_is_anything() {
        assert!(is_like("*#GRANT#*", "clinic#GRANT#a"));
        assert!(is_like("*#TENANT", "clinic#TENANT"));
        assert!(!is_like("*#TENANT", "#TENANTS"));
        assert!(!is_like("*#GRANT#*", "clinic#LAUNCH#a"));
        assert!(is_like("#TENANTS", "#TENANTS"));
    }
}
