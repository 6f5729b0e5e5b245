//! "Did you mean …?"

/// The candidate that differs least from `word`, if it is near enough to be meant.
pub fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase();
    let near_enough = word.chars().count().max(3) / 3 + 1;
    let distances = candidates.iter().map(|candidate| (distance(&word, &candidate.to_lowercase()), *candidate));
    distances.filter(|(distance, _)| *distance <= near_enough).min().map(|(_, candidate)| candidate)
}

/// Insertions, deletions and replacements from one to the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = ["redirect_uris", "client_id", "scope"];
        assert_eq!(nearest("redirect_uri", &known), Some("redirect_uris"));
        assert_eq!(nearest("clientId", &known), Some("client_id"));
        assert_eq!(nearest("scopes", &known), Some("scope"));
        assert_eq!(nearest("favourite_colour", &known), None);
    }
}
