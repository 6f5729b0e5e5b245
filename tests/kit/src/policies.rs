//! What `infra/template.yaml` lets each function do, and what the functions did: a call that their policy does not allow
//! fails in the tests as it would on AWS.

use crate::{
    asked::{Asked, asked},
    stack_keys::{KnownKey, STACK, known_key, name_of_key, remember},
    statement::{OAEP, On, Statement},
    template::{Template, TemplateFunction},
};
use aws_sdk_dynamodb::{
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef},
    },
    error::BoxError,
};
use aws_sdk_kms::operation::create_key::CreateKeyOutput;
use axum::{Router, extract::Request, middleware};
use server::keys::make::in_kms::STACK_TAG;
use server::store::INDEX;
use std::{collections::BTreeSet, sync::Mutex};

/// One thing that a function did.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Used {
    pub function: String,
    pub asked: Asked,
}

/// What each function did and may not, and what it may and never did: a line each.
pub fn differences(template: &Template, used: &BTreeSet<Used>) -> Vec<String> {
    let mut lines = BTreeSet::new();
    for Used { function, asked } in used {
        if !allows(template, function, asked) {
            lines.insert(format!("{function} needs {} on {} and may not", asked.action, asked.kind()));
        }
    }
    for (function, TemplateFunction { statements, .. }) in &template.functions {
        let own: Vec<&Asked> = used.iter().filter(|used| used.function == *function).map(|used| &used.asked).collect();
        for statement in statements.iter().filter(|statement| !statement.denies) {
            for (action, name) in
                statement.actions.iter().flat_map(|a| statement.names().into_iter().map(move |n| (a, n)))
            {
                let is_used = match statement.on {
                    On::TableKey => action == "kms:Decrypt" && own.iter().any(|a| a.action.starts_with("dynamodb:")),
                    On::Failures => action == "sqs:SendMessage",
                    On::OwnLog => ["logs:CreateLogStream", "logs:PutLogEvents"].contains(&action.as_str()),
                    _ => own.iter().any(|a| a.action == *action && is_about(statement, &name, a)),
                };
                if !is_used {
                    lines.insert(format!("{function} may {action} on {name} ({}) and never does", statement.sid));
                }
            }
        }
    }
    lines.into_iter().collect()
}

/// Whether a statement is about this, by what it says of this name.
fn is_about(statement: &Statement, name: &str, asked: &Asked) -> bool {
    let has = |attribute: &str| asked.attributes.contains(attribute);
    let is = |name: &str| asked.action.starts_with("kms:") && name_of_key(&asked.key) == name;
    statement.actions.contains(&asked.action)
        && match &statement.on {
            On::Items(_) => asked.action.starts_with("dynamodb:") && !has(INDEX) && is_like(name, &asked.key),
            On::Lists(_) => asked.action.starts_with("dynamodb:") && has(INDEX) && is_like(name, &asked.key),
            On::SealedKeys => is("SealingKey") && has("admit-tenant") && has("admit-kid"),
            On::SealingKey => is("SealingKey"),
            On::AuditKey => is("AuditKey"),
            On::AuditKeys => is("AuditKey") && has(OAEP),
            On::NewSigningKeys => has(&format!("admit-signing={STACK}")) && has("SIGN_VERIFY"),
            On::NewSigningTags => {
                let is_ours = |tag: &&str| tag.starts_with("admit-signing=") || tag.starts_with("admit-tenant=");
                let mut tags = asked.attributes.iter().map(String::as_str).filter(|attribute| attribute.contains('='));
                has(&format!("admit-signing={STACK}")) && tags.all(|tag| is_ours(&tag))
            }
            On::SigningKeys { least_days } => {
                let days = asked.attributes.iter().find_map(|attribute| attribute.parse::<u64>().ok());
                known_key(&asked.key).is_some_and(|key| key.stack.as_deref() == Some(STACK))
                    && (*least_days == 0 || days >= Some(*least_days))
            }
            On::OwnKeys => known_key(&asked.key).is_some_and(|key| key.name.is_some()),
            On::TaggedKeys => known_key(&asked.key).is_some_and(|key| key.stack.is_some()),
            On::OtherKeys => known_key(&asked.key).is_some_and(|key| !key.signs),
            On::TableKey | On::OwnLog | On::Failures => false,
        }
}

fn allows(template: &Template, function: &str, asked: &Asked) -> bool {
    let statements = template.functions.get(function).map_or(&[][..], |function| &function.statements);
    let any = |denies: bool| {
        let mut such = statements.iter().filter(|statement| statement.denies == denies);
        such.any(|statement| statement.names().iter().any(|name| is_about(statement, name, asked)))
    };
    any(false) && !any(true)
}

/// IAM's `StringLike`, as far as the template goes: `*` is anything.
pub fn is_like(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text
            .strip_prefix(start)
            .is_some_and(|text| (0..=text.len()).any(|at| text.get(at..).is_some_and(|text| is_like(rest, text)))),
    }
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
        match Template::of_the_stack().function_for(request.uri().path()) {
            Some(function) => acting_as(&function.binary, next.run(request)).await,
            None => next.run(request).await,
        }
    }))
}

/// Everything that was done as some function in this process.
pub fn used() -> BTreeSet<Used> {
    USED.lock().expect("nobody panicked").clone()
}

static USED: Mutex<BTreeSet<Used>> = Mutex::new(BTreeSet::new());

/// What is known of the key that is asked for, if one is.
fn key_asked_for(asked: &[Asked]) -> Option<KnownKey> {
    let made = asked.iter().find(|asked| asked.action == "kms:CreateKey")?;
    let stack = made.attributes.iter().find_map(|tag| tag.strip_prefix(STACK_TAG)?.strip_prefix('='));
    Some(KnownKey { name: None, stack: stack.map(str::to_owned), signs: made.attributes.contains("SIGN_VERIFY") })
}

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
        memory: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(known) = key_asked_for(&asked(context.request())) {
            memory.interceptor_state().store_put(known);
        }
        let Ok(function) = FUNCTION.try_with(Clone::clone) else { return Ok(()) };
        for asked in asked(context.request()) {
            assert!(
                allows(Template::of_the_stack(), &function, &asked),
                "AccessDenied: infra/template.yaml does not let {function} {} on {}",
                asked.action,
                asked.kind()
            );
            USED.lock().expect("nobody panicked").insert(Used { function: function.clone(), asked });
        }
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        memory: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let made = context.output_or_error().and_then(Result::ok);
        let made = made.and_then(|output| output.downcast_ref::<CreateKeyOutput>()?.key_metadata());
        if let (Some(made), Some(known)) = (made, memory.load::<KnownKey>()) {
            remember(made.key_id(), known.clone());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key that somebody has made.
    fn key(id: &str, named: &[&str]) -> String {
        remember(id, key_asked_for(&[asked_for("kms:CreateKey", "new", named)]).expect("a key is made"));
        id.to_owned()
    }

    fn asked_for(action: &str, key: &str, named: &[&str]) -> Asked {
        let attributes = named.iter().map(|name| (*name).to_owned()).collect();
        Asked { action: action.to_owned(), key: key.to_owned(), attributes }
    }

    fn may(action: &str, key: &str, named: &[&str]) -> bool {
        allows(Template::of_the_stack(), "rotate-keys", &asked_for(action, key, named))
    }

    #[test]
    fn the_function_that_makes_keys_touches_no_key_but_the_signing_keys_of_its_stack() {
        let tag = format!("{STACK_TAG}={STACK}");
        let ours = key("p-ours", &[&tag, "SIGN_VERIFY"]);
        let another = key("p-another", &["admit-signing=prod", "SIGN_VERIFY"]);
        let foreign = key("p-foreign", &["ENCRYPT_DECRYPT"]);
        let own = crate::stack_keys::is_the_stacks("p-own".to_owned(), "TableKey");
        assert!(may("kms:CreateKey", "new", &[&tag, "SIGN_VERIFY"]));
        assert!(may("kms:TagResource", "new", &[&tag, "SIGN_VERIFY", "admit-tenant=clinic"]));
        assert!(may("kms:ScheduleKeyDeletion", &ours, &["30"]));
        for (action, key, named) in [
            ("kms:CreateKey", "new", vec![tag.as_str(), "ENCRYPT_DECRYPT"]),
            ("kms:CreateKey", "new", vec!["admit-signing=prod", "SIGN_VERIFY"]),
            ("kms:CreateKey", "new", vec!["SIGN_VERIFY"]),
            ("kms:TagResource", "new", vec![tag.as_str(), "cost-center=1"]),
            ("kms:TagResource", own.as_str(), vec![tag.as_str()]),
            ("kms:TagResource", another.as_str(), vec![tag.as_str()]),
            ("kms:TagResource", foreign.as_str(), vec![tag.as_str()]),
            ("kms:ScheduleKeyDeletion", ours.as_str(), vec!["7"]),
            ("kms:ScheduleKeyDeletion", ours.as_str(), vec![]),
            ("kms:ScheduleKeyDeletion", own.as_str(), vec!["30"]),
            ("kms:ScheduleKeyDeletion", another.as_str(), vec!["30"]),
            ("kms:ScheduleKeyDeletion", foreign.as_str(), vec!["30"]),
            ("kms:GetPublicKey", another.as_str(), vec![]),
            ("kms:Sign", ours.as_str(), vec![]),
        ] {
            assert!(!may(action, key, &named), "{action} {key} {named:?}");
        }
    }

    #[test]
    fn a_star_is_anything() {
        assert!(is_like("*#GRANT#*", "clinic#GRANT#a"));
        assert!(is_like("*#TENANT", "clinic#TENANT"));
        assert!(!is_like("*#TENANT", "#TENANTS"));
        assert!(!is_like("*#GRANT#*", "clinic#LAUNCH#a"));
        assert!(is_like("#TENANTS", "#TENANTS"));
    }
}
