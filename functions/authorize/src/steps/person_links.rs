//! Whose records a Person may open. It needs no page unless the FHIR server fails.

use crate::{
    interaction::{advance::advance, visit::Visit},
    pages::picker::{Outcome, PatientPickerPage},
};
use server::{
    fhir::{patients::PatientQuery, people::LINK_SCOPE},
    http::answer::Answer,
};

/// Follows the Person's links and goes on; without an answer there is a page that offers to try again.
pub async fn page(visit: &Visit, person: &str) -> Answer {
    let found = match visit.fhir_reader(LINK_SCOPE).await {
        Ok(reader) => reader.patients_linked_to(person).await,
        Err(error) => Err(error),
    };
    match found {
        Ok(linked) => advance(visit, visit.interaction.choose(|choosing| choosing.linked = Some(linked))).await,
        Err(error) => {
            tracing::warn!(tenant = visit.tenant.id.as_str(), %error, "the links of a Person could not be followed");
            let stylesheet = visit.context().stylesheet();
            let page = PatientPickerPage {
                frame: visit.frame(&stylesheet),
                client_name: visit.client.known_as(),
                action: &visit.url,
                csrf: &visit.browser.csrf(),
                typed: &PatientQuery::default(),
                may_search: false,
                patients: &[],
                outcome: Outcome::Failed,
                count: None,
                previous: None,
                next: None,
            };
            Answer::undecided(visit.respond(&page))
        }
    }
}
