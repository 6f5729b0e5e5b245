//! The form of a page, with what a browser would send of it.

use crate::{html::Element, simulate::message::Pairs};

/// The elements of the form that has a control of this name, and of this value if one is given.
pub fn form_with<'a>(elements: &'a [Element], name: &str, value: Option<&str>) -> Option<Vec<&'a Element>> {
    let is_it = |element: &&Element| element.has("name", name) && value.is_none_or(|value| element.has("value", value));
    let form = elements.iter().find(is_it)?.form?;
    Some(elements.iter().filter(|element| element.form == Some(form)).collect())
}

/// What is hidden in the form, what is ticked, and these.
pub fn filled_in<'a>(form: Vec<&Element>, typed: impl IntoIterator<Item = (&'a str, &'a str)>) -> Pairs {
    let sent = form.into_iter().filter(|element| element.name == "input").filter_map(|element| {
        let is_sent = match element.attribute("type") {
            Some("hidden") => true,
            Some("checkbox" | "radio") => element.attribute("checked").is_some(),
            _ => false,
        };
        let name = element.attribute("name").filter(|_| is_sent && element.attribute("disabled").is_none())?;
        Some((name.to_owned(), element.attribute("value").unwrap_or("on").to_owned()))
    });
    sent.chain(typed.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::elements;

    #[test]
    fn what_is_hidden_and_ticked_is_sent_with_what_is_typed() {
        let page = "<form><input name=decision value=deny></form><form><input type=hidden name=csrf value=c>\
                    <input type=checkbox name=scope value=a checked><input type=checkbox name=scope value=b>\
                    <input type=checkbox name=scope value=d checked disabled><button name=decision value=allow></form>";
        let found = elements(page);
        let form = form_with(&found, "decision", Some("allow")).unwrap();
        let sent = filled_in(form, [("decision", "allow")]);
        let pairs = [("csrf", "c"), ("scope", "a"), ("decision", "allow")];
        assert_eq!(sent, pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(form_with(&found, "password", None).is_none());
    }
}
