//! The audit trail: every decision as a FHIR AuditEvent, kept apart from the logs, since it alone names people.

mod agents;
mod behalf;
mod codes;
mod event;
pub mod key;
mod koppeltaal;
mod of_launch;
pub mod opened;
mod scene;
pub mod sealed;
mod trail;

use crate::request_notes::{self, Count};
use aws_lc_rs::digest;
use behalf::Behalf;
pub use event::event;
pub use of_launch::OfLaunch;
use rules::{
    extensions::{b2b::OnBehalf, carried::Extensions},
    grant::Grant,
    user::FhirUser,
};
pub use scene::Scene;
pub use trail::{Origin, Trail, sealed_line};

/// Of a scope that is kept whole, in bytes.
const MOST_SCOPE_BYTES: usize = 4_096;

/// Something was decided about somebody's access, as the trail will hold it.
#[derive(Clone, Debug)]
pub struct AuditRecord {
    pub kind: EventKind,
    pub outcome: Outcome,
    /// Why it went so, in a sentence.
    pub said: Option<String>,
    /// What it was about, by name: `scope`, `grant_type`.
    pub details: Vec<(&'static str, String)>,
    /// Of the access token that was issued.
    pub jti: Option<String>,
    /// Absolute URLs of the patients that a search showed.
    pub shown: Vec<String>,
    parties: Parties,
    /// The organization for which the app asked, and what else it said of that.
    behalf: Option<Behalf>,
    /// Of a portal's launch, in the form that Koppeltaal wants.
    of_launch: Option<Box<OfLaunch>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
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
    /// What a person signs in with became something else, or a recovery code was used up.
    CredentialChange,
    PatientSearch,
    /// An operator changed something by a command.
    Operation,
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
    /// `fhir_server` is the one where their own resource is.
    pub fn at(fhir_server: Option<&str>, sub: &str, fhir_user: Option<&FhirUser>) -> Who {
        let fhir_user = fhir_server.zip(fhir_user).map(|(base, own)| own.url(base));
        Who { sub: sub.to_owned(), fhir_user }
    }
}

/// Everybody who has part in a decision, as far as they are known.
#[derive(Clone, Debug, Default)]
pub struct Parties {
    pub caller: Option<String>,
    /// The app whose grant or token it is, where that is not the caller.
    pub app: Option<String>,
    /// The EHR that vouched for the user, or that was to.
    pub ehr: Option<String>,
    pub user: Option<Who>,
    pub operator: Option<String>,
    /// `https://fhir.example/Patient/123`
    pub patient: Option<String>,
    /// The grant that the user's consent made.
    pub consent: Option<String>,
}

impl AuditRecord {
    pub fn yes(kind: EventKind) -> AuditRecord {
        AuditRecord {
            kind,
            outcome: Outcome::Success,
            said: None,
            details: Vec::new(),
            jti: None,
            shown: Vec::new(),
            parties: Parties::default(),
            behalf: None,
            of_launch: None,
        }
    }

    /// Refused; `said` holds nothing that a stranger wrote.
    pub fn no(kind: EventKind, outcome: Outcome, said: impl Into<String>) -> AuditRecord {
        AuditRecord { outcome, said: Some(said.into()), ..AuditRecord::yes(kind) }
    }

    /// A step of a portal's launch. `said` begins with what it is: `authorize: …`, `idp call: …`, `idp login: …`, `introspect: …`.
    pub fn of_launch(launch: OfLaunch, outcome: Outcome, said: &str) -> AuditRecord {
        let record = AuditRecord::yes(EventKind::SignIn).saying(Some(said));
        AuditRecord { outcome, of_launch: Some(Box::new(launch)), ..record }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> AuditRecord {
        self.details.push((name, value.to_string()));
        self
    }

    /// A long one by its beginning and its hash, by which it is known again: an event must fit into a line of a log, which holds it
    /// twice.
    #[must_use]
    pub fn scope(self, scope: impl ToString) -> AuditRecord {
        let scope = scope.to_string();
        if scope.len() <= MOST_SCOPE_BYTES {
            return self.with("scope", scope);
        }
        let head = &scope[..scope.floor_char_boundary(MOST_SCOPE_BYTES)];
        // No scope is cut in two: what is not whole could be read as another.
        let head = head.rsplit_once(' ').map_or("", |(whole, _)| whole);
        let hash = hex(digest::digest(&digest::SHA256, scope.as_bytes()).as_ref());
        self.with("scope", head).with("scope_bytes", scope.len()).with("scope_sha256", hash)
    }

    #[must_use]
    pub fn saying(self, said: Option<&str>) -> AuditRecord {
        AuditRecord { said: said.map(str::to_owned), ..self }
    }

    #[must_use]
    pub fn token(self, jti: &str) -> AuditRecord {
        AuditRecord { jti: Some(jti.to_owned()), ..self }
    }

    /// On whose behalf the app says that it asks; with the person, where the tenant has the trail name them.
    #[must_use]
    pub fn on_behalf(self, extensions: Option<&Extensions>, with_subject: bool) -> AuditRecord {
        let behalf = extensions.and_then(OnBehalf::of).and_then(|said| Behalf::of(said, with_subject));
        AuditRecord { behalf, ..self }
    }

    /// What a search showed.
    #[must_use]
    pub fn showing(self, shown: Vec<String>) -> AuditRecord {
        AuditRecord { shown, ..self }
    }

    /// The operator of a command, as AWS or the operating system names them.
    #[must_use]
    pub fn ordered_by(mut self, operator: &str) -> AuditRecord {
        self.parties.operator = Some(operator.to_owned());
        self
    }

    #[must_use]
    pub fn by(mut self, user: Who) -> AuditRecord {
        self.parties.user = Some(user);
        self
    }

    /// The app, EHR or FHIR server that asked.
    #[must_use]
    pub fn asked_by(mut self, caller: &str) -> AuditRecord {
        self.parties.caller = Some(caller.to_owned());
        self
    }

    /// The EHR that vouched for the person.
    #[must_use]
    pub fn vouched_by(mut self, ehr: Option<&str>) -> AuditRecord {
        self.parties.ehr = ehr.map(str::to_owned);
        self
    }

    /// With everybody named who is known and not named yet.
    #[must_use]
    pub fn among(self, known: &Parties) -> AuditRecord {
        AuditRecord { parties: self.parties.or(known), ..self }
    }

    /// What may be used once came a second time. It is counted, too: an alarm watches the count.
    pub fn replay(said: &str) -> AuditRecord {
        request_notes::count(Count::ReplaysRefused);
        AuditRecord::no(EventKind::Replay, Outcome::SeriousFailure, said)
    }
}

impl Parties {
    pub fn caller(name: &str) -> Parties {
        Parties { caller: Some(name.to_owned()), ..Parties::default() }
    }

    /// Whose grant is spoken of, and what it is about.
    pub fn of_grant(grant: &Grant) -> Parties {
        let approval = &grant.approval;
        Parties {
            caller: None,
            app: Some(grant.client_id.clone()),
            ehr: approval.vouched_by.clone(),
            user: Some(Who { sub: approval.sub.clone(), fhir_user: approval.fhir_user.clone() }),
            operator: None,
            patient: approval.context.patient.as_deref().map(|id| patient_reference(&approval.aud, id)),
            consent: Some(grant.id.0.clone()),
        }
    }

    /// These, and those of `others` who are not named yet.
    #[must_use]
    pub fn or(self, others: &Parties) -> Parties {
        Parties {
            caller: self.caller.or_else(|| others.caller.clone()),
            app: self.app.or_else(|| others.app.clone()),
            ehr: self.ehr.or_else(|| others.ehr.clone()),
            user: self.user.or_else(|| others.user.clone()),
            operator: self.operator.or_else(|| others.operator.clone()),
            patient: self.patient.or_else(|| others.patient.clone()),
            consent: self.consent.or_else(|| others.consent.clone()),
        }
    }
}

/// The absolute URL of a patient's record at this FHIR server.
pub fn patient_reference(base: &str, id: &str) -> String {
    format!("{}/Patient/{id}", base.trim_end_matches('/'))
}

/// Bytes as two digits each.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
