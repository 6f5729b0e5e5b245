//! A tenant's colours (WCAG 2.2, 1.4.3).

use rules::tenant::appearance::{Colour, on};

fn colour(text: &str) -> Colour {
    Colour::parse(text).unwrap()
}

#[test]
fn a_colour_is_kept_as_it_is_written() {
    let kept = serde_json::to_string(&colour("#0B5a86")).unwrap();
    assert_eq!(kept, r##""#0b5a86""##);
    assert_eq!(serde_json::from_str::<Colour>(&kept).unwrap(), colour("#0b5a86"));
    assert!(serde_json::from_str::<Colour>(r#""red""#).is_err());
}

#[test]
fn part_of_the_way_to_another_colour_is_that_part_of_each_channel() {
    let (from, to) = (Colour(100, 0, 200), Colour(200, 100, 0));
    for (share, between) in [(0.0, from), (0.25, Colour(125, 25, 150)), (0.5, Colour(150, 50, 100)), (1.0, to)] {
        assert_eq!(from.towards(to, share), between, "{share}");
    }
}

/// Channels below 11 are on the straight part of the curve of sRGB.
#[test]
fn dark_colours_have_the_contrast_that_wcag_says() {
    for (one, other, ratio) in
        [("#000000", "#0a0a0a", 1.0607), ("#000000", "#0b0b0b", 1.0669), ("#101010", "#000000", 1.1036)]
    {
        let contrast = colour(one).contrast(colour(other));
        assert!((contrast - ratio).abs() < 0.001, "{one} {other}: {contrast}");
    }
}

#[test]
fn what_stands_on_a_button_is_the_one_that_can_be_read_better() {
    assert_eq!(on(colour("#0b5a86")), colour("#ffffff"));
    assert_eq!(on(colour("#ffcc00")), colour("#06121c"));
}
