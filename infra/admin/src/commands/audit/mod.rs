//! `admit audit`: what the audit trail says, and the way into it for what has been left outside.

mod replay;
mod search;

use crate::{
    failure::Failure,
    out::Out,
    target::{OperatorAction, Target},
};
use replay::Replay;
use search::Search;

#[derive(clap::Subcommand, Debug)]
pub enum Audit {
    /// Shows the AuditEvents about a person, a patient, a client or an address, the newest last
    Search(Search),
    /// Sends sealed events to the function audit again: those that it could not open, or that never reached it
    Replay(Replay),
}

impl Audit {
    pub async fn run(self, target: &Target, out: &Out) -> Result<(), Failure> {
        match self {
            Audit::Search(command) => command.run(target, out).await,
            Audit::Replay(command) => command.run(target, out).await,
        }
    }

    /// Neither changes what the server knows or decides. Who reads a log or invokes a function on AWS is in CloudTrail.
    pub fn operation(&self) -> Option<OperatorAction> {
        None
    }
}
