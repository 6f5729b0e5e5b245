//! What FHIR's resource types are called by people who don't know FHIR. Plural, and fit to follow "See" or "Change".

use super::Texts;
use rules::tenant::Language;

impl Texts {
    pub(super) fn resource_name(self, resource_type: &str) -> String {
        match self.find(&format!("resource_{resource_type}")) {
            Some(name) => name.to_owned(),
            // FHIR's names are English, and can be read as such.
            None if self.language() == Language::En => {
                self.resource_unknown(split_camel_case(resource_type)).to_string()
            }
            None => self.resource_unknown(resource_type).to_string(),
        }
    }
}

/// `MolecularSequence` becomes `molecular sequence`.
fn split_camel_case(resource_type: &str) -> String {
    let mut words = String::with_capacity(resource_type.len() + 8);
    for (index, letter) in resource_type.chars().enumerate() {
        if letter.is_ascii_uppercase() && index > 0 {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}
