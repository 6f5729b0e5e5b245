//! Scopes: what was asked, a newline, what is allowed. Nothing panics, printing gives back what was read, and nothing is
//! ever granted that was not both asked and allowed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rules::scope::{Access, FhirInteraction, Level, ScopeSet, narrow};
use std::sync::atomic::{AtomicU32, Ordering};

fuzz_target!(|input: &str| {
    let (asked, allowed) = input.split_once('\n').unwrap_or((input, "patient/*.cruds user/*.rs system/*.rs launch"));
    let (asked, allowed) = (read(asked), read(allowed));

    let narrowing = narrow(&asked, &allowed);
    let granted = &narrowing.granted;
    assert!(asked.covers(granted), "more than asked: {granted}");
    assert!(allowed.covers(granted), "more than allowed: {granted}");
    assert_eq!(narrowing.steps.len(), asked.len());
    // Words differ where the app's own spelling comes first; rights may not.
    assert!(narrow(granted, &allowed).granted.same_rights(granted));
    read(&granted.to_string());

    for set in [&asked, granted] {
        let short = set.shorten();
        assert!(short.same_rights(set) && short.len() <= set.len(), "{short} / {set}");
    }
    // The question of the resource server: what the grant allows, both sides allow.
    for level in [Level::Patient, Level::User, Level::System] {
        if granted.allows(level, FhirInteraction::Read, "Observation") == Access::Everything {
            assert_eq!(allowed.allows(level, FhirInteraction::Read, "Observation"), Access::Everything);
        }
    }

    // By their number: by what is in them, a favourite of the fuzzer's would be stretched a thousand times.
    static RUNS: AtomicU32 = AtomicU32::new(1);
    if RUNS.fetch_add(1, Ordering::Relaxed).is_multiple_of(1 << 18) {
        stretch(&asked, &allowed);
    }
});

fn read(text: &str) -> ScopeSet {
    let parsed = ScopeSet::parse(text);
    for unusable in &parsed.unusable {
        assert!(text.contains(&unusable.text));
        assert!(!unusable.to_string().contains('\n'));
    }
    let printed = parsed.set.to_string();
    assert_eq!(ScopeSet::parse(&printed).set, parsed.set);
    assert_eq!(ScopeSet::strict(&printed).expect("what was understood is printed well").to_string(), printed);
    parsed.set
}

/// A wish as long as a form can be, of a client that is registered for more than anybody writes down: `-timeout` of the run is what
/// fails when the work grows out of hand.
fn stretch(asked: &ScopeSet, allowed: &ScopeSet) {
    let longer = |set: &ScopeSet, length: usize| {
        let mut text = String::new();
        for number in 0.. {
            for scope in set.iter() {
                let query = if scope.as_resource().is_some_and(|r| !r.query.is_unlimited()) { "&" } else { "?" };
                text += &format!("{scope}{query}_id={number} ");
            }
            if text.len() > length || set.is_empty() {
                break;
            }
        }
        ScopeSet::parse(&text).set
    };
    let (asked, allowed) = (longer(asked, 200_000), longer(allowed, 16_000));
    let granted = narrow(&asked, &allowed).granted;
    granted.shorten();
}
