//! What an event of a portal's launch is about.

use rules::{hti::HtiLaunch, user::FhirUser};

/// Whom and what an event of a launch is about.
#[derive(Clone, Debug)]
pub struct OfLaunch {
    pub jti: String,
    /// The same for all events of one way through the pages.
    pub correlation: Option<String>,
    pub person: FhirUser,
    /// Ids of Devices: the launched app, and this server.
    pub app: String,
    pub observer: String,
    /// The issuer of the identity provider, in the two events that are about it.
    pub provider: Option<String>,
}

impl OfLaunch {
    pub fn new(launch: &HtiLaunch, observer: &str) -> OfLaunch {
        OfLaunch {
            jti: launch.jti.clone(),
            correlation: None,
            person: launch.person.clone(),
            app: launch.device.clone(),
            observer: observer.to_owned(),
            provider: None,
        }
    }

    #[must_use]
    pub fn at(self, provider: &str) -> OfLaunch {
        OfLaunch { provider: Some(provider.to_owned()), ..self }
    }

    #[must_use]
    pub fn correlated(self, id: &str) -> OfLaunch {
        OfLaunch { correlation: Some(id.to_owned()), ..self }
    }
}
