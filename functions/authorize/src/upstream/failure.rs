//! Why a person comes back from an identity provider without being signed in.

use rules::identity_provider::callback::NoCode;
use server::{store::StoreError, upstream::NobodySignedIn};

/// The texts are for the log, and hold no claim.
#[derive(Debug, thiserror::Error)]
pub enum NotSignedIn {
    /// They, or the provider on their behalf, said no.
    #[error("{0}")]
    Declined(String),
    /// Not now; later it may work.
    #[error("{0}")]
    Failed(String),
    /// What came can't be trusted.
    #[error("{0}")]
    Untrustworthy(String),
    /// Nobody here.
    #[error("{0}")]
    Unknown(String),
}

impl From<NoCode> for NotSignedIn {
    fn from(no: NoCode) -> NotSignedIn {
        match no {
            NoCode::Declined(error) => NotSignedIn::Declined(format!("the provider answered {error}")),
            NoCode::Failed(error) => NotSignedIn::Failed(format!("the provider answered {error}")),
            NoCode::NotTheirs(why) => NotSignedIn::Untrustworthy(why.to_owned()),
        }
    }
}

impl From<NobodySignedIn> for NotSignedIn {
    fn from(nobody: NobodySignedIn) -> NotSignedIn {
        match nobody {
            NobodySignedIn::Unreachable(why) => NotSignedIn::Failed(why),
            NobodySignedIn::Untrustworthy(why) => NotSignedIn::Untrustworthy(why),
            NobodySignedIn::Unknown(why) => NotSignedIn::Unknown(why),
            NobodySignedIn::Store(error) => NotSignedIn::Failed(error.to_string()),
        }
    }
}

impl From<StoreError> for NotSignedIn {
    fn from(error: StoreError) -> NotSignedIn {
        NotSignedIn::Failed(error.to_string())
    }
}
