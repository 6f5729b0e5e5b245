//! `[pages]`: the look and language of the pages, the sites that may frame them, and the patient picker.

use super::{
    fields::{Fields, Shape},
    patient_picker::patient_picker,
    reading::{Reading, Text},
    urls,
};
use rules::tenant::{
    Language,
    appearance::{Appearance, Colour, DARK, LEAST_CONTRAST, LIGHT, Scheme},
};
use url::Url;

const PAGES: Shape<'_> = Shape {
    name: "[pages]",
    keys: &[
        "language",
        "logo",
        "accent",
        "accent_dark",
        "smart_style_url",
        "frame_ancestors",
        "patient_picker",
        "help_text",
        "support",
        "privacy_notice",
    ],
};

pub fn pages(root: &Fields<'_>) -> Appearance {
    let Some((at, table)) = root.table("pages") else { return Appearance::default() };
    let (fields, reading) = (Fields::new(root.reading, at, table, &PAGES), root.reading);
    let languages = Language::ALL.map(|language| (language.tag(), language));
    let accent_dark = colour(&fields, "accent_dark", "dark", DARK);
    if accent_dark.is_some() && !fields.has("accent") {
        reading.mistake(
            fields.place("accent_dark"),
            "`accent_dark` alone",
            "`accent` too: the dark pages take after it",
        );
    }
    Appearance {
        language: fields.choice("language", &languages).unwrap_or_default(),
        logo: fields.text("logo").and_then(|logo| reading.secure_url(logo, false, "https:")),
        accent: colour(&fields, "accent", "light", LIGHT),
        accent_dark,
        smart_style_url: fields.text("smart_style_url").and_then(|url| reading.absolute_url(url)),
        frame_ancestors: fields.texts("frame_ancestors").iter().filter_map(|text| origin(reading, *text)).collect(),
        patient_picker: patient_picker(&fields),
        help_text: fields.text("help_text").and_then(|text| help_text(reading, text)),
        support: fields.text("support").and_then(|text| support(reading, text)),
        privacy_notice: fields.text("privacy_notice").and_then(|url| privacy_notice(reading, url)),
    }
}

/// Characters of a text that stands below every page.
const MOST_HELP: usize = 300;
/// Characters of a link.
const MOST_LINK: usize = 500;

fn help_text(reading: &Reading<'_>, text: Text<'_>) -> Option<String> {
    let line = text.value.trim();
    if line.is_empty() || line.chars().count() > MOST_HELP || line.contains(|c: char| c.is_control()) {
        reading.wrong(text, format!("one line of text, at most {MOST_HELP} characters"));
        return None;
    }
    Some(line.to_owned())
}

/// A page, a mail or a call: nothing that a browser would run.
pub fn support(reading: &Reading<'_>, text: Text<'_>) -> Option<String> {
    let filled = reading.fill(text)?;
    let has_no_space = !filled.contains(|c: char| c.is_whitespace() || c.is_control());
    let is_good = filled.len() <= MOST_LINK && has_no_space && Url::parse(&filled).is_ok_and(|url| is_contact(&url));
    if !is_good {
        reading.wrong_url(text, &filled, "https:, mailto: with an address, or tel: with a number");
        return None;
    }
    Some(filled)
}

fn privacy_notice(reading: &Reading<'_>, url: Text<'_>) -> Option<String> {
    let filled = reading.secure_url(url, false, "https:")?;
    if filled.len() > MOST_LINK {
        reading.wrong_url(url, &filled, &format!("a URL of at most {MOST_LINK} characters"));
        return None;
    }
    Some(filled)
}

fn is_contact(url: &Url) -> bool {
    let path = url.path();
    match url.scheme() {
        "https" => url.has_host() && url.username().is_empty() && url.password().is_none(),
        "mailto" => path.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty()),
        "tel" => path.contains(|c: char| c.is_ascii_digit()) && path.chars().all(is_of_a_number),
        _ => false,
    }
}

/// RFC 3966 §3: digits, what people put between them, and a number inside.
fn is_of_a_number(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | '(' | ')' | ';' | '=' | '*' | '#' | 'e' | 'x' | 't')
}

/// A colour that people who see little can read, too (WCAG 2.2, 1.4.3).
fn colour(fields: &Fields<'_>, name: &str, pages: &str, scheme: Scheme) -> Option<Colour> {
    let text = fields.text(name)?;
    let Some(colour) = Colour::parse(text.value) else {
        fields.reading.wrong(text, "a colour, written #rrggbb");
        return None;
    };
    let contrast = scheme.contrast(colour);
    if contrast < LEAST_CONTRAST {
        let found =
            format!("`{}`, whose contrast on {pages} pages is {:.1}", text.value, (contrast * 10.0).floor() / 10.0);
        fields.reading.mistake(
            text.at,
            found,
            format!("a colour with a contrast of {LEAST_CONTRAST} (WCAG 2.2, 1.4.3)"),
        );
        return None;
    }
    Some(colour)
}

/// Exactly one origin: a wildcard would let every page of a hosting company frame the sign-in.
fn origin(reading: &Reading<'_>, text: Text<'_>) -> Option<String> {
    let filled = reading.fill(text)?;
    let secure = filled.starts_with("https:") || urls::is_loopback(&filled);
    if !secure || filled.contains('*') || urls::origin(&filled).as_deref() != Some(&filled) {
        reading.wrong_url(text, &filled, "an origin such as https://ehr.example: scheme, host, port and nothing more");
        return None;
    }
    Some(filled)
}
