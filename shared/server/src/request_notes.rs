//! What is learned while one request is answered, for its log line, its metrics and its audit trail: whoever decides says so
//! in one line, and the edge gathers it. The notes travel with the task, so that no rule has to pass them on.

use crate::audit::{Decision, Kind, Outcome, Parties, Who};
use rules::grant::Grant;
use std::{
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

tokio::task_local! {
    static NOTES: Arc<Notes>;
}

/// What happened on the way, as far as it must be counted or kept.
#[derive(Default)]
pub struct Notes {
    counts: [AtomicU32; 4],
    parties: Mutex<Parties>,
    decisions: Mutex<Vec<Decision>>,
}

/// What is counted besides the requests themselves.
#[derive(Clone, Copy)]
pub enum Count {
    /// To DynamoDB or KMS; a repeat by the SDK is one more.
    AwsCalls,
    /// Sign-ins that were not judged because too many before had failed.
    SignInsLockedOut,
    /// A code, a refresh token or an assertion that was used before.
    ReplaysRefused,
    AuditEventsLost,
}

/// Runs this, and gives what was noted meanwhile.
pub async fn noted<F: Future>(work: F) -> (F::Output, Arc<Notes>) {
    let notes = Arc::<Notes>::default();
    let outcome = NOTES.scope(notes.clone(), work).await;
    (outcome, notes)
}

pub fn count(what: Count) {
    with(|notes| notes.add(what, 1));
}

/// What may be used once came a second time.
pub fn replayed(what: &str) {
    count(Count::ReplaysRefused);
    decided(Decision::no(Kind::Replay, Outcome::SeriousFailure, what));
}

/// For the audit trail. Whoever is not named in it is taken from what is known when the request is answered.
pub fn decided(decision: Decision) {
    with(|notes| notes.decisions.lock().unwrap_or_else(PoisonError::into_inner).push(decision));
}

/// Who asks: an app, an EHR, a FHIR server.
pub fn knows_caller(name: &str) {
    change(|parties| parties.caller = Some(name.to_owned()));
}

pub fn knows_user(user: Who) {
    change(|parties| parties.user = Some(user));
}

/// Bare id of the patient whose record it is about, and the FHIR server that has it.
pub fn knows_patient(id: Option<&str>, base: &str) {
    change(|parties| parties.patient = id.map(|id| reference(base, id)));
}

/// Whose token it is, where no user gave it.
pub fn knows_app(client_id: &str) {
    change(|parties| parties.app = Some(client_id.to_owned()));
}

/// Whose grant is spoken of, and what it is about.
pub fn knows_grant(grant: &Grant) {
    let approval = &grant.approval;
    change(|parties| {
        parties.user = Some(Who { sub: approval.sub.clone(), fhir_user: approval.fhir_user.clone() });
        parties.patient = approval.context.patient.as_deref().map(|id| reference(&approval.aud, id));
        parties.consent = Some(grant.id.0.clone());
        parties.app = Some(grant.client_id.clone());
    });
}

fn reference(base: &str, id: &str) -> String {
    format!("{}/Patient/{id}", base.trim_end_matches('/'))
}

fn change(how: impl FnOnce(&mut Parties)) {
    with(|notes| how(&mut notes.parties.lock().unwrap_or_else(PoisonError::into_inner)));
}

/// Outside of a request nobody listens.
fn with(note: impl FnOnce(&Notes)) {
    let _ = NOTES.try_with(|notes| note(notes));
}

impl Notes {
    pub fn add(&self, what: Count, so_many: u32) {
        if let Some(count) = self.counts.get(what as usize) {
            count.fetch_add(so_many, Ordering::Relaxed);
        }
    }

    pub fn counted(&self, what: Count) -> u32 {
        self.counts.get(what as usize).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    pub fn among_known(&self, decision: Decision) -> Decision {
        decision.among(&self.parties.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Each decision with everybody who is known to be part of it.
    pub fn decisions(&self) -> Vec<Decision> {
        let known = self.parties.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let decisions = std::mem::take(&mut *self.decisions.lock().unwrap_or_else(PoisonError::into_inner));
        decisions.into_iter().map(|decision| decision.among(&known)).collect()
    }
}
