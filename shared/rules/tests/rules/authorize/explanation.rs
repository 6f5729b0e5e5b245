//! Why an app was granted less than it asked for (SCP-6).

use crate::given::ParseSet;
use rules::authorize::explanation::{Facts, lines};

/// What is said of a wish on the four steps of its way.
fn said(asked: &str, [client, requested, offered, granted]: [&str; 4]) -> Vec<String> {
    let [client, requested, offered, granted] = [client, requested, offered, granted].map(str::parse_set);
    let (client, requested, offered, granted) = (&client, &requested, &offered, &granted);
    lines(&Facts { asked, client, requested, offered, granted })
}

#[test]
fn the_first_rule_that_takes_a_scope_away_is_the_reason() {
    const TASK: &str = "patient/Task.rs";
    for (way, why) in [
        ([TASK, TASK, TASK, TASK], None),
        (["openid", "openid", "openid", "openid"], Some("dropped: the client is not registered for it")),
        ([TASK, "", "", ""], Some("dropped: not for this kind of flow or client")),
        ([TASK, TASK, "", ""], Some("dropped: not for this user or this launch")),
        ([TASK, TASK, TASK, ""], Some("dropped: the user's choice")),
        ([TASK, TASK, TASK, "patient/Task.r"], Some("narrowed by the user's choice to patient/Task.r")),
    ] {
        let expected: Vec<String> = why.map(|why| format!("{TASK} {why}")).into_iter().collect();
        assert_eq!(said(TASK, way), expected, "{way:?}");
    }
}

#[test]
fn what_a_registration_narrows_is_followed_further() {
    let way = ["patient/Task.rs patient/Goal.rs"; 3];
    let [client, requested, offered] = way;
    for (granted, rest) in [
        ("patient/Task.rs patient/Goal.rs", "patient/Task.rs, patient/Goal.rs"),
        ("patient/Task.rs", "patient/Task.rs, patient/Goal.rs dropped: the user's choice"),
    ] {
        let expected = format!("patient/*.cruds narrowed by the client's registration to {rest}");
        assert_eq!(said("patient/*.cruds", [client, requested, offered, granted]), [expected]);
    }
}

/// It may hold an identifier of a patient.
#[test]
fn a_search_parameter_is_not_written_down() {
    const LIMITED: &str = "patient/Task.rs?identifier=secret";
    for (way, expected) in [
        (["openid"; 4], "patient/Task.rs?… dropped: the client is not registered for it"),
        ([LIMITED, LIMITED, LIMITED, ""], "patient/Task.rs?… dropped: the user's choice"),
        (
            [LIMITED, LIMITED, LIMITED, "patient/Task.r?identifier=secret"],
            "patient/Task.rs?… narrowed by the user's choice to patient/Task.r?…",
        ),
    ] {
        assert_eq!(said(LIMITED, way), [expected]);
    }
    let way = [LIMITED; 4];
    let expected = "patient/Task.cruds narrowed by the client's registration to patient/Task.rs?…";
    assert_eq!(said("patient/Task.cruds", way), [expected]);
}

/// A thousand scopes can be asked for, and a line of a log ends.
#[test]
fn of_many_lines_sixty_are_written_and_the_rest_is_counted() {
    let asked =
        |count: usize| (0..count).map(|n| format!("patient/T{}.rs", "x".repeat(n + 1))).collect::<Vec<_>>().join(" ");
    let all = |count: usize| said(&asked(count), ["openid"; 4]);
    assert_eq!(all(60).len(), 60);
    assert!(all(60).iter().all(|line| line.ends_with("dropped: the client is not registered for it")));
    let many = all(63);
    assert_eq!((many.len(), many.last().map(String::as_str)), (61, Some("and 3 more")));
    assert!(said("openid", ["openid"; 4]).is_empty());
}
