//! What `infra/template.yaml` lets each function do, and what the functions did: a call that their policy does not allow
//! fails in the tests as it would on AWS.

use crate::{
    asked::{Asked, asked},
    stack_keys::{SIGNING_KEY, name_of_key},
    statement::{OAEP, On, Statement},
    template::{Template, TemplateFunction},
};
use aws_sdk_dynamodb::{
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextRef},
    error::BoxError,
};
use axum::{Router, extract::Request, middleware};
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
        for statement in statements {
            for (action, name) in
                statement.actions.iter().flat_map(|a| statement.names().into_iter().map(move |n| (a, n)))
            {
                let is_used = match statement.on {
                    On::TableKey => action == "kms:Decrypt" && own.iter().any(|a| a.action.starts_with("dynamodb:")),
                    On::OwnLog => ["logs:CreateLogStream", "logs:PutLogEvents"].contains(&action.as_str()),
                    _ => own.iter().any(|a| a.action == *action && allows_by(statement, &name, a)),
                };
                if !is_used {
                    lines.insert(format!("{function} may {action} on {name} ({}) and never does", statement.sid));
                }
            }
        }
    }
    lines.into_iter().collect()
}

/// Whether a statement allows this by what it says of this name.
fn allows_by(statement: &Statement, name: &str, asked: &Asked) -> bool {
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
            On::NewSigningKeys => has("admit=signing"),
            On::SigningKeys => is(SIGNING_KEY),
            On::TableKey | On::OwnLog => false,
        }
}

fn allows(template: &Template, function: &str, asked: &Asked) -> bool {
    let statements = template.functions.get(function).into_iter().flat_map(|function| &function.statements);
    statements.into_iter().any(|statement| statement.names().iter().any(|name| allows_by(statement, name, asked)))
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
