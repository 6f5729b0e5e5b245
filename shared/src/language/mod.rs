//! The languages of the pages: which one to speak, its texts, its dates.

mod dates;
mod filled;

pub use filled::{Filled, Piece};

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

/// Every text of a language: one function a key of `shared/texts/*.toml`, written by `build.rs`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Texts(Language);

include!(concat!(env!("OUT_DIR"), "/texts.rs"));

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

    /// For `dir`: where a line begins. None of the five begins on the right yet; the pages are ready for one.
    pub fn direction(self) -> &'static str {
        match self.tag() {
            "ar" | "dv" | "fa" | "he" | "ps" | "ur" | "yi" => "rtl",
            _ => "ltr",
        }
    }

    pub fn texts(self) -> Texts {
        Texts(self)
    }

    /// What a person wants to read: what the app says of them in `ui_locales` (OIDC Core §3.1.2.1), else what their
    /// browser says (RFC 9110 §12.5.4), else the tenant's own language.
    pub fn choose(ui_locales: Option<&str>, accept_language: Option<&str>, tenant: Language) -> Language {
        let asked = ui_locales.unwrap_or_default().split(' ').find_map(Language::of_tag);
        asked.or_else(|| accepted(accept_language?)).unwrap_or(tenant)
    }

    /// `nl` and `nl-BE` are both Dutch.
    pub fn of_tag(tag: &str) -> Option<Language> {
        let primary = tag.split(['-', '_']).next()?.trim().to_ascii_lowercase();
        Language::ALL.into_iter().find(|language| language.tag() == primary)
    }

    /// Whether this count takes the form for one: in French, 0 does too.
    fn says_one(self, n: i64) -> bool {
        n == 1 || (self == Language::Fr && n == 0)
    }
}

/// The best of a list such as `nl-NL,nl;q=0.9,en;q=0.8`. Of two that are equally good, the first.
fn accepted(header: &str) -> Option<Language> {
    let mut best: Option<(Language, u32)> = None;
    for item in header.split(',').take(30) {
        let mut parts = item.split(';').map(str::trim);
        let Some(language) = parts.next().and_then(Language::of_tag) else { continue };
        let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(1000, thousandths);
        if quality > best.map_or(0, |(_, quality)| quality) {
            best = Some((language, quality));
        }
    }
    best.map(|(language, _)| language)
}

fn thousandths(quality: &str) -> u32 {
    quality.parse::<f32>().ok().filter(|q| (0.0..=1.0).contains(q)).map_or(0, |q| (q * 1000.0) as u32)
}

impl Texts {
    pub fn language(self) -> Language {
        self.0
    }

    fn pick(self, texts: [&'static str; Language::ALL.len()]) -> &'static str {
        texts[self.0 as usize]
    }

    /// "a, b and c".
    pub fn and(self, items: &[&str]) -> String {
        listed(items, |before, last| self.list_and(before, last))
    }

    /// "a, b or c".
    pub fn or(self, items: &[&str]) -> String {
        listed(items, |before, last| self.list_or(before, last))
    }
}

fn listed(items: &[&str], join: impl Fn(String, &str) -> Filled) -> String {
    match items.split_last() {
        None => String::new(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, before)) => join(before.join(", "), last).to_string(),
    }
}

#[cfg(test)]
mod tests;
