//! Long lists of scopes cost little, whoever wrote them. With 20,000 of them, comparing each with each would take
//! minutes.

use super::scopes;
use rules::scope::{FhirInteraction, Level, ScopeSet, narrow};
use std::time::{Duration, Instant};

const MANY: usize = 20_000;

#[test]
fn many_scopes_of_many_types() {
    let list = |level: &str| scopes(&texts(|n| format!("{level}/T{}.rs", letters(n))));
    quickly(|| {
        let (asked, allowed) = (list("patient"), list("patient").union(&list("user")));
        assert_eq!(narrow(&asked, &allowed).granted, asked);
        assert_eq!(asked.shorten(), asked);
        assert!(allowed.covers(&asked) && asked.intersect(&allowed).same_rights(&asked));
        assert_eq!(scopes(&asked.to_string()), asked);
    });
}

#[test]
fn many_limits_on_one_type() {
    let asked = scopes(&texts(|n| format!("patient/Observation.rs?code={n}")));
    quickly(|| {
        assert_eq!(narrow(&asked, &asked).granted, asked);
        assert_eq!(narrow(&asked, &scopes("patient/*.read")).granted, asked);
        assert!(asked.shorten().same_rights(&asked));
        asked.allows(Level::Patient, FhirInteraction::Read, "Observation");
    });
}

#[test]
fn many_pieces_that_are_no_scopes_and_many_repetitions() {
    quickly(|| {
        assert_eq!(ScopeSet::parse(&texts(|n| format!("email{n}"))).unusable.len(), MANY);
        assert_eq!(ScopeSet::parse(&texts(|_| "openid".to_owned())).set.len(), 1);
        assert!(ScopeSet::parse(&" ".repeat(1_000_000)).set.is_empty());
        assert_eq!(ScopeSet::parse(&format!("patient/Observation.rs?{}", "a=1&".repeat(250_000))).unusable.len(), 1);
        assert_eq!(ScopeSet::parse(&format!("patient/Observation.rs?a={}1", "1,".repeat(500_000))).set.len(), 1);
    });
}

/// Thousands of limited wildcards times every type that is allowed: the grant stays of a size that can be stored.
#[test]
fn wildcards_are_not_multiplied_without_end() {
    let asked = scopes(&texts(|n| format!("patient/*.rs?_tag={n}")));
    let allowed = scopes(&(0..150).map(|n| format!("patient/T{}.rs", letters(n))).collect::<Vec<_>>().join(" "));
    quickly(|| {
        let granted = narrow(&asked, &allowed).granted;
        assert!(granted.len() <= 5_000, "{}", granted.len());
        assert!(allowed.covers(&granted) && granted.len() >= 150);
    });
}

/// As a refresh with another list than the one that was granted could try.
#[test]
fn limits_are_not_combined_without_end() {
    let numbered = |start: &str| scopes(&(0..1_500).map(|n| format!("{start}{n}")).collect::<Vec<_>>().join(" "));
    let (asked, allowed) = (numbered("patient/Observation.rs?code="), numbered("patient/Observation.rs?_tag="));
    quickly(|| {
        let granted = narrow(&asked, &allowed).granted;
        assert!(granted.len() <= 5_000, "{}", granted.len());
    });
}

fn texts(text: impl Fn(usize) -> String) -> String {
    (0..MANY).map(text).collect::<Vec<_>>().join(" ")
}

fn letters(n: usize) -> String {
    n.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect()
}

/// Many times what it takes, so that a busy machine doesn't fail it and a quadratic loop does.
fn quickly(work: impl FnOnce()) {
    let start = now();
    work();
    let took = now() - start;
    assert!(took < Duration::from_secs(30), "took {took:?}");
}

#[expect(clippy::disallowed_methods, reason = "a test of duration needs a clock")]
fn now() -> Instant {
    Instant::now()
}
