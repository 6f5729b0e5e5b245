//! `infra/template.yaml` as CloudFormation reads it: what it says of each function, and all of it as JSON.

use crate::statement::{self, On, Statement};
use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

pub const TEXT: &str = include_str!("../../../infra/template.yaml");

pub struct Template {
    /// By their binaries.
    pub functions: BTreeMap<String, TemplateFunction>,
    /// Everything. `!Sub x` is `{"Fn::Sub": x}` in it, and `!Ref x` is `{"Ref": x}`.
    pub document: Value,
}

#[derive(Clone, Debug)]
pub struct TemplateFunction {
    pub binary: String,
    /// The folder that `sam build` builds it in, as seen from the template.
    pub folder: String,
    pub routes: BTreeSet<String>,
    /// In seconds.
    pub timeout: u64,
    /// What its role lets it do.
    pub statements: Vec<Statement>,
}

impl Template {
    /// The one that is deployed.
    pub fn of_the_stack() -> &'static Template {
        static TEMPLATE: OnceLock<Template> = OnceLock::new();
        TEMPLATE.get_or_init(|| Template::read(TEXT))
    }

    pub fn read(text: &str) -> Template {
        let document = yaml(text);
        let resources = document["Resources"].as_object().expect("resources");
        let functions = resources.values().filter(|resource| resource["Type"] == "AWS::Serverless::Function");
        let functions = functions.map(|function| TemplateFunction::read(function, resources));
        Template { functions: functions.map(|function| (function.binary.clone(), function)).collect(), document }
    }

    /// The function that an HTTP API with these routes invokes for this path, or none: then it answers 404 by itself.
    pub fn function_for(&self, path: &str) -> Option<&TemplateFunction> {
        self.functions.values().find(|function| function.routes.iter().any(|route| matches(route, path)))
    }
}

impl TemplateFunction {
    fn read(function: &Value, resources: &Map<String, Value>) -> TemplateFunction {
        let (of, log) = (&function["Properties"], text(&function["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]));
        let role = of["Role"]["Fn::GetAtt"].as_str().map(|role| role.trim_end_matches(".Arn"));
        let policies = role.map_or(&of["Policies"], |role| &resources[role]["Properties"]["Policies"]);
        let events = of["Events"].as_object().into_iter().flat_map(|events| events.values());
        let routes = events.filter(|event| event["Type"] == "HttpApi").map(|event| text(&event["Properties"]["Path"]));
        TemplateFunction {
            binary: text(&function["Metadata"]["BuildProperties"]["Binary"]),
            folder: text(&of["CodeUri"]),
            routes: routes.collect(),
            timeout: of["Timeout"].as_u64().expect("seconds"),
            statements: statement::all(policies, &log),
        }
    }

    /// The lists of the table's index that it may read.
    pub fn lists(&self) -> Vec<&str> {
        let lists = self.statements.iter().filter_map(|statement| match &statement.on {
            On::Lists(patterns) => Some(patterns),
            _ => None,
        });
        lists.flatten().map(String::as_str).collect()
    }

    /// The actions on the table, each with the kinds of items that it may be for.
    pub fn kinds(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut kinds: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for statement in &self.statements {
            let On::Items(patterns) = &statement.on else { continue };
            for action in &statement.actions {
                kinds.entry(action).or_default().extend(patterns.iter().map(|kind| kind.trim_matches(['*', '#'])));
            }
        }
        kinds
    }
}

/// `{name}` is one segment, `{name+}` is one or more.
fn matches(route: &str, path: &str) -> bool {
    let mut parts = path.split('/');
    for wanted in route.split('/') {
        match parts.next() {
            None => return false,
            Some(part) if wanted.ends_with("+}") => return !part.is_empty(),
            Some(part) if wanted.starts_with('{') && part.is_empty() => return false,
            Some(part) if !wanted.starts_with('{') && part != wanted => return false,
            Some(_) => {}
        }
    }
    parts.next().is_none()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}

/// The first document of this text.
pub fn yaml(text: &str) -> Value {
    let documents = Yaml::load_from_str(text).unwrap_or_else(|error| panic!("no YAML: {error}"));
    json(documents.first().expect("a document"))
}

fn json(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(value)) => json!(value),
        Yaml::Value(Scalar::Integer(value)) => json!(value),
        Yaml::Value(Scalar::FloatingPoint(value)) => json!(value.into_inner()),
        Yaml::Value(Scalar::String(value)) => json!(value),
        Yaml::Sequence(entries) => entries.iter().map(json).collect(),
        Yaml::Mapping(members) => members.iter().map(|(key, value)| (text(&json(key)), json(value))).collect(),
        Yaml::Tagged(tag, value) => match tag.suffix.as_str() {
            tag @ ("Ref" | "Condition") => json!({ tag: json(value) }),
            tag => json!({ format!("Fn::{tag}"): json(value) }),
        },
        Yaml::Representation(..) | Yaml::Alias(_) | Yaml::BadValue => panic!("not read: {yaml:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_read_as_cloudformation_reads_it() {
        let text = r#"
# A comment.
Name: a plain text, with a comma  # and a comment
Number: 5
Quoted: "a # in quotes"
Flow: [a, !Ref B, { Key: "{x}", Other: !GetAtt C.Arn }]
List:
  - First: 1
    Second: !If [Has, !Sub "${X}-y", ""]
  - !Ref Third
Same:
- one
- { Two: 2 }
"Null":
  dynamodb:LeadingKeys: "false"
Folded: !Sub >-
  one
  two
Long: [a,
       b]
Below:
  { A: 1 }
"#;
        let expected = json!({
            "Name": "a plain text, with a comma", "Number": 5, "Quoted": "a # in quotes",
            "Flow": ["a", { "Ref": "B" }, { "Key": "{x}", "Other": { "Fn::GetAtt": "C.Arn" } }],
            "List": [{ "First": 1, "Second": { "Fn::If": ["Has", { "Fn::Sub": "${X}-y" }, ""] } }, { "Ref": "Third" }],
            "Same": ["one", { "Two": 2 }],
            "Null": { "dynamodb:LeadingKeys": "false" },
            "Folded": { "Fn::Sub": "one two" },
            "Long": ["a", "b"],
            "Below": { "A": 1 },
        });
        assert_eq!(json(&Yaml::load_from_str(text).expect("YAML")[0]), expected);
    }

    #[test]
    fn a_path_leads_to_the_function_that_has_its_route() {
        let template = Template::of_the_stack();
        for (binary, function) in &template.functions {
            for route in &function.routes {
                let path = route.replace("{tenant}", "clinic").replace("{proxy+}", "a/b");
                let found = template.function_for(&path).map(|function| function.binary.as_str());
                assert_eq!(found, Some(binary.as_str()), "{route}");
            }
        }
        assert!(template.function_for("/clinic/nothing").is_none() && template.function_for("//token").is_none());
    }
}
