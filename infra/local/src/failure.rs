//! Why the server did not start, in words for whoever starts it.

use std::error::Error;

pub type Failure = Box<dyn Error + Send + Sync>;
