//! A file by which somebody could open less than before: shown, and refused until the operator says that it is meant (LIVE-1).

use kit::{Operator, operator::Folder};
use serde_json::json;

const TENANT: &str = r#"
id = "ID"
name = "Mine"
[[fhir_servers]]
name = "a"
url = "https://a.example/r4"
[[fhir_servers]]
name = "b"
url = "https://b.example/r4"
[[users]]
username = "rosa"
sub = "s1"
name = "Rosa"
password = "a lantern in the long grass"
fhir_user = "RelatedPerson/rosa"
fhir_server = "a"
patients = ["mia", "noah"]
[[users]]
username = "hannah"
name = "Hannah"
password = "a lantern in the long grass"
fhir_user = "Practitioner/hannah"
fhir_server = "a"
"#;

const OTHER: &str = "rosa becomes another person or another resource: all access of their apps ends";

#[tokio::test(flavor = "multi_thread")]
async fn whoever_could_open_less_is_named_and_nothing_is_written_before_the_operator_allows_it() {
    let folder = Folder::new();
    let (admit, _local) = Operator::of_local(&folder).await;
    for (case, (before, after, why)) in [
        (
            "patients = [\"mia\", \"noah\"]",
            "patients = [\"mia\"]",
            "rosa may no longer open Patient/noah: what apps have of it ends",
        ),
        (
            "patients = [\"mia\", \"noah\"]",
            "patients = [\"mia\", \"leo\"]",
            "rosa may no longer open Patient/noah: what apps have of it ends",
        ),
        ("RelatedPerson/rosa", "RelatedPerson/another", OTHER),
        ("rosa\"\nfhir_server = \"a\"", "rosa\"\nfhir_server = \"b\"", OTHER),
        ("sub = \"s1\"", "sub = \"s2\"", OTHER),
    ]
    .into_iter()
    .enumerate()
    {
        let text = TENANT.replace("ID", &format!("t{case}"));
        let file = folder.file("mine.toml", &text);
        admit.runs(&["tenant", "apply", &file]).good();
        assert!(text.contains(before), "{before}");
        folder.file("mine.toml", &text.replacen(before, after, 1));
        let planned = admit.runs(&["tenant", "plan", &file, "--json"]).good().json();
        assert_eq!(planned[0]["dangers"], json!([{ "danger": "reach", "why": why }]), "{planned}");
        let shown = admit.runs(&["tenant", "plan", &file]).good().out;
        assert!(shown.contains(why), "{shown}");
        for not_enough in [&["--yes"][..], &["--yes", "--allow", "fhir-server"], &["--allow", "reach"]] {
            let refused = admit.runs(&[&["tenant", "apply", &file], not_enough].concat());
            assert!(refused.exit == 3 && refused.err.contains(why), "{not_enough:?}: {}", refused.err);
            assert_eq!(refused.err.contains("--allow reach"), !not_enough.contains(&"reach"), "{}", refused.err);
            let again = admit.runs(&["tenant", "plan", &file, "--json"]).good().json();
            assert_eq!(again, planned, "nothing was written");
        }
        admit.runs(&["tenant", "apply", &file, "--allow", "reach", "--yes"]).good();
        admit.runs(&["tenant", "plan", &file, "--exit-code"]).good();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_can_open_as_much_as_before_or_more_is_no_danger() {
    let folder = Folder::new();
    let (admit, _local) = Operator::of_local(&folder).await;
    let text = TENANT.replace("ID", "mine");
    let file = folder.file("mine.toml", &text);
    admit.runs(&["tenant", "apply", &file]).good();
    for (before, after) in [
        ("patients = [\"mia\", \"noah\"]", "patients = [\"noah\", \"mia\"]"),
        ("patients = [\"mia\", \"noah\"]", "patients = [\"leo\", \"mia\", \"noah\"]"),
        ("name = \"Rosa\"", "name = \"Rosa Rivera\""),
        ("username = \"rosa\"", "username = \"ROSA\""),
    ] {
        assert!(text.contains(before), "{before}");
        folder.file("mine.toml", &text.replacen(before, after, 1));
        let planned = admit.runs(&["tenant", "plan", &file, "--json"]).good().json();
        assert_eq!(planned[0]["dangers"], json!([]), "{before}: {planned}");
    }
}
