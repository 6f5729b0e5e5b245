//! A tenant's own colour on its pages.

use rules::tenant::appearance::{Appearance, Colour, DARK, LEAST_CONTRAST, LIGHT, Scheme, on};

/// What follows the stylesheet of all tenants. Without a colour of the tenant's own, nothing.
pub fn stylesheet(appearance: &Appearance) -> String {
    let Some(light) = appearance.accent else { return String::new() };
    let dark = appearance.accent_dark.unwrap_or_else(|| lightened(light));
    let (light, dark) = (properties(&LIGHT, light), properties(&DARK, dark));
    format!(":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n")
}

fn properties(scheme: &Scheme, accent: Colour) -> String {
    let (strong, soft) = (accent.towards(scheme.ink, 0.25), scheme.soft(accent));
    format!("--accent:{accent};--accent-strong:{strong};--on-accent:{};--accent-soft:{soft}", on(accent))
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
            assert!(LIGHT.contrast(accent) >= LEAST_CONTRAST, "{text}");
            assert!(DARK.contrast(lightened(accent)) >= LEAST_CONTRAST, "{text}");
        }
    }

    #[test]
    fn a_tenant_without_a_colour_adds_nothing_and_one_with_a_colour_adds_both_schemes() {
        assert_eq!(stylesheet(&Appearance::default()), "");
        let themed = stylesheet(&Appearance { accent: Colour::parse("#4b2e83"), ..Appearance::default() });
        assert!(themed.contains("--accent:#4b2e83;") && themed.contains("prefers-color-scheme:dark"), "{themed}");
    }
}
