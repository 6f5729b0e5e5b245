//! A colour of the tenant's own, and how well it stands out from another.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Red, green and blue in sRGB, written `#rrggbb`. Nothing else: it becomes part of a stylesheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour(pub u8, pub u8, pub u8);

/// WCAG 2.2, 1.4.3 (AA), for text of any size.
pub const LEAST_CONTRAST: f64 = 4.5;

impl Colour {
    pub fn parse(text: &str) -> Option<Colour> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let all = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok().filter(|_| all)?.to_be_bytes();
        Some(Colour(red, green, blue))
    }

    /// From 1 to 21 (WCAG 2.2, contrast ratio).
    pub fn contrast(self, other: Colour) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// This much of the way to another colour: 0 is this one, 1 the other.
    #[must_use]
    pub fn towards(self, other: Colour, share: f64) -> Colour {
        let mix = |from: u8, to: u8| (f64::from(from) + (f64::from(to) - f64::from(from)) * share).round() as u8;
        Colour(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }

    /// WCAG 2.2, relative luminance.
    fn luminance(self) -> f64 {
        let linear = |channel: u8| match f64::from(channel) / 255.0 {
            low if low <= 0.04045 => low / 12.92,
            high => ((high + 0.055) / 1.055).powf(2.4),
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> String {
        colour.to_string()
    }
}

impl TryFrom<String> for Colour {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Colour, Self::Error> {
        Colour::parse(&text).ok_or("a colour is written #rrggbb")
    }
}

#[cfg(test)]
mod tests {
    use super::Colour;

    #[test]
    fn contrast_is_that_of_wcag() {
        let contrast = |one, two| Colour::parse(one).unwrap().contrast(Colour::parse(two).unwrap());
        assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 0.01);
        assert!((contrast("#767676", "#ffffff") - 4.54).abs() < 0.01);
    }

    #[test]
    fn nothing_but_six_digits_is_a_colour() {
        for text in ["red", "#fff", "#0b5a8", "0b5a86", "#0b5a8g", "#+b5a86", "#0b5a86;}", "rgb(1,2,3)"] {
            assert_eq!(Colour::parse(text), None, "{text}");
        }
        assert_eq!(Colour::parse("#0B5a86").unwrap().to_string(), "#0b5a86");
    }
}
