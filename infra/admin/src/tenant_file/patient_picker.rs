//! `[pages.patient_picker]`: who chooses a patient, whether there is a list before a search, and which identifiers it shows.

use super::{
    fields::{Fields, Shape},
    reading::Text,
};
use rules::{tenant::PatientPicker, user::FhirUserType};
use url::Url;

const PATIENT_PICKER: Shape<'_> =
    Shape { name: "[pages.patient_picker]", keys: &["search_first", "user_types", "identifiers"] };

pub fn patient_picker(pages: &Fields<'_>) -> PatientPicker {
    let Some((at, table)) = pages.table("patient_picker") else { return PatientPicker::default() };
    let fields = Fields::new(pages.reading, at, table, &PATIENT_PICKER);
    let types = FhirUserType::ALL.map(|kind| (kind.as_str(), kind));
    // An empty list would read as "nobody" and mean everybody.
    for (name, what) in [("user_types", "no type"), ("identifiers", "no system")] {
        if fields.get(name).is_some_and(|value| value.get_ref().as_array().is_some_and(|list| list.is_empty())) {
            fields.reading.mistake(fields.place(name), what, format!("at least one, or no `{name}`"));
        }
    }
    let (user_types, identifiers) = (fields.texts("user_types"), fields.texts("identifiers"));
    fields.reading.unique("each type once", user_types.iter().copied(), str::to_owned);
    fields.reading.unique("each system once", identifiers.iter().copied(), str::to_owned);
    PatientPicker {
        search_first: fields.flag("search_first"),
        user_types: user_types.into_iter().filter_map(|text| fields.reading.choice(text, &types)).collect(),
        identifiers: identifiers.into_iter().filter_map(|text| system(&fields, text)).collect(),
    }
}

/// `Identifier.system` is a URI (FHIR R4 §2.24.0.15), compared character by character.
fn system(fields: &Fields<'_>, text: Text<'_>) -> Option<String> {
    if Url::parse(text.value).is_err() || text.value.contains(|c: char| c == '|' || c.is_whitespace()) {
        fields.reading.wrong(text, "an identifier system: a URI such as http://hospital.example/mrn or urn:oid:1.2.3");
        return None;
    }
    Some(text.value.to_owned())
}
