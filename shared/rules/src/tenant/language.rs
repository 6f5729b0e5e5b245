//! The languages that pages speak.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    #[default]
    En,
    Nl,
    De,
    Es,
    Fr,
}

impl Language {
    pub const ALL: [Language; 5] = [Language::En, Language::Nl, Language::De, Language::Es, Language::Fr];

    /// The language tag for `lang` (RFC 5646).
    pub fn tag(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Nl => "nl",
            Language::De => "de",
            Language::Es => "es",
            Language::Fr => "fr",
        }
    }

    /// `nl` and `nl-BE` are both Dutch.
    pub fn of_tag(tag: &str) -> Option<Language> {
        let primary = tag.split(['-', '_']).next()?.trim().to_ascii_lowercase();
        Language::ALL.into_iter().find(|language| language.tag() == primary)
    }
}
