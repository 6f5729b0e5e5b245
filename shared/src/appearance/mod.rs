//! How a tenant's pages look, which language they speak unless a person wants another, and who may show them in a frame.

mod colour;

pub use colour::{Colour, LEAST_CONTRAST};

use crate::language::Language;
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
}

/// What the stylesheet's own colours are, as far as an accent meets them.
const LIGHT: Scheme = Scheme { card: Colour(0xff, 0xff, 0xff), page: Colour(0xf2, 0xf5, 0xf7), ink: Colour(0, 0, 0) };
const DARK: Scheme =
    Scheme { card: Colour(0x18, 0x21, 0x2a), page: Colour(0x0f, 0x16, 0x1c), ink: Colour(0xff, 0xff, 0xff) };

struct Scheme {
    card: Colour,
    page: Colour,
    /// What makes an accent stronger.
    ink: Colour,
}

impl Scheme {
    /// The least contrast that this accent has, as text or under text, anywhere on the pages (WCAG 2.2, 1.4.3).
    fn contrast(&self, accent: Colour) -> f64 {
        let grounds = [self.card, self.page, self.soft(accent), on(accent)];
        grounds.into_iter().map(|ground| accent.contrast(ground)).fold(f64::INFINITY, f64::min)
    }

    fn soft(&self, accent: Colour) -> Colour {
        self.card.towards(accent, 0.09)
    }

    fn properties(&self, accent: Colour) -> String {
        let (strong, soft) = (accent.towards(self.ink, 0.25), self.soft(accent));
        format!("--accent:{accent};--accent-strong:{strong};--on-accent:{};--accent-soft:{soft}", on(accent))
    }
}

/// What can be read on a button of this colour.
fn on(accent: Colour) -> Colour {
    let (light, dark) = (Colour(0xff, 0xff, 0xff), Colour(0x06, 0x12, 0x1c));
    if accent.contrast(light) >= accent.contrast(dark) { light } else { dark }
}

/// The least contrast of this accent on light pages; below `LEAST_CONTRAST` it is no accent.
pub fn contrast_on_light(accent: Colour) -> f64 {
    LIGHT.contrast(accent)
}

pub fn contrast_on_dark(accent: Colour) -> f64 {
    DARK.contrast(accent)
}

impl Appearance {
    /// What follows the stylesheet of all tenants. Without a colour of the tenant's own, nothing.
    pub fn stylesheet(&self) -> String {
        let Some(light) = self.accent else { return String::new() };
        let dark = self.accent_dark.unwrap_or_else(|| lightened(light));
        format!(
            ":root{{{}}}\n@media (prefers-color-scheme:dark){{:root{{{}}}}}\n",
            LIGHT.properties(light),
            DARK.properties(dark)
        )
    }
}

/// The same hue for dark pages, as light as it must be.
fn lightened(accent: Colour) -> Colour {
    let white = Colour(0xff, 0xff, 0xff);
    let steps = (0..=20).map(|step| accent.towards(white, f64::from(step) / 20.0));
    steps.into_iter().find(|colour| DARK.contrast(*colour) >= 1.25 * LEAST_CONTRAST).unwrap_or(white)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_made_of_one_colour_can_be_read_in_the_light_and_in_the_dark() {
        for text in ["#0b5a86", "#8a1538", "#005a3c", "#4b2e83", "#000000", "#0000ff"] {
            let accent = Colour::parse(text).unwrap();
            assert!(contrast_on_light(accent) >= LEAST_CONTRAST, "{text}");
            assert!(contrast_on_dark(lightened(accent)) >= LEAST_CONTRAST, "{text}");
        }
    }

    #[test]
    fn what_can_not_be_read_is_known_as_such() {
        assert!(contrast_on_light(Colour::parse("#ffcc00").unwrap()) < 2.0);
        assert!(contrast_on_dark(Colour::parse("#0b5a86").unwrap()) < LEAST_CONTRAST);
    }

    #[test]
    fn the_accents_of_the_stylesheet_would_be_accepted_too() {
        assert!(contrast_on_light(Colour(0x0b, 0x5a, 0x86)) >= LEAST_CONTRAST);
        assert!(contrast_on_dark(Colour(0x7c, 0xc3, 0xea)) >= LEAST_CONTRAST);
    }

    #[test]
    fn a_tenant_without_a_colour_adds_nothing_and_one_with_a_colour_adds_both_schemes() {
        assert_eq!(Appearance::default().stylesheet(), "");
        let themed = Appearance { accent: Colour::parse("#4b2e83"), ..Appearance::default() }.stylesheet();
        assert!(themed.contains("--accent:#4b2e83;") && themed.contains("prefers-color-scheme:dark"), "{themed}");
    }
}
