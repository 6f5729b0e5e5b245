//! The elements of a page as a browser reads them: names in lower case, references to characters resolved, comments and scripts
//! told apart. html5ever reads; what is kept is what forms need.

use html5ever::{
    tendril::StrTendril,
    tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, states::RawKind},
};
use std::cell::{Cell, RefCell};

#[derive(Clone, Debug)]
pub struct Element {
    pub name: String,
    /// What stands between its tag and the next.
    pub text: String,
    /// The form it is in, by its place among the elements.
    pub form: Option<usize>,
    attributes: Vec<(String, String)>,
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    pub fn has(&self, name: &str, value: &str) -> bool {
        self.attribute(name) == Some(value)
    }
}

/// All elements, in the order of their first tags.
pub fn elements(html: &str) -> Vec<Element> {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    let tokenizer = Tokenizer::new(Elements::default(), Default::default());
    // It stops after each script, which a browser would run.
    while !input.is_empty() {
        let _ = tokenizer.feed(&input);
    }
    tokenizer.end();
    tokenizer.sink.found.take()
}

#[derive(Default)]
struct Elements {
    found: RefCell<Vec<Element>>,
    form: Cell<Option<usize>>,
}

impl TokenSink for Elements {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) => self.tag(&tag),
            Token::CharacterTokens(text) => {
                if let Some(last) = self.found.borrow_mut().last_mut() {
                    last.text.push_str(&text);
                }
                TokenSinkResult::Continue
            }
            _ => TokenSinkResult::Continue,
        }
    }
}

impl Elements {
    fn tag(&self, tag: &Tag) -> TokenSinkResult<()> {
        let mut found = self.found.borrow_mut();
        match (tag.kind, &*tag.name) {
            (TagKind::StartTag, name) => {
                // Forms are not nested: what would begin inside another is no form.
                if name == "form" && self.form.get().is_none() {
                    self.form.set(Some(found.len()));
                }
                let attributes = tag.attrs.iter().map(|a| (a.name.local.to_string(), a.value.to_string()));
                let (name, attributes) = (name.to_owned(), attributes.collect());
                found.push(Element { name, text: String::new(), form: self.form.get(), attributes });
            }
            (TagKind::EndTag, "form") => self.form.set(None),
            (TagKind::EndTag, _) => {}
        }
        // What is inside these is text, whatever it looks like.
        match (tag.kind, &*tag.name) {
            (TagKind::StartTag, "script") => TokenSinkResult::RawData(RawKind::ScriptData),
            (TagKind::StartTag, "style") => TokenSinkResult::RawData(RawKind::Rawtext),
            (TagKind::StartTag, "textarea" | "title") => TokenSinkResult::RawData(RawKind::Rcdata),
            _ => TokenSinkResult::Continue,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_a_browser_reads_it() {
        let page = "<!doctype html><title>a <form></title><!-- <form> --><script>'<input name=x>'</script>\
                    <FORM method=post action='/a?b=1&amp;c=&#34;'><input type=hidden name=csrf value=\"&lt;x>\">\
                    <label>Scope<input type=checkbox name=scope checked></label></form><input name=outside>";
        let found = elements(page);
        let names: Vec<&str> = found.iter().map(|element| element.name.as_str()).collect();
        assert_eq!(names, ["title", "script", "form", "input", "label", "input", "input"]);
        assert_eq!(found[0].text, "a <form>");
        assert_eq!(found[2].attribute("action"), Some("/a?b=1&c=\""));
        assert!(found[3].has("value", "<x>") && found[5].attribute("checked").is_some());
        assert_eq!(
            found.iter().map(|element| element.form).collect::<Vec<_>>()[3..],
            [Some(2), Some(2), Some(2), None]
        );
    }
}
