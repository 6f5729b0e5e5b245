//! Recovery codes: for somebody who has lost their authenticator. Shown once, each good once, kept as hashes.

use super::{Credentials, CredentialsId, totp::base32};
use crate::secret::{Secret, SecretHash};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

pub const HOW_MANY: usize = 8;
/// 80 bits, 16 characters: enough that no fast hash of them can be turned back.
const BYTES: usize = 10;

/// The codes of this browser and this salt. The page can be shown again while its person reads it, although the codes lie
/// nowhere.
pub fn codes(browser: &Secret, salt: &str) -> Vec<String> {
    let code = |number: usize| {
        let bytes = URL_SAFE_NO_PAD.decode(browser.successor(&format!("recovery code {number} {salt}")).expose());
        let text = base32(bytes.unwrap_or_default().get(..BYTES).unwrap_or_default());
        text.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-")
    };
    (1..=HOW_MANY).map(code).collect()
}

pub fn hashes(id: &CredentialsId, codes: &[String]) -> Vec<SecretHash> {
    codes.iter().map(|code| hash(id, code)).collect()
}

/// What is left when this code is used, if it is one.
pub fn used(credentials: &Credentials, typed: &str) -> Option<Credentials> {
    let typed = hash(&credentials.id, typed);
    let left: Vec<SecretHash> = credentials.recovery.iter().filter(|code| **code != typed).cloned().collect();
    let is_one = left.len() < credentials.recovery.len();
    is_one.then(|| Credentials { recovery: left, ..credentials.clone() })
}

/// However it was typed. No code has a 0, a 1 or an 8.
fn hash(id: &CredentialsId, code: &str) -> SecretHash {
    let plain = code.chars().filter(char::is_ascii_alphanumeric).map(|c| match c.to_ascii_uppercase() {
        '0' => 'O',
        '1' => 'I',
        '8' => 'B',
        c => c,
    });
    SecretHash::of(&format!("{}#{}", id.as_str(), plain.collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_codes_of_eighty_bits_that_are_typed_as_one_likes() {
        let (browser, id) = (Secret::random(), CredentialsId(SecretHash::of("amy")));
        let codes = codes(&browser, "salt");
        assert_eq!(codes.len(), 8);
        assert!(codes.iter().all(|code| code.len() == 19), "{codes:?}");
        assert_eq!(codes, super::codes(&browser, "salt"));
        assert_ne!(codes, super::codes(&browser, "other"));
        assert_ne!(codes, super::codes(&Secret::random(), "salt"));
        let careless = codes[0].to_lowercase().replace('-', " ").replace('o', "0");
        assert_eq!(hash(&id, &codes[0]), hash(&id, &careless));
    }
}
