//! May this be a person's new password? Length counts, and that it is not among the first guesses (NIST SP 800-63B §5.1.1.2).

/// NIST asks for eight at least; there may be no second factor here.
pub const LEAST_CHARACTERS: usize = 12;
/// Argon2 would take any; NIST asks for 64 at least.
pub const MOST_BYTES: usize = 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("the password is too short")]
    TooShort,
    #[error("the password is too long")]
    TooLong,
    /// Among the first that anybody tries, or made of the person's own name or the place's.
    #[error("the password is too easy to guess")]
    TooEasy,
}

/// No rules of composition: they make passwords worse. `names` are the person's and the place's, which everybody can know.
pub fn judge(password: &str, names: &[&str]) -> Result<(), Unfit> {
    if password.chars().count() < LEAST_CHARACTERS {
        return Err(Unfit::TooShort);
    }
    if password.len() > MOST_BYTES {
        return Err(Unfit::TooLong);
    }
    let plain = plain(password);
    let names = names.iter().flat_map(|name| name.split_whitespace().map(self::plain).chain([self::plain(name)]));
    let of_a_name = names.filter(|name| name.chars().count() >= 3).any(|name| repeats(&plain, &name));
    let common = COMMON.lines().chain(MORE.iter().copied()).any(|word| repeats(&plain, word));
    if of_a_name || common || is_monotonous(password) { Err(Unfit::TooEasy) } else { Ok(()) }
}

/// Without what people put round a word to please a rule: case, digits, signs, and digits in the place of letters.
fn plain(text: &str) -> String {
    let letters = |c: char| match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        c => c,
    };
    let lower = text.to_lowercase();
    let word = lower.trim_matches(|c: char| !c.is_alphabetic());
    word.chars().map(letters).filter(|c| c.is_alphanumeric()).collect()
}

/// `admin`, `adminadmin`. Where there was no letter, nothing is left to be a word.
fn repeats(plain: &str, word: &str) -> bool {
    !plain.is_empty()
        && plain.len().is_multiple_of(word.len())
        && plain.as_bytes().chunks(word.len()).all(|part| part == word.as_bytes())
}

/// A few characters again and again, the same few digits, or a row of them: `aaaaaaaaaaaa`, `123412341234`, `abcdefghijkl`.
fn is_monotonous(password: &str) -> bool {
    let characters: Vec<u32> = password.to_lowercase().chars().map(u32::from).collect();
    let mut different = characters.clone();
    different.sort_unstable();
    different.dedup();
    let steps = characters.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) <= 1).count();
    different.len() <= 4 || steps * 10 >= (characters.len() - 1) * 8
}

/// What long passwords on the lists of stolen ones are made of; each line of the file is a word.
const COMMON: &str = include_str!("common_passwords.txt");

/// What that list, which is English, lacks: other languages, keyboards, places like this one.
const MORE: &[&str] = &[
    "wachtwoord",
    "contrasena",
    "motdepasse",
    "passphrase",
    "letmeinnow",
    "letmeinplease",
    "welkom",
    "willkommen",
    "bienvenue",
    "bienvenido",
    "default",
    "administrator",
    "superuser",
    "iloveyousomuch",
    "basketball",
    "chocolate",
    "unbelievable",
    "trustnoone",
    "qwertyuiopasdfghjkl",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiop",
    "azertyuiop",
    "iqaztwsx",
    "zaqixswtcde",
    "abcdef",
    "abcdefgh",
    "abc",
    "hospital",
    "ziekenhuis",
    "krankenhaus",
    "klinik",
    "clinic",
    "patient",
    "doktor",
    "nurse",
    "health",
    "healthcare",
    "medical",
    "january",
    "february",
    "autumn",
    "zomer",
    "correcthorsebatterystaple",
    "thisisapassword",
    "jesuschrist",
    "godisgood",
    "jennifer",
    "charlotte",
    "alexander",
    "login",
    "user",
    "guest",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_counts_and_composition_does_not() {
        for good in ["all lower case words", "ünïcödé wörds", "twelve chars", "9471 6038 2257", "p4tchwork-lantern"]
        {
            assert_eq!(judge(good, &["amy", "Test Clinic"]), Ok(()), "{good}");
        }
        assert_eq!(judge("eleven char", &[]), Err(Unfit::TooShort));
        assert_eq!(judge("ééééééééééé", &[]), Err(Unfit::TooShort));
        assert_eq!(judge(&"lantern ".repeat(200), &[]), Err(Unfit::TooLong));
    }

    #[test]
    fn what_anybody_would_try_first_is_refused() {
        for easy in [
            "password1234",
            "P@ssw0rd!!!!",
            "passwordpassword",
            "123456789012",
            "aaaaaaaaaaaa",
            "abababababab",
            "abcdefghijklm",
            "qwertyuiop12",
            "Welcome20262026",
            "administrator",
            "correct horse battery staple",
            "amyamyamyamy",
            "Amy Shaw 1985",
            "testclinic2026",
            "Clinic2026!!!",
            "Hospital-2026",
        ] {
            assert_eq!(judge(easy, &["amy", "Amy Shaw", "Test Clinic"]), Err(Unfit::TooEasy), "{easy}");
        }
    }
}
