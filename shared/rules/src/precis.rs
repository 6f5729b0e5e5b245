//! Names and passwords in the one form in which they are compared, however a keyboard makes them: a phone capitalises, adds a space, and
//! writes an accent as one character or as two (PRECIS: RFC 8264, RFC 8265).

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{DefaultIgnorableCodePoint, GeneralCategory},
};

const NFC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfc();
const NFKC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfkc();
const NFD: DecomposingNormalizerBorrowed<'static> = DecomposingNormalizerBorrowed::new_nfd();

/// Nobody types a longer name, in bytes; a registered one has 255 at most. Normalising takes its time with each.
const MOST_TYPED: usize = 1_024;

/// The form in which two usernames are one: UsernameCaseMapped (RFC 8265 §3.3). The spaces at the ends are a keyboard's. Of what is too
/// long for a name the beginning is enough to count it by.
pub fn username(typed: &str) -> String {
    let typed = &typed[..typed.floor_char_boundary(MOST_TYPED)];
    nfc(&of_usual_width(typed.trim()).to_lowercase())
}

/// The form in which a new username is kept: as it was written, in upper and lower case (UsernameCasePreserved, RFC 8265 §3.4). Its lower
/// case is what is looked for.
pub fn kept_username(written: &str) -> String {
    let (kept, compared) = (nfc(&of_usual_width(written.trim())), username(written));
    if kept.to_lowercase() == compared { kept } else { compared }
}

/// The lower case under which somebody with this name may be kept. The first is everybody's; the others are of people who were kept
/// before names had one form. Nobody is kept under what is too long for a name.
pub fn kept_under(typed: &str) -> Vec<String> {
    if typed.len() > MOST_TYPED {
        return Vec::new();
    }
    let compared = username(typed);
    let decomposed = NFD.normalize(&compared).into_owned();
    let mut forms = vec![compared];
    for form in [typed.trim().to_lowercase(), decomposed] {
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
    forms
}

/// Whether a new name may be this: letters, digits, and the signs of ASCII, in parts with one space between them (IdentifierClass, RFC
/// 8264 §4.2; RFC 8265 §3.1). What looks like other characters, and what can't be seen, is none of it.
pub fn is_username(written: &str) -> bool {
    let mapped = username(written);
    !mapped.is_empty() && mapped.split(' ').all(|part| !part.is_empty() && part.chars().all(is_of_identifier))
}

/// RFC 8264 §8. Of the exceptions (§9.6) all that are allowed, be it in some places only (CONTEXTO): no name of a person needs the rules
/// of context.
fn is_of_identifier(c: char) -> bool {
    use GeneralCategory::*;
    if CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c) || is_disallowed(c) {
        return false;
    }
    const EXCEPTIONS: &str = "\u{df}\u{3c2}\u{6fd}\u{6fe}\u{f0b}\u{3007}\u{b7}\u{375}\u{5f3}\u{5f4}\u{30fb}";
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    let is_letter_or_digit = matches!(
        category,
        LowercaseLetter | UppercaseLetter | OtherLetter | ModifierLetter | DecimalNumber | NonspacingMark | SpacingMark
    );
    let has_compatible = NFKC.normalize(c.encode_utf8(&mut [0; 4])) != NFC.normalize(c.encode_utf8(&mut [0; 4]));
    c.is_ascii_graphic() || EXCEPTIONS.contains(c) || (is_letter_or_digit && !has_compatible)
}

/// The other exceptions of §9.6, and the letters of old Hangul (§9.9): they look like nothing, or like others.
fn is_disallowed(c: char) -> bool {
    matches!(c,
        '\u{640}' | '\u{7fa}' | '\u{302e}' | '\u{302f}' | '\u{3031}'..='\u{3035}' | '\u{303b}'
        | '\u{1100}'..='\u{11ff}' | '\u{a960}'..='\u{a97c}' | '\u{d7b0}'..='\u{d7fb}')
}

/// The form in which a password is hashed: OpaqueString (RFC 8265 §4.2).
pub fn password(typed: &str) -> String {
    nfc(&typed.chars().map(|c| if is_space(c) { ' ' } else { c }).collect::<String>())
}

/// The forms in which a password may have been hashed: that one, and as it was typed, which was hashed before there was one form.
pub fn password_forms(typed: &str) -> Vec<String> {
    let opaque = password(typed);
    let as_typed = Some(typed.to_owned()).filter(|typed| *typed != opaque);
    std::iter::once(opaque).chain(as_typed).collect()
}

/// Any of Unicode's (category Zs).
fn is_space(c: char) -> bool {
    CodePointMapData::<GeneralCategory>::new().get(c) == GeneralCategory::SpaceSeparator
}

/// A letter of East Asian width is the same letter (RFC 8264 §5.2.1). Their block holds nothing else, but for the wide space.
fn of_usual_width(text: &str) -> String {
    let mut mapped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{3000}' | '\u{ff01}'..='\u{ffee}' => mapped.push_str(&NFKC.normalize(c.encode_utf8(&mut [0; 4]))),
            c => mapped.push(c),
        }
    }
    mapped
}

fn nfc(text: &str) -> String {
    NFC.normalize(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8265 §3.5, and what phones make of a name.
    #[test]
    fn names_that_a_person_takes_for_one_are_one() {
        for (one, other) in [
            ("amy", "Amy"),
            ("amy", " AMY "),
            ("amy", "ａｍｙ"),
            ("amy", "Ａmy\u{3000}"),
            ("jos\u{e9}", "Jose\u{301}"),
            ("\u{c5}sa", "\u{212b}sa"),
            ("amy shaw", "Amy\u{3000}Shaw"),
            ("σ", "Σ"),
            ("カ", "ｶ"),
            ("가", "\u{1100}\u{1161}"),
        ] {
            assert_eq!(username(one), username(other), "{one} {other}");
        }
        // RFC 8265 §3.5, table 1: two people.
        for (one, other) in [("fussball", "fu\u{df}ball"), ("π", "p"), ("amy", "аmy"), ("amy", "amy1"), ("a b", "ab")]
        {
            assert_ne!(username(one), username(other), "{one} {other}");
        }
    }

    #[test]
    fn what_is_too_long_for_a_name_is_nobodys_and_is_counted_by_its_beginning() {
        for (end, is_name) in [(MOST_TYPED, true), (MOST_TYPED + 1, false)] {
            let typed = format!("amy{}", " ".repeat(end - 3));
            assert_eq!(!kept_under(&typed).is_empty(), is_name, "{end}");
            assert_eq!(username(&typed), "amy");
        }
        let long = format!("a{}", "\u{e4}".repeat(MOST_TYPED));
        assert_eq!(username(&long).len(), MOST_TYPED - 1, "no half of a character");
    }

    #[test]
    fn a_form_is_its_own_form() {
        for text in ["Amy", "José", "Jose\u{301}", "ＡＭＹ", "İstanbul", "ΣΑΣ", "ǅ", "\u{1e9e}", "ﬁ", "각", "\u{212b}"]
        {
            let compared = username(text);
            assert_eq!(username(&compared), compared, "{text}");
            assert_eq!(username(&kept_username(text)), compared, "{text}");
            assert_eq!(kept_username(text).to_lowercase(), compared, "{text}");
            assert_eq!(kept_under(text)[0], compared, "{text}");
            assert_eq!(password(&password(text)), password(text), "{text}");
        }
        assert_eq!(kept_username("Jose\u{301} García"), "José García");
    }

    /// RFC 8265 §3.5, table 2, and §3.1.
    #[test]
    fn a_new_name_has_letters_digits_and_the_signs_of_ascii() {
        for good in [
            "amy",
            "Amy.Shaw",
            "amy@clinic.example",
            "juliet",
            "fussball",
            "fu\u{df}ball",
            "π",
            "Σ",
            "ς",
            "山田 太郎",
            "José",
        ] {
            assert!(is_username(good), "{good}");
        }
        for bad in [
            "",
            " ",
            "foo  bar",
            "\u{265a}",
            "henry\u{2163}",
            "a\u{200b}b",
            "a\tb",
            "a\u{0}",
            "ﬁona",
            "a\u{202e}b",
            "a\u{e000}",
            "a\u{fe0f}",
            "a\u{34f}",
            "\u{115f}",
            "a\u{640}b",
            "\u{1112}\u{119e}",
        ] {
            assert!(!is_username(bad), "{bad:?}");
        }
    }

    /// RFC 8265 §4.3.
    #[test]
    fn a_password_is_the_same_on_every_keyboard_and_its_case_and_width_count() {
        for (one, other) in [("π\u{df}\u{e5}", "πßa\u{30a}"), ("Jack of \u{2666}s", "Jack\u{a0}of\u{3000}\u{2666}s")]
        {
            assert_eq!(password(one), password(other), "{one} {other}");
        }
        for (one, other) in [("Correct", "correct"), ("ａ", "a"), ("a ", "a"), (" a", "a"), ("foo  bar", "foo bar")] {
            assert_ne!(password(one), password(other), "{one} {other}");
        }
        assert_eq!(password_forms("plain"), ["plain"]);
        assert_eq!(password_forms("e\u{301}"), ["\u{e9}", "e\u{301}"]);
    }
}
