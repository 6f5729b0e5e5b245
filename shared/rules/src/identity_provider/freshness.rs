//! How fresh a sign-in was asked of a provider, and whether its answer is (OpenID Connect Core §3.1.2.1).

use crate::time::{CLOCK_SKEW, Timestamp};
use serde::{Deserialize, Serialize};

/// Kept with the departure: an answer is judged by what was asked, and not by what would be asked now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freshness {
    /// As the app wants it.
    pub max_age: Option<i64>,
    /// For whom `prompt=login` was sent, if it was.
    pub sign_in_again: Option<AskedFor>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedFor {
    /// The app wants its user to prove again who they are, and relies on it.
    App,
    /// The person signed out at this browser, and this server wants nobody to be signed in unasked.
    SignedOut,
}

impl Freshness {
    /// A provider need not say when somebody signed in unless `max_age` was sent; then it must. So 0 goes with
    /// `prompt=login`, which says the same, or nobody could tell whether the provider heeded it.
    pub fn max_age_sent(self) -> Option<i64> {
        self.max_age.or(self.sign_in_again.map(|_| 0))
    }

    /// A provider that can't say when somebody signed in can't keep what was promised to an app. To a person who signed out
    /// nothing was promised but that they are asked, and who would refuse them could lock out everybody whose provider knows
    /// no `auth_time`: there it counts where it is given.
    pub fn judge(self, auth_time: Option<f64>, asked_at: Timestamp, now: Timestamp) -> Result<(), &'static str> {
        let Some(at) = auth_time else {
            return match (self.max_age, self.sign_in_again) {
                (Some(_), _) => Err("auth_time is missing though max_age was sent"),
                (None, Some(AskedFor::App)) => Err("auth_time is missing though prompt=login and max_age=0 were sent"),
                (None, Some(AskedFor::SignedOut) | None) => Ok(()),
            };
        };
        let skew = CLOCK_SKEW as f64;
        let in_answer = at + skew >= asked_at.0 as f64;
        if self.sign_in_again.is_some() && !in_answer {
            return Err("the sign-in is older than the question, and prompt=login was sent");
        }
        // Nobody can be fresher than one who signed in because of the question, however long they took over the rest.
        if self.max_age.is_some_and(|age| at + age as f64 + skew < now.0 as f64) && !in_answer {
            return Err("the sign-in is older than max_age");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: i64 = 1_800_000_000;

    /// The question is five minutes old; when did they sign in, seconds from it?
    fn good(max_age: Option<i64>, sign_in_again: Option<AskedFor>, auth_time: Option<i64>) -> bool {
        let auth_time = auth_time.map(|at| (ASKED + at) as f64);
        let freshness = Freshness { max_age, sign_in_again };
        freshness.judge(auth_time, Timestamp(ASKED), Timestamp(ASKED + 300)).is_ok()
    }

    #[test]
    fn a_sign_in_is_as_fresh_as_was_asked() {
        use AskedFor::{App, SignedOut};
        for (max_age, again, auth_time, expected) in [
            (None, None, None, true),
            (None, None, Some(-100_000), true),
            (None, Some(App), None, false),
            (None, Some(App), Some(-61), false),
            (None, Some(App), Some(-60), true),
            (None, Some(App), Some(0), true),
            (None, Some(SignedOut), None, true),
            (None, Some(SignedOut), Some(-61), false),
            (None, Some(SignedOut), Some(10), true),
            (Some(0), None, None, false),
            (Some(0), None, Some(-61), false),
            (Some(0), None, Some(1), true),
            (Some(600), None, Some(-360), true),
            (Some(600), None, Some(-361), false),
            (Some(600), None, None, false),
            (Some(600), Some(App), Some(-61), false),
            (Some(600), Some(SignedOut), None, false),
            (Some(i64::MAX), None, Some(-100_000), true),
        ] {
            assert_eq!(good(max_age, again, auth_time), expected, "{max_age:?} {again:?} {auth_time:?}");
        }
    }

    #[test]
    fn a_provider_is_made_to_say_when_somebody_signed_in() {
        let sent = |max_age, sign_in_again| Freshness { max_age, sign_in_again }.max_age_sent();
        assert_eq!(sent(None, None), None);
        assert_eq!(sent(None, Some(AskedFor::App)), Some(0));
        assert_eq!(sent(None, Some(AskedFor::SignedOut)), Some(0));
        assert_eq!(sent(Some(60), Some(AskedFor::App)), Some(60), "the app's own word stays");
    }
}
