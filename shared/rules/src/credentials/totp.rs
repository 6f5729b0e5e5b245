//! Codes of an authenticator app (RFC 6238): six digits, new every thirty seconds, each good once.

use super::CredentialsId;
use crate::{
    secret::{SecretHash, random_bytes, same},
    time::Timestamp,
};
use aws_lc_rs::hmac;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use std::fmt;

const STEP_SECONDS: i64 = 30;
/// Clocks differ, and typing takes time: one step to either side (RFC 6238 §5.2).
const TOLERANCE: i64 = 1;

/// 160 bits, as RFC 4226 §4 asks. It must be known as it is to compute codes; it is never printed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TotpSecret(Vec<u8>);

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

/// An app that is in use.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Totp {
    pub secret: TotpSecret,
    /// Of the last code that was accepted: "The verifier MUST NOT accept the second attempt of the OTP" (§5.2).
    pub last_step: i64,
    pub since: Timestamp,
}

impl Totp {
    /// By what the wrong codes of this app in a row are counted.
    pub fn counted_by(&self, of: &CredentialsId) -> SecretHash {
        SecretHash::of(&format!("codes in a row#{}#{}", of.as_str(), self.since.0))
    }

    /// The app with this code used, if it is right and none of its time or later was used before.
    pub fn used(&self, typed: &str, now: Timestamp) -> Option<Totp> {
        let step = self.secret.step_of(typed, now).filter(|step| *step > self.last_step)?;
        Some(Totp { last_step: step, ..self.clone() })
    }
}

impl TotpSecret {
    pub fn random() -> TotpSecret {
        TotpSecret(random_bytes::<20>().to_vec())
    }

    /// From an app's first right code on, it is in use.
    pub fn confirmed(&self, typed: &str, now: Timestamp) -> Option<Totp> {
        let last_step = self.step_of(typed, now)?;
        Some(Totp { secret: self.clone(), last_step, since: now })
    }

    /// For typing, in groups of four.
    pub fn text(&self) -> String {
        let text = base32(&self.0);
        text.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ")
    }

    /// What the picture says (the key URI format that all apps read).
    pub fn uri(&self, server: &str, account: &str) -> String {
        let [server, account] = [server, account].map(|text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string());
        let secret = base32(&self.0);
        format!("otpauth://totp/{server}:{account}?secret={secret}&issuer={server}&algorithm=SHA1&digits=6&period=30")
    }

    /// The code of an app at this time.
    pub fn code(&self, now: Timestamp) -> String {
        self.code_of(now.0.div_euclid(STEP_SECONDS))
    }

    /// Every step is looked at, so that time does not tell which was right.
    fn step_of(&self, typed: &str, now: Timestamp) -> Option<i64> {
        let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
        let middle = now.0.div_euclid(STEP_SECONDS);
        let steps = middle - TOLERANCE..=middle + TOLERANCE;
        steps.fold(None, |found, step| if same(&typed, &self.code_of(step)) { Some(step) } else { found })
    }

    /// RFC 4226 §5.3.
    fn code_of(&self, step: i64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let offset = usize::from(tag.last().copied().unwrap_or_default() & 0xf);
        let four = tag.get(offset..offset + 4).unwrap_or_default();
        let number = four.iter().fold(0u32, |number, byte| (number << 8) | u32::from(*byte)) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}

/// Whether this is meant as a code of an app: six digits.
pub fn is_code(typed: &str) -> bool {
    let digits: Vec<char> = typed.chars().filter(|c| !c.is_whitespace()).collect();
    digits.len() == 6 && digits.iter().all(char::is_ascii_digit)
}

/// RFC 4648 §6, without padding.
pub fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut text, mut held, mut bits) = (String::new(), 0u16, 0u32);
    for byte in bytes {
        held = (held << 8) | u16::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[usize::from((held >> bits) & 31)]));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(char::from(ALPHABET[usize::from((held << (5 - bits)) & 31)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, whose codes have eight digits: the last six of them.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let secret = TotpSecret(b"12345678901234567890".to_vec());
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret.code(Timestamp(time)), code);
        }
    }

    /// RFC 4648 §10.
    #[test]
    fn base32_is_that_of_the_rfc() {
        let texts = [("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("foobar", "MZXW6YTBOI")];
        for (bytes, text) in texts {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn a_code_is_good_once_and_for_one_step_to_either_side() {
        let (secret, now) = (TotpSecret::random(), Timestamp(1_800_000_000));
        let code = secret.code(now);
        for (later, good) in [(-31, false), (-30, true), (0, true), (30, true), (59, true), (60, false)] {
            assert_eq!(secret.confirmed(&code, now.plus(later)).is_some(), good, "{later}");
        }
        let used = secret.confirmed(&code, now).unwrap();
        assert!(used.used(&code, now).is_none());
        let before = secret.code(now.plus(-30));
        assert!(used.used(&before, now).is_none(), "nor one of before it");
        assert!(used.used(&secret.code(now.plus(30)), now.plus(30)).is_some());
    }

    #[test]
    fn the_secret_is_never_printed_and_is_kept_whole() {
        let secret = TotpSecret(b"12345678901234567890".to_vec());
        assert_eq!(format!("{secret:?}"), "TotpSecret(…)");
        let kept: TotpSecret = serde_json::from_str(&serde_json::to_string(&secret).unwrap()).unwrap();
        assert_eq!(kept.0, secret.0);
        assert_eq!(
            secret.uri("A & B", "amy"),
            "otpauth://totp/A%20%26%20B:amy?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=A%20%26%20B\
             &algorithm=SHA1&digits=6&period=30"
        );
    }
}
