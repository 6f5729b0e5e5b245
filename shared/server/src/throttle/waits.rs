//! How long must somebody wait who was wrong so often?

use crate::store::Counter;
use rules::time::Timestamp;

/// Failures of one name at one address, in a day, that cost nothing.
const FREE: u32 = 10;
/// The first wait in seconds; each further failure doubles it.
const FIRST_WAIT: i64 = 2;
const LONGEST_WAIT: i64 = 900;
/// An address is shared by people who did nothing.
const LONGEST_WAIT_OF_ADDRESS: i64 = 60;
/// So many failures of one name in an hour, at addresses that never had it right, are no accident.
pub const UNDER_ATTACK: u32 = 50;

/// What the table knows of a guess.
#[derive(Clone, Copy)]
pub struct Counters {
    pub at_address: Counter,
    pub address: Counter,
    pub name: Counter,
}

impl Counters {
    /// Seconds left for the name at its address, and for the address, if it counts.
    pub fn waits(&self, address_failures: Option<u32>, now: Timestamp) -> [i64; 2] {
        let at_address = match self.at_address.count {
            0 => 0,
            _ if self.name.count > UNDER_ATTACK => LONGEST_WAIT,
            failures => wait(failures, FREE, LONGEST_WAIT),
        };
        let address = address_failures.map_or(0, |free| wait(self.address.count, free, LONGEST_WAIT_OF_ADDRESS));
        let left = |counter: &Counter, wait: i64| (wait - now.since(counter.last)).max(0);
        [left(&self.at_address, at_address), left(&self.address, address)]
    }
}

fn wait(failures: u32, free: u32, longest: i64) -> i64 {
    match failures.checked_sub(free) {
        None | Some(0) => 0,
        Some(beyond) => (FIRST_WAIT << (beyond - 1).min(20)).min(longest),
    }
}

#[cfg(test)]
mod tests {
    use super::wait;

    #[test]
    fn a_few_slips_are_free_and_then_the_wait_doubles_up_to_its_end() {
        assert_eq!([1, 5, 6, 7, 8, 100, u32::MAX].map(|failures| wait(failures, 5, 900)), [0, 0, 2, 4, 8, 900, 900]);
    }
}
