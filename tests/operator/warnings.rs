//! What an operator is told each time: it is allowed, and should be meant.

use kit::{Operator, operator::Folder};
use serde_json::Value;

const TENANT: &str = r#"id = "mine"
name = "Mine"

[[identity_providers]]
id = "staff"
name = "Staff"
issuer = "https://login.hospital.example"
client_id = "admit"
token_endpoint_auth_method = "none"
user_types = ["Practitioner"]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn plan_and_apply_warn_of_a_provider_that_is_trusted_with_more_than_is_usual() {
    let folder = Folder::new();
    let (admit, _server) = Operator::of_local(&folder).await;
    let with = |line: &str| folder.file("mine.toml", &format!("{TENANT}{line}\n"));
    for (line, told) in [
        ("fhir_user_identifier = \"urn:staff|{number}\"", None),
        ("fhir_user_identifier = \"urn:staff|{email}\"", Some("`email`")),
        ("fhir_user_pattern = \"Practitioner/{preferred_username}\"", Some("`preferred_username`")),
        ("private_network = true\nfhir_user_claim = \"fhirUser\"", Some("login.hospital.example")),
    ] {
        let file = with(line);
        // The second time nothing changes, and it is true all the same.
        for command in ["plan", "apply", "plan"] {
            let said = admit.runs(&["tenant", command, &file, "--yes"]).good().out;
            let warnings: Vec<&str> = said.lines().filter(|line| line.starts_with("warning: ")).collect();
            assert_eq!(warnings.len(), usize::from(told.is_some()), "{line} {command}: {said}");
            let names =
                |warning: &&str| warning.contains("provider staff") && told.is_some_and(|told| warning.contains(told));
            assert!(warnings.iter().all(names), "{line} {command}: {said}");
        }
        let json = admit.runs(&["tenant", "plan", &file, "--json"]).good().json();
        assert_eq!(json[0]["warnings"].as_array().map(Vec::len), Some(usize::from(told.is_some())), "{json}");
        assert_ne!(json[0]["warnings"], Value::Null);
    }
}
