//! The audit trail: every decision as a FHIR AuditEvent, kept apart from the logs, since it alone names people.

mod agents;
mod codes;
mod event;
pub mod key;
pub mod opened;
pub mod sealed;
mod trail;

pub use event::{Scene, event};
use rules::{tenant::Tenant, user::FhirUser};
pub use trail::Trail;

/// Something was decided about somebody's access.
#[derive(Clone, Debug)]
pub struct Decision {
    pub kind: Kind,
    pub outcome: Outcome,
    /// Why it went so, in a sentence.
    pub said: Option<String>,
    /// What it was about, by name: `scope`, `grant_type`.
    pub details: Vec<(&'static str, String)>,
    /// Of the access token that was issued.
    pub jti: Option<String>,
    parties: Parties,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    SignIn,
    SignOut,
    Consent,
    ConsentTakenBack,
    TokenIssued,
    Introspection,
    Revocation,
    Replay,
    KeyRotation,
    LaunchContext,
}

/// AuditEvent.outcome (FHIR R4, `audit-event-outcome`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Success,
    /// Somebody got something wrong.
    MinorFailure,
    /// Somebody was kept out.
    SeriousFailure,
}

/// A person, as tokens know them. Their name is nowhere in the trail.
#[derive(Clone, Debug)]
pub struct Who {
    pub sub: String,
    /// Absolute URL of their own resource.
    pub fhir_user: Option<String>,
}

impl Who {
    pub fn at(tenant: &Tenant, sub: &str, fhir_user: Option<&FhirUser>) -> Who {
        let base = tenant.fhir_servers.first().map(|server| server.url.trim_end_matches('/'));
        let own = fhir_user.cloned().map(String::from);
        let fhir_user = base.zip(own).map(|(base, own)| format!("{base}/{own}"));
        Who { sub: sub.to_owned(), fhir_user }
    }
}

/// Everybody who has part in a decision, as far as they are known.
#[derive(Clone, Debug, Default)]
pub struct Parties {
    pub caller: Option<String>,
    /// The app whose grant or token it is, where that is not the caller.
    pub app: Option<String>,
    pub user: Option<Who>,
    /// `https://fhir.example/Patient/123`
    pub patient: Option<String>,
    /// The grant that the user's consent made.
    pub consent: Option<String>,
}

impl Decision {
    pub fn yes(kind: Kind) -> Decision {
        Decision {
            kind,
            outcome: Outcome::Success,
            said: None,
            details: Vec::new(),
            jti: None,
            parties: Parties::default(),
        }
    }

    /// Refused; `said` holds nothing that a stranger wrote.
    pub fn no(kind: Kind, outcome: Outcome, said: impl Into<String>) -> Decision {
        Decision { outcome, said: Some(said.into()), ..Decision::yes(kind) }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Decision {
        self.details.push((name, value.to_string()));
        self
    }

    #[must_use]
    pub fn saying(self, said: Option<&str>) -> Decision {
        Decision { said: said.map(str::to_owned), ..self }
    }

    #[must_use]
    pub fn token(self, jti: &str) -> Decision {
        Decision { jti: Some(jti.to_owned()), ..self }
    }

    #[must_use]
    pub fn by(mut self, user: Who) -> Decision {
        self.parties.user = Some(user);
        self
    }

    /// With everybody named who is known and not named yet.
    pub(crate) fn among(mut self, known: &Parties) -> Decision {
        let own = self.parties;
        self.parties = Parties {
            caller: own.caller.or_else(|| known.caller.clone()),
            app: own.app.or_else(|| known.app.clone()),
            user: own.user.or_else(|| known.user.clone()),
            patient: own.patient.or_else(|| known.patient.clone()),
            consent: own.consent.or_else(|| known.consent.clone()),
        };
        self
    }
}
