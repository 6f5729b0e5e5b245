//! What the pages say: which language to speak, its texts, its dates.

mod dates;
mod filled;
mod patients;
mod refusals;
mod resource_names;
mod scopes;
mod typed_dates;

pub use filled::{Filled, Piece};
pub use scopes::ScopeWords;
pub use typed_dates::NoDate;

use rules::tenant::Language;

/// Every text of a language: one function a key of `texts/*.toml`, written by `build.rs`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Texts(Language);

include!(concat!(env!("OUT_DIR"), "/texts.rs"));

/// What a person wants to read: what the app says of them in `ui_locales` (OIDC Core §3.1.2.1), else what their
/// browser says (RFC 9110 §12.5.4), else the tenant's own language.
pub fn choose_language(ui_locales: &[String], accept_language: Option<&str>, tenant: Language) -> Language {
    let asked = ui_locales.iter().find_map(|tag| Language::of_tag(tag));
    asked.or_else(|| accepted(accept_language?)).unwrap_or(tenant)
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
    pub const fn of(language: Language) -> Texts {
        Texts(language)
    }

    pub fn language(self) -> Language {
        self.0
    }

    /// For `dir`: where a line begins. None of the five begins on the right yet; the pages are ready for one.
    pub fn direction(self) -> &'static str {
        match self.0.tag() {
            "ar" | "dv" | "fa" | "he" | "ps" | "ur" | "yi" => "rtl",
            _ => "ltr",
        }
    }

    /// Whether this count takes the form for one: in French, 0 does too.
    fn says_one(self, n: i64) -> bool {
        n == 1 || (self.0 == Language::Fr && n == 0)
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
