//! Whose records the apps on the management page may see: a clinician knows patients by name, not by id.

use crate::{steps::patient::PATIENTS, texts::Texts};
use rules::{signed_in::SignedIn, tenant::TenantRecord, time::Timestamp, user::reach};
use server::{Server, connected_apps::AppAccess, fhir::reader::FhirReader};
use std::collections::{BTreeMap, BTreeSet};

/// What each record is called, by FHIR server and id.
#[derive(Default)]
pub struct RecordNames(BTreeMap<(String, String), String>);

impl RecordNames {
    /// One search at each FHIR server, for records that this person may still open. A server that does not answer costs the
    /// names and nothing else: taking access away must work then too.
    pub async fn find(
        server: &Server,
        tenant: &TenantRecord,
        user: &SignedIn,
        t: Texts,
        apps: &[AppAccess],
        now: Timestamp,
    ) -> RecordNames {
        let mut names = BTreeMap::new();
        for (base, ids) in records(apps, user) {
            let found = match FhirReader::new(&server.signer, &server.outbound, tenant, base, PATIENTS, now).await {
                Ok(reader) => reader.patients_of(&ids.into_iter().collect::<Vec<_>>()).await,
                Err(error) => Err(error),
            };
            match found {
                Ok(found) => names.extend(
                    found.patients.into_iter().map(|one| ((base.to_owned(), one.id.clone()), t.patient_label(&one))),
                ),
                Err(error) => {
                    tracing::warn!(tenant = tenant.id.as_str(), %error, "the management page shows records by id");
                }
            }
        }
        RecordNames(names)
    }

    /// The record's id where nobody could say its name.
    pub fn of(&self, base: &str, id: &str) -> String {
        self.0.get(&(base.to_owned(), id.to_owned())).cloned().unwrap_or_else(|| id.to_owned())
    }
}

/// Records of others: a person's own has no need of a name.
fn records<'a>(apps: &'a [AppAccess], user: &SignedIn) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let reach = reach(user.fhir_user.as_ref(), &user.patients);
    let mut records: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let approvals = apps.iter().flat_map(|app| &app.grants).map(|grant| &grant.approval);
    for approval in approvals.filter(|approval| user.is_known_at(&approval.aud)) {
        if let Some(id) = approval.record_of_another().filter(|id| reach.includes(id)) {
            records.entry(approval.aud.as_str()).or_default().insert(id);
        }
    }
    records
}
