//! What a person can choose on the consent page, and what of it is granted (AUTHZ-20). The choices are made here, from
//! what is offered; a form only points at them, so no value in it can grant more.

use crate::scope::{Category, ResourceScope, Scope, ScopeSet, narrow, types_of};

/// One thing to allow or not, whole or in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub scope: Scope,
    /// The app can't run without it, so it goes with every yes.
    pub required: bool,
    /// What can be chosen instead of the whole: types of `*`, categories of Condition and Observation (SCP-8).
    pub parts: Vec<Choice>,
}

/// Whether a person chooses about this scope. Launch scopes say what is in view, which the launch already showed.
pub fn is_choice(scope: &Scope) -> bool {
    !matches!(scope, Scope::Launch(_))
}

/// All parts that are offered have no more bytes together, so that a person who ticks each of them gets a scope that fits into
/// a token (`length`). An app that asks for more than two wildcards has the others whole or not at all.
const MOST_PARTS_BYTES: usize = 4_000;

/// One choice for each scope that is a choice, in the order of the offer. What another scope of the offer says too is no choice
/// of its own: its box could be unticked while the other one still gives it. It is a part of that other choice, and goes with it. What
/// the app needs has no box, and stands for itself.
pub fn choices(offered: &ScopeSet, required: &ScopeSet) -> Vec<Choice> {
    let all: Vec<&Scope> = offered.iter().filter(|scope| is_choice(scope)).collect();
    // Of two that say the same, the first is the choice.
    let is_in = |part: usize, whole: usize| {
        part != whole && all[whole].covers(all[part]) && (whole < part || !all[part].covers(all[whole]))
    };
    let (own, covered): (Vec<usize>, Vec<usize>) = (0..all.len())
        .partition(|part| required.contains(all[*part]) || !(0..all.len()).any(|whole| is_in(*part, whole)));
    let parts_of = |whole: usize| covered.iter().filter(move |part| is_in(**part, whole)).map(|part| all[*part]);
    let mut room = MOST_PARTS_BYTES;
    let offer = |whole: &usize| {
        let choice = choice(all[*whole].clone(), required).with_parts(parts_of(*whole), required);
        match room.checked_sub(choice.most_bytes()) {
            Some(left) => {
                room = left;
                choice
            }
            None => choice.without_parts(),
        }
    };
    own.iter().map(offer).collect()
}

impl Choice {
    /// With these scopes of the offer among its parts. Fewer letters for the same records are no part that a person could tell
    /// from the whole.
    fn with_parts<'a>(mut self, covered: impl Iterator<Item = &'a Scope>, required: &ScopeSet) -> Choice {
        if self.required {
            return self;
        }
        for scope in covered {
            // `.read` and `.rs` are one scope in two spellings.
            let is_same = |one: &Choice| one.scope.covers(scope) && scope.covers(&one.scope);
            let is_there = |part: &Choice| is_same(part) || part.parts.iter().any(is_same);
            if !self.is_of_the_same_records(scope) && !self.parts.iter().any(is_there) {
                self.parts.push(choice(scope.clone(), required));
            }
        }
        self
    }

    fn is_of_the_same_records(&self, other: &Scope) -> bool {
        match (&self.scope, other) {
            (Scope::Resource(own), Scope::Resource(other)) => {
                own.resource == other.resource && own.query == other.query
            }
            (own, other) => own == other,
        }
    }

    /// Of the scopes that come of it when every part is ticked; nothing where there is none.
    fn most_bytes(&self) -> usize {
        let of_part = |part: &Choice| (part.scope.bytes() + 1).max(part.most_bytes());
        self.parts.iter().map(of_part).sum()
    }

    /// Whole or not at all; what the app needs of it stays.
    fn without_parts(self) -> Choice {
        Choice { parts: self.parts.into_iter().filter(Choice::is_needed).map(Choice::without_parts).collect(), ..self }
    }

    /// Whether the app can't run without it, or without a part of it.
    fn is_needed(&self) -> bool {
        self.required || self.parts.iter().any(Choice::is_needed)
    }
}

/// What was ticked: a whole, or a part of it. A part is named with its whole, since another whole may have the same part.
pub trait Ticks {
    fn whole(&self, scope: &Scope) -> bool;
    fn part(&self, whole: &Scope, part: &Scope) -> bool;
}

/// The choice. A person who ticks parts wants those and no more, whether or not the whole is ticked too.
pub fn chosen(choices: &[Choice], ticks: &impl Ticks) -> ScopeSet {
    let taken = |choice: &Choice| {
        let ticked = |scope: &Scope| match *scope == choice.scope {
            true => ticks.whole(scope),
            false => ticks.part(&choice.scope, scope),
        };
        taken(choice, &ticked).scopes
    };
    choices.iter().flat_map(taken).collect()
}

/// What was offered and chosen, in the order and spelling of the offer, and what goes without choosing. `fhirUser` falls
/// with `openid`.
pub fn approved(offered: &ScopeSet, chosen: &ScopeSet) -> ScopeSet {
    let unasked = offered.without(is_choice);
    let kept = narrow(offered, &chosen.without(|scope| !is_choice(scope)).union(&unasked)).granted;
    let openid = kept.has_openid();
    kept.without(|scope| matches!(scope, Scope::FhirUser | Scope::Profile) && !openid)
}

/// Whether a yes to this is a no: there was something to choose, and no right is left that could be used.
pub fn is_denial(offered: &ScopeSet, approved: &ScopeSet) -> bool {
    let useful = |scope: &Scope| is_choice(scope) && !lasts(scope);
    offered.iter().any(is_choice) && !approved.iter().any(useful)
}

/// Says how long, and nothing about what.
pub fn lasts(scope: &Scope) -> bool {
    matches!(scope, Scope::OfflineAccess | Scope::OnlineAccess)
}

fn choice(scope: Scope, required: &ScopeSet) -> Choice {
    if required.contains(&scope) {
        return Choice { scope, required: true, parts: Vec::new() };
    }
    let mut parts: Vec<Choice> =
        scope.as_resource().map(parts).unwrap_or_default().into_iter().map(|part| choice(part, required)).collect();
    parts.extend(needed_beside(&scope, &parts, required));
    Choice { scope, required: false, parts }
}

fn parts(scope: &ResourceScope) -> Vec<Scope> {
    let categories = Category::choices_for(scope).filter_map(|category| category.scope(scope.level, scope.permissions));
    types_of(scope).chain(categories).map(Scope::Resource).collect()
}

/// What the app needs of a scope and none of its parts says: `.r` of an `.rs`.
fn needed_beside(scope: &Scope, parts: &[Choice], required: &ScopeSet) -> Vec<Choice> {
    if required.is_empty() {
        return Vec::new();
    }
    let needed = narrow(&[scope.clone()].into_iter().collect(), required).granted;
    let said: ScopeSet = parts.iter().flat_map(|part| taken(part, &|_: &Scope| false).scopes).collect();
    let missing = needed.iter().filter(|needed| !said.contains(needed)).cloned();
    missing.map(|scope| Choice { scope, required: true, parts: Vec::new() }).collect()
}

struct Taken {
    scopes: Vec<Scope>,
    /// Somebody ticked it; what is required is there without.
    by_hand: bool,
}

fn taken(choice: &Choice, ticked: &impl Fn(&Scope) -> bool) -> Taken {
    let whole = |by_hand| Taken { scopes: vec![choice.scope.clone()], by_hand };
    if choice.required {
        return whole(false);
    }
    let mut of_parts = Taken { scopes: Vec::new(), by_hand: false };
    for part in &choice.parts {
        let part = taken(part, ticked);
        of_parts.scopes.extend(part.scopes);
        of_parts.by_hand |= part.by_hand;
    }
    if !of_parts.by_hand && ticked(&choice.scope) { whole(true) } else { of_parts }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAB: &str =
        "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory";

    /// Values of a form; a part is written after its whole.
    struct Form<'a>(&'a [&'a str]);

    impl Ticks for Form<'_> {
        fn whole(&self, scope: &Scope) -> bool {
            self.0.contains(&scope.to_string().as_str())
        }

        fn part(&self, _: &Scope, part: &Scope) -> bool {
            self.0.contains(&part.to_string().as_str())
        }
    }

    fn set(text: &str) -> ScopeSet {
        ScopeSet::strict(text).unwrap()
    }

    /// What is granted of an offer when these values are in the form.
    fn granted(offered: &str, required: &str, ticked: &[&str]) -> String {
        let choices = choices(&set(offered), &set(required));
        let chosen = chosen(&choices, &Form(ticked));
        approved(&set(offered), &chosen).to_string()
    }

    #[test]
    fn a_ticked_scope_is_granted_whole() {
        assert_eq!(granted("openid patient/*.read", "", &["patient/*.read"]), "patient/*.read");
        assert_eq!(granted("launch/patient patient/Patient.rs", "", &[]), "launch/patient");
    }

    #[test]
    fn whoever_ticks_a_part_gets_the_part_also_when_the_whole_is_ticked() {
        for ticked in [&[LAB][..], &[LAB, "patient/Observation.rs"]] {
            assert_eq!(granted("patient/Observation.rs patient/Patient.rs", "", ticked), LAB);
        }
        let both = &["patient/*.rs", "patient/Observation.rs", LAB, "patient/Goal.rs"];
        assert_eq!(granted("patient/*.rs", "", both), format!("patient/Goal.rs {LAB}"));
    }

    #[test]
    fn what_another_scope_says_too_is_a_part_of_it() {
        for (offered, expected) in [
            ("patient/*.rs patient/Patient.rs", "patient/*.rs"),
            ("patient/Patient.rs patient/*.rs", "patient/*.rs"),
            (&format!("{LAB} patient/Observation.rs"), "patient/Observation.rs"),
            (&format!("{LAB} patient/Observation.rs patient/*.rs openid"), "patient/*.rs openid"),
            ("patient/Goal.read patient/Goal.rs", "patient/Goal.read"),
            ("patient/Goal.r patient/Goal.rs", "patient/Goal.rs"),
            ("patient/*.rs patient/Goal.cruds user/Goal.rs", "patient/*.rs patient/Goal.cruds user/Goal.rs"),
        ] {
            let own: ScopeSet = choices(&set(offered), &ScopeSet::default()).into_iter().map(|one| one.scope).collect();
            assert_eq!(own.to_string(), expected, "{offered}");
        }
        let needed = choices(&set("patient/*.rs patient/Patient.rs"), &set("patient/Patient.rs"));
        assert!(needed.len() == 2 && needed[1].required, "what the app needs is said in sight: {needed:?}");
        let code = "patient/Observation.rs?code=1234-5";
        let all = choices(&set(&format!("patient/Observation.rs {code}")), &ScopeSet::default());
        assert!(all[0].parts.iter().any(|part| part.scope.to_string() == code), "{all:?}");
        let letters = choices(&set("patient/Goal.rs patient/Goal.r"), &ScopeSet::default());
        assert!(letters[0].parts.is_empty(), "{letters:?}");
    }

    #[test]
    fn the_whole_brings_what_it_covers_and_a_part_of_it_alone_does_not() {
        let offered = "patient/*.rs patient/Patient.rs patient/Goal.rs";
        assert_eq!(granted(offered, "", &["patient/*.rs"]), offered);
        assert_eq!(granted(offered, "", &["patient/Goal.rs"]), "patient/Goal.rs");
        assert_eq!(granted(offered, "", &["patient/*.rs", "patient/Patient.rs"]), "patient/Patient.rs");
        assert_eq!(granted(offered, "patient/Patient.rs", &[]), "patient/Patient.rs");
        assert_eq!(granted("patient/Goal.rs patient/Goal.r", "patient/Goal.r", &[]), "patient/Goal.r");
    }

    #[test]
    fn a_part_keeps_the_letters_and_the_spelling_of_the_whole() {
        assert_eq!(granted("patient/*.read", "", &["patient/Goal.read"]), "patient/Goal.read");
        assert_eq!(granted("user/*.cru", "", &["user/Goal.cru"]), "user/Goal.cru");
        assert_eq!(granted("patient/Observation.read", "", &[LAB]), LAB);
    }

    #[test]
    fn what_is_required_goes_with_every_yes() {
        assert_eq!(granted("openid patient/*.rs", "patient/Goal.rs", &[]), "patient/Goal.rs");
        assert_eq!(granted("patient/*.rs", "patient/Goal.rs", &["patient/*.rs"]), "patient/*.rs");
        assert_eq!(
            granted("patient/*.rs", "patient/Goal.rs", &["patient/Task.rs", "patient/Device.rs"]),
            "patient/Device.rs patient/Goal.rs"
        );
        assert_eq!(granted("patient/Patient.rs", "patient/Patient.r", &[]), "patient/Patient.r");
        assert_eq!(granted("patient/Patient.rs", "patient/Patient.r", &["patient/Patient.rs"]), "patient/Patient.rs");
        assert_eq!(granted("patient/Observation.rs", LAB, &[]), LAB);
    }

    #[test]
    fn what_is_required_is_found_however_deep_it_lies_where_there_is_no_room_for_parts() {
        let concern =
            "patient/Condition.rs?category=http://hl7.org/fhir/us/core/CodeSystem/condition-category|health-concern";
        let offered = "user/*.r user/Condition.rs patient/*.cruds patient/Observation.rs patient/Condition.cruds";
        assert_eq!(granted(offered, concern, &[]), concern);
    }

    #[test]
    fn lasting_access_to_nothing_is_a_denial() {
        let offered = set("launch/patient offline_access patient/Goal.rs");
        assert!(is_denial(&offered, &set("launch/patient offline_access")));
        assert!(!is_denial(&offered, &set("patient/Goal.rs")));
        assert!(!is_denial(&set("launch/patient"), &set("launch/patient")));
    }
}
