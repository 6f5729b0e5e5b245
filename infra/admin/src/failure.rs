//! Why a command did not do what it was asked, and the code that a script sees.

use crate::{apply::ApplyError, tenant_file::Mistakes};
use server::{
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

impl Failure {
    /// With what to do about it, where the message alone is what AWS calls it.
    pub fn advised(self) -> Failure {
        let advice = ADVICE.iter().find(|(what, _)| self.message.contains(what)).map(|(_, advice)| *advice);
        match advice {
            Some(advice) => Failure { message: format!("{}\n{advice}", self.message), ..self },
            None => self,
        }
    }
}

const ADVICE: [(&str, &str); 7] = [
    (
        "no key to seal with is known",
        "Say --sealing-key ARN, or --stack NAME, whose outputs say it; or leave `signing_keys` at `kms`.",
    ),
    (
        "the table is unavailable: ResourceNotFoundException",
        "There is no table of this name in this account and region: see --table, --stack and --region. In an emulator, \
         `admit init --create-table` makes it.",
    ),
    (
        "the table is unavailable: it can't be reached",
        "Nobody answers there: see --endpoint, --region and the network.",
    ),
    (
        "AccessDeniedException",
        "These credentials may not do that: see the permissions of whoever `aws sts get-caller-identity` names.",
    ),
    ("ExpiredToken", "These credentials have expired: sign in again."),
    ("UnrecognizedClientException", "AWS does not know these credentials: see --profile."),
    (
        "the table is throttled",
        "What was written stays, and the same command goes on from there: try again in a while.",
    ),
];

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
