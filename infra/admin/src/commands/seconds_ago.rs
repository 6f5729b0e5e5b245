//! How long ago, as options of commands say it: `30m`, `12h`, `7d`.

/// A century: no log is older, and no calculation overflows.
const LONGEST_AGO: i64 = 36_525 * 86_400;

pub fn seconds_ago(text: &str) -> Result<i64, String> {
    let expected = || format!("{text}: a number and s, m, h or d is expected");
    let unit = text.chars().last().ok_or_else(expected)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return Err(expected()),
    };
    let number: i64 = text[..text.len() - 1].parse().map_err(|_| expected())?;
    number.checked_mul(seconds).filter(|ago| (0..=LONGEST_AGO).contains(ago)).ok_or_else(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_ago_is_a_number_and_its_unit() {
        for (text, seconds) in [("0s", 0), ("90s", 90), ("30m", 1800), ("12h", 43_200), ("7d", 604_800)] {
            assert_eq!(seconds_ago(text), Ok(seconds));
        }
        for text in ["", "7", "d", "7w", "-1d", "1.5h", "9223372036854775807d", "36526d", "9223372036854775808s"] {
            assert!(seconds_ago(text).is_err(), "{text}");
        }
    }
}
