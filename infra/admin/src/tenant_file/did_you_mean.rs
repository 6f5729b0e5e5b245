//! The key that a misspelt one was meant to be: "did you mean …?"

use strsim::levenshtein;

/// The candidate that differs least from `word`, if it is near enough to be meant.
pub fn did_you_mean<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase();
    let near_enough = word.chars().count().max(3) / 3 + 1;
    let distances = candidates.iter().map(|candidate| (levenshtein(&word, &candidate.to_lowercase()), *candidate));
    distances.filter(|(distance, _)| *distance <= near_enough).min().map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let keys = ["redirect_uris", "client_id", "scope"];
        assert_eq!(did_you_mean("redirect_uri", &keys), Some("redirect_uris"));
        assert_eq!(did_you_mean("clientId", &keys), Some("client_id"));
        assert_eq!(did_you_mean("scopes", &keys), Some("scope"));
        assert_eq!(did_you_mean("favourite_colour", &keys), None);
    }
}
