//! `infra/tenant-file.md` says what is true.

use admin::tenant_file::parse;
use rules::tenant::Policy;

const PAGE: &str = include_str!("../../../tenant-file.md");

fn smallest() -> &'static str {
    PAGE.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap()
}

#[test]
fn the_smallest_file_is_a_good_one() {
    let file = parse("mine.toml", smallest()).unwrap();
    file.resolve("http://127.0.0.1:9000").unwrap();
}

#[test]
fn the_mistakes_it_shows_are_what_is_printed() {
    let text = smallest().replace("scope =", "launch_url = []\nscope =").replace("Patient/amy-shaw", "amy-shaw");
    let printed = parse("mine.toml", &text).unwrap_err().to_string();
    assert!(PAGE.contains(&printed), "{printed}");
}

#[test]
fn every_key_of_a_policy_is_there() {
    let policy = serde_json::to_value(Policy::default()).unwrap();
    for key in policy.as_object().unwrap().keys() {
        assert!(PAGE.contains(&format!("| `{key}` |")), "{key}");
    }
}
