//! As much YAML as `infra/template.yaml` is written in, read as JSON. `!Sub x` becomes `{"Fn::Sub": x}`, as CloudFormation
//! reads it.

use serde_json::{Map, Value, json};
use std::{iter::Peekable, str::Chars};

pub fn read(text: &str) -> Value {
    let mut lines = Lines { lines: text.lines().map(str::to_owned).collect(), at: 0 };
    lines.block(0)
}

struct Lines {
    lines: Vec<String>,
    at: usize,
}

impl Lines {
    /// The next line that says something: its indentation and its words.
    fn peek(&mut self) -> Option<(usize, String)> {
        while let Some(line) = self.lines.get(self.at) {
            let words = without_comment(line).trim_end();
            if !words.trim().is_empty() {
                return Some((words.len() - words.trim_start().len(), words.trim_start().to_owned()));
            }
            self.at += 1;
        }
        None
    }

    fn block(&mut self, indent: usize) -> Value {
        match self.peek() {
            Some((_, words)) if is_entry(&words) => self.list(indent),
            _ => self.map(indent),
        }
    }

    fn list(&mut self, indent: usize) -> Value {
        let mut entries = Vec::new();
        while let Some((at, words)) = self.peek().filter(|(at, words)| *at == indent && is_entry(words)) {
            let rest = words[1..].trim_start().to_owned();
            if key_of(&rest).is_none() {
                self.at += 1;
                entries.push(self.value(at, &rest));
                continue;
            }
            // A map that begins on the line of its dash.
            let inner = at + words.len() - rest.len();
            self.lines[self.at] = format!("{}{rest}", " ".repeat(inner));
            entries.push(self.map(inner));
        }
        Value::Array(entries)
    }

    fn map(&mut self, indent: usize) -> Value {
        let mut members = Map::new();
        while let Some((_, words)) = self.peek().filter(|(at, words)| *at == indent && !is_entry(words)) {
            let (key, rest) = key_of(&words).unwrap_or_else(|| panic!("line {}: no key in {words}", self.at + 1));
            self.at += 1;
            let value = self.value(indent, &rest);
            assert!(members.insert(key.clone(), value).is_none(), "line {}: {key} twice", self.at);
        }
        Value::Object(members)
    }

    /// What follows a key or a dash on its line, and the lines that belong to it.
    fn value(&mut self, indent: usize, rest: &str) -> Value {
        if let Some((tag, inner)) = rest.strip_prefix('!').map(|rest| rest.split_once(' ').unwrap_or((rest, ""))) {
            return tagged(tag, self.value(indent, inner));
        }
        match rest {
            "" => match self.peek() {
                Some((at, words)) if at > indent && words.starts_with(['[', '{']) => {
                    self.at += 1;
                    self.value(at, &words)
                }
                Some((at, _)) if at > indent => self.block(at),
                Some((at, words)) if at == indent && is_entry(&words) => self.list(at),
                _ => Value::Null,
            },
            "|" | ">" | ">-" | "|-" => self.text(indent, rest.starts_with('>')),
            _ => {
                let mut words = rest.to_owned();
                while words.starts_with(['[', '{']) && !is_closed(&words) {
                    let (_, more) = self.peek().expect("a bracket is closed");
                    self.at += 1;
                    words = format!("{words} {more}");
                }
                flow(&words)
            }
        }
    }

    fn text(&mut self, indent: usize, folded: bool) -> Value {
        let deeper = |line: &String| line.trim().is_empty() || line.len() - line.trim_start().len() > indent;
        let mut lines = Vec::new();
        while let Some(line) = self.lines.get(self.at).filter(|line| deeper(line)) {
            lines.push(line.trim().to_owned());
            self.at += 1;
        }
        json!(lines.join(if folded { " " } else { "\n" }).trim())
    }
}

fn is_entry(words: &str) -> bool {
    words == "-" || words.starts_with("- ")
}

fn key_of(words: &str) -> Option<(String, String)> {
    if words.starts_with(['[', '{', '!']) {
        return None;
    }
    let quoted = words.strip_prefix('"').and_then(|words| words.split_once('"'));
    let (key, rest) = match quoted {
        Some((key, rest)) => (key, rest.strip_prefix(':')?),
        None => match words.split_once(": ") {
            Some(parts) => parts,
            None => (words.strip_suffix(':')?, ""),
        },
    };
    Some((key.to_owned(), rest.trim().to_owned()))
}

fn without_comment(line: &str) -> &str {
    let mut quote = None;
    for (at, c) in line.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || (c == '\'' && line[..at].ends_with([' ', '[', '{'])) => quote = Some(c),
            None if c == '#' && (at == 0 || line[..at].ends_with(' ')) => return &line[..at],
            None => {}
        }
    }
    line
}

fn tagged(tag: &str, value: Value) -> Value {
    match tag {
        "Ref" | "Condition" => json!({ tag: value }),
        tag => json!({ format!("Fn::{tag}"): value }),
    }
}

fn is_closed(words: &str) -> bool {
    let mut depth = 0i32;
    let mut quoted = false;
    for c in words.chars() {
        match c {
            '"' => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth -= 1,
            _ => {}
        }
    }
    depth == 0
}

fn flow(words: &str) -> Value {
    match words.starts_with(['[', '{', '"', '\'']) {
        true => flow_value(&mut words.chars().peekable()),
        false => scalar(words),
    }
}

fn flow_value(chars: &mut Peekable<Chars<'_>>) -> Value {
    skip_space(chars);
    match chars.peek() {
        Some('[') => {
            let mut entries = Vec::new();
            chars.next();
            while !ends(chars, ']') {
                entries.push(flow_value(chars));
            }
            Value::Array(entries)
        }
        Some('{') => {
            let mut members = Map::new();
            chars.next();
            while !ends(chars, '}') {
                let key = match flow_value(chars) {
                    Value::String(key) => key,
                    other => other.to_string(),
                };
                skip_space(chars);
                assert_eq!(chars.next(), Some(':'), "after {key}");
                members.insert(key, flow_value(chars));
            }
            Value::Object(members)
        }
        Some('!') => {
            let tag: String = std::iter::from_fn(|| chars.next_if(|c| *c != ' ')).skip(1).collect();
            tagged(&tag, flow_value(chars))
        }
        Some(&quote @ ('"' | '\'')) => {
            chars.next();
            let text: String = std::iter::from_fn(|| chars.next_if(|c| *c != quote)).collect();
            chars.next();
            json!(text)
        }
        _ => {
            let mut text = String::new();
            while let Some(c) = chars.next_if(|c| !matches!(c, ',' | ']' | '}')) {
                text.push(c);
                if chars.peek() == Some(&':') && key_ends(chars) {
                    break;
                }
            }
            scalar(text.trim())
        }
    }
}

/// A colon that is followed by a space.
fn key_ends(chars: &Peekable<Chars<'_>>) -> bool {
    chars.clone().nth(1) == Some(' ')
}

/// At the end of a bracket, past the comma before the next.
fn ends(chars: &mut Peekable<Chars<'_>>, bracket: char) -> bool {
    skip_space(chars);
    if chars.peek() == Some(&',') {
        chars.next();
        skip_space(chars);
    }
    match chars.peek() {
        Some(c) if *c == bracket => chars.next().is_some(),
        Some(_) => false,
        None => panic!("a bracket is not closed"),
    }
}

fn skip_space(chars: &mut Peekable<Chars<'_>>) {
    while chars.next_if(|c| c.is_whitespace()).is_some() {}
}

fn scalar(words: &str) -> Value {
    match words {
        "true" => json!(true),
        "false" => json!(false),
        words => words.parse::<i64>().map_or_else(|_| json!(words), |number| json!(number)),
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
        assert_eq!(read(text), expected);
    }
}
