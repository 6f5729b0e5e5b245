//! What becomes of each call of each journey when it is throttled, times out, meets another transaction, fails, or is done
//! and its answer lost. `tests/faults` prints a line for each.

mod in_kms;
mod key_sets;
mod matrix;
mod retries;
mod slow;
mod table;
