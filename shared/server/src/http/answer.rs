//! What an endpoint answers, together with what the audit trail must hold of it. Both travel as one value, so that an
//! answer without its records does not compile.

use super::responses::oauth_error;
use crate::{
    audit::{AuditRecord, Parties},
    keys::signer::SigningFailed,
    store::StoreError,
};
use axum::response::{IntoResponse, Response};
use rules::oauth::error::OAuthError;

/// An answer, and what was decided on the way to it.
#[must_use]
pub struct Answer {
    pub response: Response,
    records: Vec<AuditRecord>,
}

/// Everything that was decided; rides on the response to the edge, which keeps it.
#[derive(Clone, Default)]
pub struct Records(pub Vec<AuditRecord>);

impl Answer {
    /// Nothing was decided about anybody's access: a page, a document, a redirect on the way.
    pub fn undecided(response: Response) -> Answer {
        Answer { response, records: Vec::new() }
    }

    pub fn deciding(response: Response, record: AuditRecord) -> Answer {
        Answer { response, records: vec![record] }
    }

    /// With what else was decided before.
    pub fn after(mut self, records: Vec<AuditRecord>) -> Answer {
        self.records.splice(0..0, records);
        self
    }

    /// With these parties named in every record that does not name its own.
    pub fn among(mut self, known: &Parties) -> Answer {
        self.records = self.records.into_iter().map(|record| record.among(known)).collect();
        self
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = self.response;
        response.extensions_mut().insert(Records(self.records));
        response
    }
}

/// A refusal, who is known to have part in it, and what was decided before it.
#[derive(Debug, thiserror::Error)]
#[error("refused")]
pub struct Refusal {
    #[source]
    pub error: Box<OAuthError>,
    pub records: Vec<AuditRecord>,
    parties: Box<Parties>,
}

impl Refusal {
    pub fn of(error: OAuthError, record: AuditRecord) -> Refusal {
        Refusal { records: vec![record], ..Refusal::from(error) }
    }

    /// With what was decided before it.
    #[must_use]
    pub fn after(mut self, record: AuditRecord) -> Refusal {
        self.records.insert(0, record);
        self
    }

    /// With these parties, where no others were named before.
    #[must_use]
    pub fn among(self, known: &Parties) -> Refusal {
        Refusal { parties: Box::new(self.parties.or(known)), ..self }
    }
}

impl From<OAuthError> for Refusal {
    fn from(error: OAuthError) -> Refusal {
        Refusal { error: Box::new(error), records: Vec::new(), parties: Box::default() }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Refusal {
        OAuthError::from(error).into()
    }
}

impl From<SigningFailed> for Refusal {
    fn from(error: SigningFailed) -> Refusal {
        OAuthError::from(error).into()
    }
}

impl IntoResponse for Refusal {
    /// RFC 6749 §5.2.
    fn into_response(self) -> Response {
        let records = self.records.into_iter().map(|record| record.among(&self.parties)).collect();
        let mut response = oauth_error(*self.error);
        response.extensions_mut().insert(Records(records));
        response.extensions_mut().insert(*self.parties);
        response
    }
}
