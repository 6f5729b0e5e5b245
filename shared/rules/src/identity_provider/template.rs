//! A text with claims in it: `Practitioner/{sub}`, `https://hospital.example/staff|{employee_id}`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Pieces of text and names of claims, in turn. A claim's value is put in as it is; who uses the result judges it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Claim(String),
}

impl Template {
    /// At least one claim: a text without any would make everybody the same person.
    pub fn parse(text: &str) -> Result<Template, String> {
        let bad = || "a text with the name of a claim in braces, such as {sub}".to_owned();
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (claim, after) = after.split_once('}').ok_or_else(bad)?;
            if claim.is_empty() || claim.contains('{') || before.contains('}') {
                return Err(bad());
            }
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(Piece::Claim(claim.to_owned()));
            rest = after;
        }
        if pieces.is_empty() || rest.contains('}') {
            return Err(bad());
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Ok(Template { text: text.to_owned(), pieces })
    }

    /// With these claims in it; nothing if one of them is missing, empty, or neither text nor number.
    pub fn fill(&self, claims: &Value) -> Option<String> {
        let mut filled = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Claim(name) => filled.push_str(&one(&claims[name])?),
            }
        }
        Some(filled)
    }

    /// The claims that it is made of.
    pub fn claims(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(Piece::claim).map(String::as_str)
    }

    /// One text for each value of the claim, where the template has just one claim and that is an array.
    pub fn fill_each(&self, claims: &Value) -> Option<Vec<String>> {
        let names: Vec<&str> = self.claims().collect();
        match names.as_slice() {
            [name] if claims[*name].is_array() => {
                let values = claims[*name].as_array()?;
                values.iter().map(|value| self.fill(&serde_json::json!({ *name: value }))).collect()
            }
            _ => Some(self.fill(claims).into_iter().collect()),
        }
    }
}

impl Piece {
    fn claim(&self) -> Option<&String> {
        match self {
            Piece::Claim(name) => Some(name),
            Piece::Text(_) => None,
        }
    }
}

fn one(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

impl TryFrom<String> for Template {
    type Error = String;

    fn try_from(text: String) -> Result<Template, String> {
        Template::parse(&text)
    }
}

impl From<Template> for String {
    fn from(template: Template) -> String {
        template.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn claims_take_their_places() {
        let template = Template::parse("{kind}/x-{n}").unwrap();
        assert_eq!(template.fill(&json!({ "kind": "Patient", "n": 7 })).as_deref(), Some("Patient/x-7"));
        assert_eq!(template.fill(&json!({ "kind": "Patient" })), None);
        assert_eq!(template.fill(&json!({ "kind": "Patient", "n": ["a"] })), None);
        assert_eq!(template.fill(&json!({ "kind": "", "n": 7 })), None);
    }

    #[test]
    fn a_value_is_not_read_again_for_claims() {
        let template = Template::parse("a{b}").unwrap();
        assert_eq!(template.fill(&json!({ "b": "{c}", "c": "no" })).as_deref(), Some("a{c}"));
    }

    #[test]
    fn an_array_gives_one_text_for_each_value() {
        let template = Template::parse("mrn|{mrn}").unwrap();
        assert_eq!(template.fill_each(&json!({ "mrn": ["1", "2"] })).unwrap(), ["mrn|1", "mrn|2"]);
        assert_eq!(template.fill_each(&json!({ "mrn": "1" })).unwrap(), ["mrn|1"]);
        assert_eq!(template.fill_each(&json!({})).unwrap(), [""; 0]);
        assert_eq!(template.fill_each(&json!({ "mrn": ["1", null] })), None);
    }

    #[test]
    fn a_text_without_a_claim_is_no_template() {
        for bad in ["Practitioner/all", "{", "}", "{}", "a{b", "a}b{c}", "{a{b}}"] {
            assert!(Template::parse(bad).is_err(), "{bad}");
        }
    }
}
