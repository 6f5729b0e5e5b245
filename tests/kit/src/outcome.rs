//! What became of an event that a function got.

use serde_json::Value;

#[derive(Clone, Debug)]
pub enum Outcome {
    Answer(Value),
    /// The function reported an error and is ready for the next event.
    Error(Value),
    /// The process ended, with this on its output.
    Died(String),
}
