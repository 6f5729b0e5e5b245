//! How many requests an app may push in a minute (RFC 9126 §2.3): each is kept for a while, so their number has a bound.
//!
//! Every instance counts for itself, in memory. A count in the table would cost as much as the push that it is about, and the bound is so
//! far above what an app needs that it may be a few times higher where several instances run.

use crate::http::address::Address;
use rules::{
    client::Client,
    oauth::error::{ErrorCode, OAuthError},
    secret::SecretHash,
    time::Timestamp,
};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// Ten sign-ins a second, of one app, at one instance.
pub const MOST_A_MINUTE: u32 = 600;
const MINUTE: i64 = 60;
/// Beyond this many, the counts begin again.
const MOST_COUNTED: usize = 10_000;

#[derive(Default)]
pub struct Pushes(Mutex<Counts>);

/// Of one minute.
#[derive(Default)]
struct Counts {
    minute: i64,
    of: HashMap<SecretHash, u32>,
}

impl Pushes {
    /// Counts one more, or says how long to wait. Anybody can push in the name of a public app, so what comes from one address does not
    /// stop those at another.
    pub fn count(&self, client: &Client, address: Option<&Address>, now: Timestamp) -> Result<(), OAuthError> {
        let address = address.filter(|_| client.is_public()).map_or("", Address::as_str);
        let target = SecretHash::of(&format!("{}#{address}#{}", client.tenant.as_str(), client.client_id));
        self.count_one(target, now).map_err(|wait| {
            OAuthError::new(ErrorCode::TemporarilyUnavailable, "too many pushed requests; please wait")
                .because(format!("more than {MOST_A_MINUTE} in a minute at this instance"))
                .with_status(429)
                .retry_after(wait)
        })
    }

    fn count_one(&self, target: SecretHash, now: Timestamp) -> Result<(), i64> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = now.0.div_euclid(MINUTE);
        if counts.minute != minute || counts.of.len() >= MOST_COUNTED {
            *counts = Counts { minute, of: HashMap::new() };
        }
        let count = counts.of.entry(target).or_default();
        if *count >= MOST_A_MINUTE {
            return Err(MINUTE - now.0.rem_euclid(MINUTE));
        }
        *count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_A_MINUTE, Pushes};
    use rules::{secret::SecretHash, time::Timestamp};

    #[test]
    fn each_app_has_its_number_and_the_next_minute_is_another() {
        let (pushes, app, other) = (Pushes::default(), SecretHash::of("app"), SecretHash::of("other"));
        for _ in 0..MOST_A_MINUTE {
            assert_eq!(pushes.count_one(app.clone(), Timestamp(600)), Ok(()));
        }
        assert_eq!(pushes.count_one(app.clone(), Timestamp(645)), Err(15));
        assert_eq!(pushes.count_one(other, Timestamp(645)), Ok(()));
        assert_eq!(pushes.count_one(app, Timestamp(660)), Ok(()));
    }
}
