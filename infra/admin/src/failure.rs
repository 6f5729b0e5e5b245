//! Why a command did not do its work, and the exit code for scripts.

use crate::{plan::ApplyError, tenant_file::Mistakes};
use server::{
    keys::{make::NoKey, rotate::NotRotated},
    store::StoreError,
};
use std::{error::Error, fmt, process::ExitCode};

#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    pub message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The command tried and could not do it, or a check found something wrong.
    Failed = 1,
    /// The request makes no sense: an unknown option, a mistake in a file. Nothing was tried.
    Usage = 2,
    /// It would do harm, and no option says that this is meant. Nothing was done.
    Refused = 3,
    /// `tenant plan --exit-code`: the table differs from the file.
    Differs = 4,
}

impl Failure {
    pub fn failed(message: impl fmt::Display) -> Failure {
        Failure { exit: Exit::Failed, message: message.to_string(), source: None }
    }

    pub fn usage(message: impl fmt::Display) -> Failure {
        Failure { exit: Exit::Usage, message: message.to_string(), source: None }
    }

    pub fn refused(message: impl fmt::Display) -> Failure {
        Failure { exit: Exit::Refused, message: message.to_string(), source: None }
    }

    /// An end that is neither an error nor a success, and needs no words.
    pub fn silent(exit: Exit) -> Failure {
        Failure { exit, message: String::new(), source: None }
    }

    /// The same failure in other words.
    pub fn reworded(self, message: String) -> Failure {
        Failure { message, ..self }
    }

    /// Adds advice where the message alone is only what AWS calls it.
    pub fn advised(self) -> Failure {
        let advice = ADVICE.iter().find(|(what, _)| self.message.contains(what)).map(|(_, advice)| *advice);
        match advice {
            Some(advice) => Failure { message: format!("{}\n{advice}", self.message), ..self },
            None => self,
        }
    }
}

const ADVICE: [(&str, &str); 9] = [
    (
        "no key to seal with is known",
        "Say --sealing-key ARN, or --stack NAME, whose outputs say it; or leave `signing_keys` at `kms`.",
    ),
    (
        "no stack is known whose functions may sign",
        "Say --stack NAME, or --signing-tag NAME where there are no outputs to read.",
    ),
    (
        "the table is unavailable: ResourceNotFoundException",
        "There is no table of this name in this account and region: see --table, --stack and --region. In an emulator, \
         `admit init --create-table` makes it.",
    ),
    (
        "the table is unavailable: ValidationException",
        "A table of an earlier release has no index `Lists`: deploy this release first.",
    ),
    (
        "the table is unavailable: it can't be reached",
        "Nobody answers there: see --endpoint, --region and the network.",
    ),
    (
        "AccessDeniedException",
        "These credentials may not do that: see the permissions of the identity that `aws sts get-caller-identity` names.",
    ),
    ("ExpiredToken", "These credentials have expired: sign in again."),
    ("UnrecognizedClientException", "AWS does not know these credentials: see --profile."),
    (
        "the table is throttled",
        "What was written stays, and the same command goes on from there: try again in a while.",
    ),
];

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as &(dyn Error + 'static))
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

macro_rules! causes {
    ($($error:ty => $exit:ident,)*) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Failure {
                Failure { exit: Exit::$exit, message: error.to_string(), source: Some(Box::new(error)) }
            }
        }
    )*};
}

causes! {
    StoreError => Failed,
    Mistakes => Usage,
    ApplyError => Failed,
    NoKey => Failed,
    NotRotated => Failed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_its_cause_to_the_last() {
        let interrupted = ApplyError::Interrupted { done: 1, all: 2, by: Some(StoreError::Throttled) };
        let failure = Failure::from(interrupted).advised();
        let deepest = failure.source().and_then(Error::source).map(ToString::to_string);
        assert_eq!(deepest, Some(StoreError::Throttled.to_string()));
    }
}
