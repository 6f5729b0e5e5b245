//! An error that a person reads, on the console at the start or in the log, and that no code tells from another.

use std::error::Error;

pub type Failure = Box<dyn Error + Send + Sync>;
