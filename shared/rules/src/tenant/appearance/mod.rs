//! How a tenant's pages look, which language they speak unless a person wants another, who may show them in a frame, and what
//! the patient picker does.

mod colour;

pub use colour::{Colour, LEAST_CONTRAST};

use super::{Language, PatientPicker};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Appearance {
    pub language: Language,
    /// An https URL.
    pub logo: Option<String>,
    /// Checked when the tenant file was read: text in it, and text on it, can be read by people who see little.
    pub accent: Option<Colour>,
    pub accent_dark: Option<Colour>,
    /// For apps: `smart_style_url` of the launch context, where the EHR gives none of its own (SMART App Launch 2.2).
    pub smart_style_url: Option<String>,
    /// Origins of EHRs that show the pages in a frame of theirs (LCTX-10; RFC 9700 §4.16). Empty: nobody may.
    pub frame_ancestors: Vec<String>,
    pub patient_picker: PatientPicker,
    /// What a person reads below every page: in the tenant's own words, and so in one language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help_text: Option<String>,
    /// Whom they ask: `https:`, `mailto:` or `tel:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support: Option<String>,
    /// An https URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privacy_notice: Option<String>,
}

/// What the stylesheet's own colours are, as far as an accent meets them.
pub const LIGHT: Scheme =
    Scheme { card: Colour(0xff, 0xff, 0xff), page: Colour(0xf2, 0xf5, 0xf7), ink: Colour(0, 0, 0) };
pub const DARK: Scheme =
    Scheme { card: Colour(0x18, 0x21, 0x2a), page: Colour(0x0f, 0x16, 0x1c), ink: Colour(0xff, 0xff, 0xff) };

/// The colours that an accent meets on a page.
pub struct Scheme {
    pub card: Colour,
    pub page: Colour,
    /// What makes an accent stronger.
    pub ink: Colour,
}

impl Scheme {
    /// The least contrast that this accent has, as text or under text, anywhere on the pages (WCAG 2.2, 1.4.3).
    pub fn contrast(&self, accent: Colour) -> f64 {
        let grounds = [self.card, self.page, self.soft(accent), on(accent)];
        grounds.into_iter().map(|ground| accent.contrast(ground)).fold(f64::INFINITY, f64::min)
    }

    pub fn soft(&self, accent: Colour) -> Colour {
        self.card.towards(accent, 0.09)
    }
}

/// What can be read on a button of this colour.
pub fn on(accent: Colour) -> Colour {
    let (light, dark) = (Colour(0xff, 0xff, 0xff), Colour(0x06, 0x12, 0x1c));
    if accent.contrast(light) >= accent.contrast(dark) { light } else { dark }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_be_read_is_known_as_such() {
        assert!(LIGHT.contrast(Colour::parse("#ffcc00").unwrap()) < 2.0);
        assert!(DARK.contrast(Colour::parse("#0b5a86").unwrap()) < LEAST_CONTRAST);
    }

    #[test]
    fn the_accents_of_the_stylesheet_would_be_accepted_too() {
        assert!(LIGHT.contrast(Colour(0x0b, 0x5a, 0x86)) >= LEAST_CONTRAST);
        assert!(DARK.contrast(Colour(0x7c, 0xc3, 0xea)) >= LEAST_CONTRAST);
    }
}
