//! No form, however forged, grants more than was offered.

use super::{allowed, consent};
use kit::{App, TestServer};
use proptest::prelude::*;
use rules::{
    authorize::consent::{Choice, Ticks, approved, choices, chosen},
    scope::{Scope, ScopeSet, narrow},
};

#[tokio::test]
async fn a_part_of_something_that_was_not_offered_is_not_granted() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let asked = "launch/patient patient/Observation.rs patient/Condition.r";
    for part in [
        "patient/Observation.rs patient/*.cruds",
        "patient/Observation.rs patient/Observation.cruds",
        "patient/Observation.rs patient/Observation.rs",
        "patient/*.rs patient/Goal.rs",
        "patient/Condition.r patient/Goal.rs",
        "patient/Observation.rs system/*.rs",
        "patient/Observation.rs  offline_access",
        "offline_access",
        "",
    ] {
        let (mut amy, mut page) = consent(&app, "amy", asked).await;
        page.fields.push(("part".to_owned(), part.to_owned()));
        assert_eq!(allowed(&app, &mut amy, &page).await.scope(), asked, "{part}");
    }
}

/// A form that says yes and no to anything, by chance.
struct Chance(u64);

impl Chance {
    fn of(&self, text: &str) -> bool {
        text.bytes().fold(self.0, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)) & 0x80 != 0
    }
}

impl Ticks for Chance {
    fn whole(&self, scope: &Scope) -> bool {
        self.of(&scope.to_string())
    }

    fn part(&self, whole: &Scope, part: &Scope) -> bool {
        self.of(&format!("{whole} {part}"))
    }
}

const POOL: [&str; 18] = [
    "openid",
    "fhirUser",
    "offline_access",
    "launch/patient",
    "__own",
    "patient/*.rs",
    "patient/*.read",
    "patient/*.cruds",
    "user/*.r",
    "patient/Observation.rs",
    "patient/Observation.read",
    "patient/Observation.cu",
    "patient/Condition.rs?category=http://hl7.org/fhir/us/core/CodeSystem/condition-category|health-concern",
    "patient/Condition.cruds",
    "user/Condition.rs",
    "patient/Patient.r",
    "patient/Goal.rs?lifecycle-status=active",
    "http://smarthealthit.org/fhir/scopes/patient/Observation.rs",
];

fn set() -> impl Strategy<Value = ScopeSet> {
    prop::sample::subsequence(POOL.to_vec(), 0..=POOL.len())
        .prop_shuffle()
        .prop_map(|scopes| ScopeSet::strict(&scopes.join(" ")).expect("good scopes"))
}

fn within(choice: &Choice, offered: &ScopeSet) -> bool {
    offered.contains(&choice.scope) && choice.parts.iter().all(|part| within(part, offered))
}

proptest! {
    #[test]
    fn what_is_granted_is_within_what_was_offered_and_holds_what_is_required(
        offered in set(), required in set(), seed in any::<u64>(),
    ) {
        let choices = choices(&offered, &required);
        prop_assert!(choices.iter().all(|choice| within(choice, &offered)));
        let chosen = chosen(&choices, &Chance(seed));
        let granted = approved(&offered, &chosen);
        prop_assert!(offered.covers(&granted), "{granted} of {offered}");
        prop_assert!(narrow(&granted, &offered).granted.same_rights(&granted));
        // What the form did not choose is not granted, and what it chose is.
        let free = |set: &ScopeSet| set.without(|scope| matches!(scope, Scope::Launch(_) | Scope::FhirUser));
        prop_assert!(free(&granted).same_rights(&free(&chosen)), "{granted} is not {chosen}");
        let needed = free(&narrow(&offered, &required).granted);
        prop_assert!(granted.covers(&needed), "{granted} lacks of {needed}");
    }

    #[test]
    fn whatever_a_stranger_writes_into_a_consent_is_narrowed_to_the_offer(offered in set(), written in set()) {
        prop_assert!(offered.covers(&approved(&offered, &written)));
    }
}
