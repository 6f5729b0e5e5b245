//! People, and whose records they may open (OIDC-4).

use rules::user::{FhirUser, FhirUserType, Reach, reach};

fn fhir_user(text: &str) -> Result<FhirUser, String> {
    FhirUser::try_from(text.to_owned())
}

/// SMART App Launch 2.2: "Patient, Practitioner, PractitionerRole, RelatedPerson, or Person".
#[test]
fn a_person_has_a_resource_of_one_of_five_types() {
    for resource in FhirUserType::ALL {
        let user = FhirUser { resource, id: "a.1-B".into() };
        let text = format!("{resource:?}/a.1-B");
        assert_eq!(fhir_user(&text), Ok(user.clone()));
        assert_eq!(String::from(user), text);
        assert_eq!(resource.as_str(), format!("{resource:?}"));
    }
    for bad in ["Group/1", "patient/1", "Patient", "Patient/", "Patient/a b", "Patient/1/2", "/1", ""] {
        let why = format!("expected Patient/ID, Practitioner/ID, RelatedPerson/ID …, found `{bad}`");
        assert_eq!(fhir_user(bad), Err(why));
    }
}

#[test]
fn a_patient_reaches_their_own_record_and_those_they_act_for_and_a_clinician_any() {
    let children = ["one".to_owned(), "two".to_owned()];
    for (text, patients, reaches) in [
        (Some("Practitioner/p"), &[][..], Reach::Any),
        (Some("PractitionerRole/p"), &children, Reach::Any),
        (Some("Patient/amy"), &[], Reach::Only(vec!["amy"])),
        (Some("Patient/amy"), &children, Reach::Only(vec!["amy", "one", "two"])),
        (Some("RelatedPerson/r"), &children, Reach::Only(vec!["one", "two"])),
        (Some("Person/r"), &[], Reach::Only(vec![])),
        (None, &children, Reach::Only(vec!["one", "two"])),
    ] {
        let user = text.map(|text| fhir_user(text).unwrap());
        assert_eq!(reach(user.as_ref(), patients), reaches, "{text:?}");
    }
    assert!(Reach::Any.includes("anybody"));
    assert!(Reach::Only(vec!["one"]).includes("one") && !Reach::Only(vec!["one"]).includes("two"));
}
