//! Every refusal and failure is an `OperationOutcome` (<https://hl7.org/fhir/R4/operationoutcome.html>).

use std::fmt;

use serde_json::{Value, json};

#[derive(Debug)]
pub struct Problem {
    pub status: u16,
    pub issues: Vec<Issue>,
}

#[derive(Clone, Debug)]
pub struct Issue {
    pub severity: &'static str,
    pub code: &'static str,
    pub diagnostics: String,
    /// Where in the resource, as a FHIRPath.
    pub expression: Option<String>,
}

impl Issue {
    pub fn error(code: &'static str, diagnostics: impl Into<String>) -> Issue {
        Issue { severity: "error", code, diagnostics: diagnostics.into(), expression: None }
    }

    pub fn warning(code: &'static str, diagnostics: impl Into<String>) -> Issue {
        Issue { severity: "warning", ..Issue::error(code, diagnostics) }
    }

    pub fn information(code: &'static str, diagnostics: impl Into<String>) -> Issue {
        Issue { severity: "information", ..Issue::error(code, diagnostics) }
    }

    pub fn at(self, expression: impl Into<String>) -> Issue {
        Issue { expression: Some(expression.into()), ..self }
    }
}

impl Problem {
    pub fn new(status: u16, code: &'static str, diagnostics: impl Into<String>) -> Problem {
        Problem { status, issues: vec![Issue::error(code, diagnostics)] }
    }

    pub fn invalid(diagnostics: impl Into<String>) -> Problem {
        Problem::new(400, "invalid", diagnostics)
    }

    pub fn forbidden(diagnostics: impl Into<String>) -> Problem {
        Problem::new(403, "forbidden", diagnostics)
    }

    pub fn not_found(resource_type: &str, id: &str) -> Problem {
        Problem::new(404, "not-found", format!("There is no {resource_type}/{id} here."))
    }

    pub fn unknown_type(name: &str) -> Problem {
        let name: String = name.chars().take(64).collect();
        Problem::new(404, "not-supported", format!("This server has no resource type {name:?}."))
    }

    pub fn method_not_allowed(method: &str) -> Problem {
        let method: String = method.chars().take(16).collect();
        Problem::new(405, "not-supported", format!("{method:?} is not supported at this address."))
    }

    pub fn outcome(&self) -> Value {
        outcome(&self.issues)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said: Vec<&str> = self.issues.iter().map(|issue| issue.diagnostics.as_str()).collect();
        write!(f, "{}: {}", self.status, said.join(" "))
    }
}

impl std::error::Error for Problem {}

pub fn outcome(issues: &[Issue]) -> Value {
    let issues: Vec<Value> = issues.iter().map(issue).collect();
    json!({"resourceType": "OperationOutcome", "issue": issues})
}

fn issue(issue: &Issue) -> Value {
    let mut value = json!({"severity": issue.severity, "code": issue.code, "diagnostics": issue.diagnostics});
    if let Some(expression) = &issue.expression {
        value["expression"] = json!([expression]);
    }
    value
}
