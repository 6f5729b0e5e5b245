//! The shortest form, for tokens (SCP-5).

use super::scopes;

#[test]
fn scopes_are_factored_and_what_is_granted_already_goes() {
    for (long, short) in [
        ("patient/Observation.r patient/Observation.s", "patient/Observation.rs"),
        ("openid patient/Observation.s fhirUser patient/Observation.r", "openid patient/Observation.rs fhirUser"),
        ("patient/Observation.read patient/Observation.write", "patient/Observation.*"),
        ("patient/Observation.read patient/Observation.c", "patient/Observation.crs"),
        ("patient/Observation.read patient/Observation.rs", "patient/Observation.read"),
        ("patient/Observation.rs patient/*.read patient/Condition.r", "patient/*.read"),
        ("patient/Observation.rs?a=1 patient/Observation.rs", "patient/Observation.rs"),
        ("patient/Observation.r?a=1&b=2 patient/Observation.s?b=2&a=1", "patient/Observation.rs?a=1&b=2"),
        ("patient/Observation.rs?a=1&b=2 patient/*.rs?a=1", "patient/*.rs?a=1"),
        ("system/Task.rs?o=a system/Task.rs?o=a,b", "system/Task.rs?o=a,b"),
        ("system/Task.rs?o=b,a system/Task.rs?o=a,b", "system/Task.rs?o=b,a"),
        ("patient/*.r patient/*.s patient/Observation.rs", "patient/*.rs"),
        ("patient/Observation.rs user/Observation.rs", "patient/Observation.rs user/Observation.rs"),
    ] {
        assert_eq!(scopes(long).shorten().to_string(), short, "{long}");
    }
}

/// LC-8: each of them asks for a resource of its own.
#[test]
fn launch_scopes_stay() {
    let text = "launch launch/task launch/task?role=urn:a";
    assert_eq!(scopes(text).shorten().to_string(), text);
}

/// Beyond 128 of one type they are not compared: nobody can buy a second of work with a long list.
#[test]
fn up_to_128_limited_scopes_of_one_type_say_nothing_twice() {
    let shortened = |count: usize| {
        let limits = (1..count).map(|n| format!("patient/Observation.r?code={n}")).collect::<Vec<_>>().join(" ");
        scopes(&format!("{limits} patient/Observation.r?code=1&status=final")).shorten().len()
    };
    assert_eq!((shortened(128), shortened(129)), (127, 129));
}
