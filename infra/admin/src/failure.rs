//! Why a command did not do what it was asked, and the code that a script sees.

use crate::{apply::ApplyError, tenant_file::Mistakes};
use shared::{
    keys::{make::NoKey, rotate::NotRotated},
    store::StoreError,
};
use std::{fmt, process::ExitCode};

#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It was tried and could not be done; or a check found something wrong.
    Failed = 1,
    /// What was asked makes no sense: an unknown option, a mistake in a file. Nothing was tried.
    Usage = 2,
    /// It would do harm, and nobody has said that this is meant. Nothing was done.
    Refused = 3,
    /// `tenant plan --exit-code`: the table is not what the file says.
    Differs = 4,
}

impl Failure {
    pub fn failed(message: impl fmt::Display) -> Failure {
        Failure { exit: Exit::Failed, message: message.to_string() }
    }

    pub fn usage(message: impl fmt::Display) -> Failure {
        Failure { exit: Exit::Usage, message: message.to_string() }
    }

    pub fn refused(message: impl fmt::Display) -> Failure {
        Failure { exit: Exit::Refused, message: message.to_string() }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        Failure::failed(error)
    }
}

impl From<Mistakes> for Failure {
    fn from(mistakes: Mistakes) -> Failure {
        Failure::usage(mistakes)
    }
}

impl From<ApplyError> for Failure {
    fn from(error: ApplyError) -> Failure {
        Failure::failed(error)
    }
}

impl From<NoKey> for Failure {
    fn from(error: NoKey) -> Failure {
        Failure::failed(error)
    }
}

impl From<NotRotated> for Failure {
    fn from(error: NotRotated) -> Failure {
        Failure::failed(error)
    }
}
