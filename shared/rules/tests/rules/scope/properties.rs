//! The laws of the algebra, on scopes and records made up at random. What a set grants is judged here by a second,
//! plain reading of the rules, letter by letter and parameter by parameter, so that the algebra isn't compared with
//! itself.

use super::scopes;
use proptest::{
    prelude::*,
    sample::{select, subsequence},
};
use rules::scope::{
    Access,
    FhirInteraction::{self, *},
    Level, Outcome, Parameter, Query, ResourceType, Scope, ScopeSet, narrow,
};
use std::collections::BTreeSet;

const LEVELS: [Level; 3] = [Level::Patient, Level::User, Level::System];
const TYPES: [&str; 4] = ["Patient", "Observation", "Condition", "Task"];
const INTERACTIONS: [(FhirInteraction, char); 9] = [
    (Create, 'c'),
    (Read, 'r'),
    (VRead, 'r'),
    (HistoryInstance, 'r'),
    (Update, 'u'),
    (Patch, 'u'),
    (Delete, 'd'),
    (Search, 's'),
    (HistoryType, 's'),
];

/// What the search parameters of one resource would find in it.
type Record = BTreeSet<(&'static str, &'static str)>;

fn permissions() -> impl Strategy<Value = String> {
    let v2 = subsequence(vec!["c", "r", "u", "d", "s"], 1..=5).prop_map(|letters| letters.concat());
    prop_oneof![2 => v2, 1 => select(vec!["rs", "cruds"]).prop_map(str::to_owned)]
}

fn parameter() -> impl Strategy<Value = String> {
    let values = subsequence(vec!["x", "y", "z"], 1..=3).prop_shuffle().prop_map(|values| values.join(","));
    (select(vec!["a", "b", "a:not"]), values, any::<bool>()).prop_map(|(name, values, encoded)| {
        let values = if encoded { values.replace('x', "%78").replace(',', "%2C") } else { values };
        format!("{name}={values}")
    })
}

fn resource_scope() -> impl Strategy<Value = String> {
    let place = (select(vec!["patient", "user"]), select(vec!["Patient", "Observation", "*"]));
    let v1 = select(vec![".read", ".write", ".*"]).prop_map(str::to_owned);
    let v2 = permissions().prop_map(|permissions| format!(".{permissions}"));
    let limited = (permissions(), prop::collection::vec(parameter(), 1..=2))
        .prop_map(|(permissions, parameters)| format!(".{permissions}?{}", parameters.join("&")));
    let prefix = select(vec!["", "", "", "http://smarthealthit.org/fhir/scopes/"]);
    (prefix, place, prop_oneof![v1, v2, limited])
        .prop_map(|(prefix, (level, resource), rest)| format!("{prefix}{level}/{resource}{rest}"))
}

fn other_scope() -> impl Strategy<Value = String> {
    select(vec![
        "openid",
        "fhirUser",
        "profile",
        "offline_access",
        "online_access",
        "launch",
        "launch/patient",
        "launch/task",
        "launch/task?role=urn:a",
        "launch/task?role=urn%3Ab",
        "__launch.create",
        "https://example.org/scope",
        "http://openid.net/specs/openid-connect-core-1_0#openid",
    ])
    .prop_map(str::to_owned)
}

fn set() -> impl Strategy<Value = ScopeSet> {
    prop::collection::vec(prop_oneof![4 => resource_scope(), 1 => other_scope()], 0..6)
        .prop_map(|texts| scopes(&texts.join(" ")))
}

/// Anything, and things that nearly are scopes.
fn text() -> impl Strategy<Value = String> {
    "[ -~\u{0}-\u{ff}]{0,60}|(patient|user|launch)[/.*?=&%A-Za-z ]{0,40}"
}

fn record() -> impl Strategy<Value = Record> {
    let facts: Vec<_> = ["a", "b"].into_iter().flat_map(|name| ["x", "y", "z"].map(|value| (name, value))).collect();
    subsequence(facts, 0..=6).prop_map(|facts| facts.into_iter().collect())
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    prop::collection::vec(record(), 6)
}

/// Every question there is about a few records, each answered by the plain reading.
fn answers(set: &ScopeSet, records: &[Record]) -> Vec<bool> {
    let mut answers = vec![];
    for level in LEVELS {
        for (_, letter) in INTERACTIONS {
            for name in TYPES {
                answers.extend(records.iter().map(|record| permits(set, level, letter, name, record)));
            }
        }
    }
    answers
}

fn permits(set: &ScopeSet, level: Level, letter: char, name: &str, record: &Record) -> bool {
    set.resources().any(|scope| {
        scope.level == level
            && (scope.resource == ResourceType::Any || scope.resource.as_str() == name)
            && scope.permissions.to_string().contains(letter)
            && matches(&scope.query, record)
    })
}

fn matches(query: &Query, record: &Record) -> bool {
    let holds = |parameter: &Parameter| {
        let found = parameter.alternatives().any(|value| record.iter().any(|fact| *fact == (parameter.name(), value)));
        found != (parameter.modifier() == Some("not"))
    };
    query.parameters().iter().all(holds)
}

fn both(one: &[bool], other: &[bool]) -> Vec<bool> {
    one.iter().zip(other).map(|(one, other)| *one && *other).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn printing_what_was_read_gives_the_same_text(set in set()) {
        let text = set.to_string();
        prop_assert_eq!(&ScopeSet::parse(&text).set, &set);
        prop_assert_eq!(ScopeSet::strict(&text).unwrap().to_string(), text);
    }

    /// Whatever arrives: no panic, nothing lost, and what is understood is printed as it came.
    #[test]
    fn each_piece_of_any_text_is_a_scope_or_unusable(text in text()) {
        let parsed = ScopeSet::parse(&text);
        let printed = parsed.set.to_string();
        let unusable = parsed.unusable.iter().map(|unusable| unusable.text.as_str());
        let known: BTreeSet<&str> = printed.split(' ').chain(unusable).collect();
        prop_assert!(text.split(' ').all(|piece| piece.is_empty() || known.contains(piece)));
        prop_assert_eq!(ScopeSet::parse(&printed).set, parsed.set);
    }

    #[test]
    fn allows_answers_as_the_plain_reading_does(set in set(), records in records()) {
        for level in LEVELS {
            for (interaction, letter) in INTERACTIONS {
                for name in TYPES {
                    let access = set.allows(level, interaction, name);
                    for record in &records {
                        let answer = match &access {
                            Access::Denied => false,
                            Access::Everything => true,
                            Access::Where(queries) => queries.iter().any(|query| matches(query, record)),
                        };
                        prop_assert_eq!(answer, permits(&set, level, letter, name, record));
                    }
                }
            }
        }
    }

    #[test]
    fn the_intersection_grants_exactly_what_both_grant(a in set(), b in set(), records in records()) {
        prop_assert_eq!(answers(&a.intersect(&b), &records), both(&answers(&a, &records), &answers(&b, &records)));
    }

    #[test]
    fn the_union_grants_exactly_what_either_grants(a in set(), b in set(), records in records()) {
        let either: Vec<bool> = answers(&a, &records).iter().zip(answers(&b, &records)).map(|(a, b)| *a || b).collect();
        prop_assert_eq!(answers(&a.union(&b), &records), either);
        prop_assert!(a.union(&b).covers(&a) && a.union(&b).covers(&b));
    }

    #[test]
    fn intersect_is_commutative(a in set(), b in set()) {
        prop_assert!(a.intersect(&b).same_rights(&b.intersect(&a)));
    }

    #[test]
    fn intersect_is_associative(a in set(), b in set(), c in set()) {
        let (left, right) = (a.intersect(&b).intersect(&c), a.intersect(&b.intersect(&c)));
        prop_assert!(left.same_rights(&right), "{left} / {right}");
    }

    #[test]
    fn intersect_and_union_are_idempotent(a in set()) {
        prop_assert_eq!(&a.intersect(&a), &a);
        prop_assert_eq!(&a.union(&a), &a);
    }

    #[test]
    fn the_intersection_is_covered_by_both(a in set(), b in set()) {
        let both = a.intersect(&b);
        prop_assert!(a.covers(&both) && b.covers(&both));
    }

    /// Neither more than was asked nor more than is allowed, and not less than both.
    #[test]
    fn narrow_never_grants_more_than_either_side(asked in set(), allowed in set(), records in records()) {
        let granted = narrow(&asked, &allowed).granted;
        prop_assert_eq!(answers(&granted, &records), both(&answers(&asked, &records), &answers(&allowed, &records)));
        prop_assert!(asked.covers(&granted) && allowed.covers(&granted));
        prop_assert!(granted.same_rights(&asked.intersect(&allowed)));
    }

    #[test]
    fn narrowing_again_changes_nothing(asked in set(), allowed in set()) {
        let once = narrow(&asked, &allowed).granted;
        prop_assert_eq!(&narrow(&once, &allowed).granted, &once);
        prop_assert_eq!(&ScopeSet::parse(&once.to_string()).set, &once);
    }

    #[test]
    fn the_steps_explain_the_grant(asked in set(), allowed in set()) {
        let narrowing = narrow(&asked, &allowed);
        prop_assert!(narrowing.steps.iter().map(|step| &step.asked).eq(asked.iter()));
        let explained: ScopeSet = narrowing.steps.iter().flat_map(|step| match &step.outcome {
            Outcome::Kept => vec![step.asked.clone()],
            Outcome::NarrowedTo(scopes) => scopes.clone(),
            Outcome::Dropped => vec![],
        }).collect();
        prop_assert!(explained.same_rights(&narrowing.granted));
        prop_assert!(narrowing.granted.iter().all(|scope| explained.iter().any(|other| other == scope)));
    }

    #[test]
    fn v1_and_v2_agree(level in select(vec!["patient", "user", "system"]),
                       name in select(vec!["Patient", "Observation", "*"]),
                       (v1, v2) in select(vec![("read", "rs"), ("write", "cud"), ("*", "cruds")]), other in set()) {
        let (v1, v2) = (scopes(&format!("{level}/{name}.{v1}")), scopes(&format!("{level}/{name}.{v2}")));
        prop_assert!(v1.same_rights(&v2));
        prop_assert!(v1.intersect(&other).same_rights(&v2.intersect(&other)));
        prop_assert!(narrow(&other, &v1).granted == narrow(&other, &v2).granted);
    }

    #[test]
    fn shorten_keeps_the_rights_and_gets_no_longer(set in set(), records in records()) {
        let short = set.shorten();
        prop_assert!(short.same_rights(&set), "{short} / {set}");
        prop_assert_eq!(answers(&short, &records), answers(&set, &records));
        prop_assert!(short.len() <= set.len());
        prop_assert_eq!(&short.shorten(), &short);
    }

    #[test]
    fn covers_is_a_partial_order(a in set(), b in set(), c in set()) {
        prop_assert!(a.covers(&a));
        prop_assert!(!(a.covers(&b) && b.covers(&c)) || a.covers(&c));
        prop_assert_eq!(a.covers(&b) && b.covers(&a), a.same_rights(&b));
    }

    /// Random sets rarely cover each other, so these are made to.
    #[test]
    fn covers_is_transitive_down_a_chain(a in set(), b in set(), c in set()) {
        let (ab, abc) = (a.intersect(&b), a.intersect(&b).intersect(&c));
        prop_assert!(a.covers(&ab) && ab.covers(&abc) && a.covers(&abc));
    }

    #[test]
    fn what_covers_grants_at_least_as_much(a in set(), b in set(), records in records()) {
        let pairs = [(a.clone(), b.clone()), (a.union(&b), b.clone()), (a.clone(), a.intersect(&b))];
        for (wide, tight) in pairs.iter().filter(|(wide, tight)| wide.covers(tight)) {
            let (wide, tight) = (answers(wide, &records), answers(tight, &records));
            prop_assert!(tight.iter().zip(wide).all(|(tight, wide)| !tight || wide));
        }
    }

    #[test]
    fn contains_asks_the_same_as_covers(a in set(), b in set()) {
        prop_assert_eq!(b.iter().all(|scope: &Scope| a.contains(scope)), a.covers(&b));
    }
}
