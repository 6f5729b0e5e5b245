//! The patient picker: whose record will the app open?

use crate::{
    audit,
    interaction::{fact::Fact, visit::Visit},
    pages::picker::{Outcome, PatientPickerPage, PatientRow},
    texts::{NoDate, Texts},
};
use rules::{authorize::interaction::PickedPatient, fhir_id::is_id, oauth::params::Params, time::age, user::Reach};
use server::{
    fhir::{
        FhirFailed,
        bundle::{PAGE, PageLink},
        patients::{FoundPatients, PatientQuery, PatientSummary},
    },
    http::answer::Answer,
};
use url::form_urlencoded::Serializer;

/// What the picker needs of a FHIR server: patients, and nothing else of them.
pub const PATIENTS: &str = "system/Patient.rs";

pub async fn page(visit: &Visit, reach: &Reach<'_>, query: Option<&str>) -> Answer {
    let typed = Typed::read(&Params::parse(query.unwrap_or_default().as_bytes()).unwrap_or_default());
    let query = typed.query(visit.t);
    let by = searched_by(reach, query.as_ref().ok(), typed.page.as_ref());
    let (found, outcome) = outcome(visit, reach, &query, &typed).await;
    let shown = || found.patients.iter().map(|patient| patient.id.clone()).collect();
    let searched = match outcome {
        // Asked of nobody.
        Outcome::NoDate(_) | Outcome::SearchFirst => None,
        Outcome::Failed => Some(audit::searched(visit, &by, None)),
        Outcome::Found | Outcome::Cut => Some(audit::searched(visit, &by, Some(shown()))),
    };
    let place = Place::of(&found, typed.from);
    let rows: Vec<PatientRow> = found.patients.into_iter().map(|patient| row(visit, reach, patient)).collect();
    let stylesheet = visit.context().stylesheet();
    let page = PatientPickerPage {
        frame: visit.frame(&stylesheet),
        client_name: visit.client.known_as(),
        action: &visit.url,
        csrf: &visit.browser.csrf(),
        typed: &typed.query,
        may_search: *reach == Reach::Any,
        patients: &rows,
        outcome,
        count: place.count(visit.t),
        previous: found.previous.map(|link| typed.page_url(&visit.url, &link, place.before())),
        next: found.next.map(|link| typed.page_url(&visit.url, &link, place.after())),
    };
    Answer::undecided(visit.respond(&page)).after(searched.into_iter().collect())
}

/// The search as it stands in the address: what was typed, and which page of the result is wanted.
struct Typed {
    query: PatientQuery,
    /// The FHIR server's own link to it.
    page: Option<String>,
    /// The place of its first patient in the result, counted from 1. It is shown and nothing more.
    from: usize,
}

impl Typed {
    fn read(params: &Params) -> Typed {
        let text = |name: &str| params.get(name).unwrap_or_default().trim().to_owned();
        let record = params.get("record").filter(|id| is_id(id)).unwrap_or_default().to_owned();
        let (name, birth_date, identifier) = (text("name"), text("birthdate"), text("identifier"));
        let page = params.get("page").map(str::to_owned);
        let from = params.get("from").and_then(|from| from.parse().ok()).filter(|from| (1..1_000_000).contains(from));
        let from = from.filter(|_| page.is_some()).unwrap_or(1);
        Typed { query: PatientQuery { name, birth_date, identifier, record }, page, from }
    }

    /// What is asked of the FHIR server. A birth date may stand beside the name, as people say the two in one breath.
    fn query(&self, t: Texts) -> Result<PatientQuery, NoDate> {
        let query = self.query.clone();
        if !query.birth_date.is_empty() {
            return Ok(PatientQuery { birth_date: t.typed_date(&query.birth_date)?, ..query });
        }
        let (name, birth_date) = t.name_and_date(&query.name);
        Ok(PatientQuery { name, birth_date: birth_date?, ..query })
    }

    /// This page with the FHIR server's own link to another part of the result.
    fn page_url(&self, page: &str, link: &PageLink, from: usize) -> String {
        let PatientQuery { name, birth_date, identifier, .. } = &self.query;
        let mut url = Serializer::new(String::new());
        let given = [("name", name), ("birthdate", birth_date), ("identifier", identifier)];
        url.extend_pairs(given.into_iter().filter(|(_, value)| !value.is_empty()));
        url.append_pair("page", link.url()).append_pair("from", &from.to_string());
        format!("{page}?{}", url.finish())
    }
}

/// Where a page stands in its result.
#[derive(Clone, Copy)]
struct Place {
    from: usize,
    shown: usize,
    total: Option<usize>,
}

impl Place {
    fn of(found: &FoundPatients, from: usize) -> Place {
        Place { from, shown: found.patients.len(), total: found.total }
    }

    /// "21 to 40 of 500", if the server counts, there is more than this page, and the count can be true.
    fn count(self, t: Texts) -> Option<String> {
        let last = self.after() - 1;
        let total = self.total.filter(|total| self.shown > 0 && *total >= last && *total > self.shown)?;
        Some(t.picker_count(self.from, last, total).to_string())
    }

    fn before(self) -> usize {
        self.from.saturating_sub(PAGE).max(1)
    }

    fn after(self) -> usize {
        self.from + self.shown
    }
}

/// For the audit trail, which holds nobody's name: which fields of the form said something.
fn searched_by(reach: &Reach<'_>, query: Option<&PatientQuery>, page: Option<&String>) -> String {
    if *reach != Reach::Any {
        return "those whom the person acts for".to_owned();
    }
    let Some(query) = query else { return "nothing".to_owned() };
    let fields = [("name", &query.name), ("birthdate", &query.birth_date), ("identifier", &query.identifier)];
    // A record that is asked for by its id is the whole question.
    if !query.record.is_empty() {
        return "record".to_owned();
    }
    let mut said: Vec<&str> = fields.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, _)| name).collect();
    said.extend(page.map(|_| "page"));
    if said.is_empty() { "nothing".to_owned() } else { said.join(" ") }
}

async fn outcome(
    visit: &Visit,
    reach: &Reach<'_>,
    query: &Result<PatientQuery, NoDate>,
    typed: &Typed,
) -> (FoundPatients, Outcome) {
    let none = FoundPatients::default();
    let query = match query {
        Ok(query) => query,
        Err(why) => return (none, Outcome::NoDate(*why)),
    };
    // Somebody who acts for a few has nothing to search, and a page of a search of nothing is a list.
    if visit.tenant.pages.patient_picker.search_first && *reach == Reach::Any && query.is_empty() {
        return (none, Outcome::SearchFirst);
    }
    match find(visit, reach, query, typed.page.as_deref()).await {
        Ok(found) if found.is_cut => (found, Outcome::Cut),
        Ok(found) => (found, Outcome::Found),
        Err(error) => {
            tracing::warn!(tenant = visit.tenant.id.as_str(), %error, "the FHIR server gave no patients");
            (none, Outcome::Failed)
        }
    }
}

pub async fn take(visit: &Visit, reach: &Reach<'_>, form: &Params) -> Fact {
    match form.get("patient") {
        Some(id) => {
            let picked = pick(visit, reach, id).await;
            Fact::choice(visit, |choosing| choosing.patient = picked)
        }
        None => Fact::nothing(visit),
    }
}

/// The patient, if this user may open the record, the FHIR server knows it, and no other record took its place.
async fn pick(visit: &Visit, reach: &Reach<'_>, id: &str) -> Option<PickedPatient> {
    if !reach.includes(id) || !is_id(id) {
        return None;
    }
    let found = match visit.fhir_reader(PATIENTS).await {
        Ok(reader) => reader.patient(id).await,
        Err(error) => Err(error),
    };
    match found {
        Ok(patient) if !patient.status.may_be_chosen() => None,
        Ok(patient) => Some(PickedPatient { name: Some(visit.t.patient_label(&patient)), id: patient.id }),
        Err(error) => {
            tracing::warn!(tenant = visit.tenant.id.as_str(), %error, "the picked patient could not be read");
            None
        }
    }
}

/// A clinician searches; somebody who acts for others sees theirs and no others.
async fn find(
    visit: &Visit,
    reach: &Reach<'_>,
    query: &PatientQuery,
    page: Option<&str>,
) -> Result<FoundPatients, FhirFailed> {
    let reader = visit.fhir_reader(PATIENTS).await?;
    match reach {
        Reach::Only(ids) => reader.patients_of(ids).await,
        Reach::Any if !query.record.is_empty() => reader.patients_of(&[query.record.as_str()]).await,
        // The link comes back by way of the browser: it is looked at again before our token goes there.
        Reach::Any => match page.and_then(|link| PageLink::within(&visit.interaction.request.aud, link)) {
            Some(link) => reader.patients_at(&link).await,
            None => reader.patients(query).await,
        },
    }
}

fn row(visit: &Visit, reach: &Reach<'_>, patient: PatientSummary) -> PatientRow {
    let t = visit.t;
    // With its unit: a bare 0 beside a birth date reads as a gap. The dead have no age today.
    let lives = patient.status.deceased.is_none();
    let age = age(&patient.birth_date, visit.now).filter(|_| lives).map(|years| match years {
        0 => t.age_under_one().to_owned(),
        years => t.age(years).to_string(),
    });
    let sex = t.find(&format!("sex_{}", patient.sex)).map_or_else(|| patient.sex.clone(), str::to_owned);
    let warnings = t.record_warnings(&patient.status);
    // Somebody who acts for a few has the other record in the list, or may not open it.
    let replaced_by = patient.status.replacement.as_ref().and_then(|other| other.id.as_ref());
    let replacement = replaced_by.filter(|_| *reach == Reach::Any).map(|id| format!("{}?record={id}", visit.url));
    PatientRow { age: age.unwrap_or_default(), sex, warnings, replacement, patient }
}
