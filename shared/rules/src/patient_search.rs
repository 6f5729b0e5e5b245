//! What somebody types to find a patient, as a FHIR server can be asked for it.

/// A person types the name as they know it; whole sentences are nobody's name.
const MOST_WORDS: usize = 8;
const MOST_CHARACTERS: usize = 100;

/// The beginnings of which each must be in the name: one list a word, of which any one will do (FHIR R4 §3.1.1.3, AND and OR).
///
/// A `string` search compares from the beginning of a part of the name (§3.1.1.4.8), and records part names differently: "van den
/// Berg" is one family name, "María José" one given name or two. So each word may begin a part, or end what begins one with the
/// words before it: `Berg`, `den Berg`, `van den Berg`. Nothing reaches over a comma, which is how people set the family name
/// apart ("Shaw, Amy").
pub fn name_words(typed: &str) -> Vec<Vec<String>> {
    let typed: String = typed.chars().take(MOST_CHARACTERS).collect();
    let stretches = typed.split([',', ';']).map(|stretch| stretch.split_whitespace().collect::<Vec<_>>());
    let words = stretches.flat_map(|words| {
        let endings = |last: usize| (0..=last).rev().map(|first| words[first..=last].join(" ")).collect();
        (0..words.len()).map(endings).collect::<Vec<_>>()
    });
    words.take(MOST_WORDS).collect()
}

/// An identifier as it was typed, and as it may be written in the record: a token is compared letter by letter, and people leave
/// out spaces and capitals. A system before `|` is taken as it is.
pub fn identifier_spellings(typed: &str) -> Vec<String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Vec::new();
    }
    let (system, value) = typed.split_at(typed.rfind('|').map_or(0, |at| at + 1));
    let joined: String = value.split_whitespace().collect();
    let values = [value.to_owned(), value.to_uppercase(), joined.to_uppercase(), joined];
    let mut spellings: Vec<String> = Vec::new();
    for spelling in values.into_iter().map(|value| format!("{system}{value}")) {
        if !spellings.contains(&spelling) {
            spellings.push(spelling);
        }
    }
    spellings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_of_a_name_begins_a_part_of_it_or_ends_one_with_the_words_before() {
        for (typed, expected) in [
            ("", &[][..]),
            (" , ;", &[]),
            ("Shaw", &["Shaw"]),
            ("Amy  Shaw", &["Amy", "Shaw/Amy Shaw"]),
            ("Shaw, Amy", &["Shaw", "Amy"]),
            ("Shaw,Amy", &["Shaw", "Amy"]),
            ("van den Berg", &["van", "den/van den", "Berg/den Berg/van den Berg"]),
            ("van den Berg, Jan", &["van", "den/van den", "Berg/den Berg/van den Berg", "Jan"]),
            ("O’Brien-Smith Jr.", &["O’Brien-Smith", "Jr./O’Brien-Smith Jr."]),
        ] {
            let words: Vec<String> = name_words(typed).iter().map(|word| word.join("/")).collect();
            assert_eq!(words, expected, "{typed}");
        }
    }

    #[test]
    fn a_name_has_a_bound() {
        let words = name_words(&"a b ".repeat(1000));
        assert_eq!(words.len(), 8);
        assert!(words.iter().flatten().map(String::len).sum::<usize>() < 1000);
        assert_eq!(name_words(&"x".repeat(10_000))[0][0].len(), 100);
    }

    #[test]
    fn an_identifier_is_looked_for_as_people_type_it() {
        for (typed, expected) in [
            (" ", &[][..]),
            ("MRN-1007", &["MRN-1007"]),
            ("mrn-1007", &["mrn-1007", "MRN-1007"]),
            ("943 476 5919", &["943 476 5919", "9434765919"]),
            ("urn:oid:1.2|ab 1", &["urn:oid:1.2|ab 1", "urn:oid:1.2|AB 1", "urn:oid:1.2|AB1", "urn:oid:1.2|ab1"]),
        ] {
            assert_eq!(identifier_spellings(typed), expected, "{typed}");
        }
    }
}
